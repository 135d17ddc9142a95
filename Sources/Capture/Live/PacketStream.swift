// Types of the C library that libpcap's header names too belong to whichever module a compile job reads first.
internal import CPcap
internal import Glibc

/// A capture program on another device that hands out its capture over TCP (pcap-over-IP).
public enum PacketStream {
  /// Opens a file and makes it standard input: what is opened before rights are given up is read as `-` afterwards.
  public static func open(_ path: String) throws(CaptureError) {
    let number = unsafe Glibc.open(path, O_RDONLY)
    guard number >= 0 else { throw .cannotOpen(path: path, reason: Descriptor.reason(errno)) }
    let moved = dup2(number, STDIN_FILENO)
    close(number)
    if moved < 0 { throw .cannotOpen(path: path, reason: Descriptor.reason(errno)) }
  }

  /// Host and port of `host:port`, or of `[IPv6]:port`; nil if it is neither.
  public static func parts(of place: String) -> (host: String, port: String)? {
    guard let colon = place.lastIndex(of: ":") else { return nil }
    var host = String(place[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    let port = String(place[place.index(after: colon)...])
    guard !host.isEmpty, port.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = UInt16(port), number > 0
    else {
      return nil
    }
    return (host, port)
  }

  /// Connects to `place`, as `parts` takes it, and makes the connection standard input: what reads `-` reads it.
  public static func connect(_ place: String) throws(CaptureError) {
    guard let (host, port) = parts(of: place) else { throw .cannotCapture(reason: "'\(place)' is no host:port") }
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    // The list is freed below and nothing of it is kept.
    let status = unsafe getaddrinfo(host, port, &hints, &list)
    guard status == 0 else {
      throw .cannotCapture(reason: "\(place): \(unsafe String(cString: gai_strerror(status)))")
    }
    defer { unsafe freeaddrinfo(list) }
    var reason = "no address"
    var next = unsafe list
    while let address = unsafe next {
      let number = unsafe socket(address.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
      if number >= 0 {
        if unsafe Glibc.connect(number, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 {
          let moved = dup2(number, STDIN_FILENO)
          close(number)
          if moved >= 0 { return }
        } else {
          close(number)
        }
      }
      reason = Descriptor.reason(errno)
      unsafe next = address.pointee.ai_next
    }
    throw .cannotCapture(reason: "\(place): \(reason)")
  }
}
