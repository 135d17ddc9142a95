/// What stands around the reports of a demonstration.
public enum DemoText {
  /// What a made-up capture shows, in front of its report.
  public static func opening(_ name: String, _ truth: String, color: Bool = false) -> [UInt8] {
    var out = TextLayout(width: 80, color: color)
    out.paragraph("WHAT WAS PLAYED", .bold, "\(name): \(truth)", hanging: 2)
    out.paragraph("WHAT IS SEEN", .bold, "")
    return out.bytes
  }

  /// Where to go on.
  public static var closing: [UInt8] {
    var out = TextLayout(width: 80, color: false)
    out.paragraph("", "Made-up packets, read as any capture is. To go on with one of them, or with your own:")
    for command in [
      "ringback synth telegram-blocked > call.pcap", "ringback analyze call.pcap", "ringback explain call.pcap call 1",
      "ringback annotate call.pcap -o annotated.pcapng",
    ] {
      out.paragraph("", command, indent: 2)
    }
    return out.bytes
  }
}
