@main struct Ringback { static func main() {} }
