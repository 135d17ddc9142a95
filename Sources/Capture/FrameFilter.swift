internal import CPcap
internal import Glibc
internal import Wire

/// A filter in the language of tcpdump, compiled once per link type, run on frames where they lie.
@safe
struct FrameFilter: ~Copyable {
  private let expression: String
  private var linkTypes: [LinkType] = []
  private var programs: [UnsafeMutablePointer<bpf_program>]
  /// Of a frame that does not match.
  private var packet = Packet()

  /// Compiles `expression` for `linkTypes`; for Ethernet if there is none yet, so that a mistake shows at once.
  init(_ expression: String, linkTypes: [LinkType]) throws(CaptureError) {
    self.expression = expression
    unsafe programs = []
    for linkType in linkTypes.isEmpty ? [.ethernet] : linkTypes { _ = try compile(linkType) }
  }

  deinit {
    for index in unsafe programs.indices {
      // Each was compiled and allocated by `compile` and is freed only here.
      unsafe pcap_freecode(programs[index])
      unsafe programs[index].deallocate()
    }
  }

  /// Moves the frames that match to the front of `frames` and says how many they are. An ICMP error goes with what it quotes:
  /// whoever asks for packets asks for what the network said of them, and a silence that it explains is none.
  mutating func keep(
    _ frames: UnsafeMutablePointer<FrameInfo>, count: Int, in block: UnsafeRawBufferPointer
  ) throws(CaptureError) -> Int {
    var kept = 0
    var current = 0
    var header = pcap_pkthdr()
    for index in 0..<count {
      // index < count frames, initialized by the walk.
      let frame = unsafe frames[index]
      if current >= linkTypes.count || linkTypes[current] != frame.linkType {
        if let known = linkTypes.firstIndex(of: frame.linkType) {
          current = known
        } else {
          current = try compile(frame.linkType)
        }
      }
      header.caplen = UInt32(frame.capturedLength)
      header.len = UInt32(frame.wireLength)
      // The walk made sure that the frame's range lies in the block, and libpcap checks every load of the program
      // against `caplen`.
      guard let base = block.baseAddress else { break }
      let bytes = unsafe (base + frame.start).assumingMemoryBound(to: UInt8.self)
      if unsafe pcap_offline_filter(programs[current], &header, bytes) == 0 {
        let span = unsafe Span<UInt8>(_unsafeStart: bytes, count: Int(frame.capturedLength))
        guard let quote = quote(span, frame), unsafe matches(quote, programs[current]) else { continue }
      }
      unsafe frames[kept] = frame
      kept += 1
    }
    return kept
  }

  /// The packet that an ICMP error quotes, behind the link's header of the error itself; nil if the frame is no such error.
  private mutating func quote(_ bytes: Span<UInt8>, _ frame: FrameInfo) -> [UInt8]? {
    var own = frame
    own.start = 0
    do throws(Undecoded) { try packet.decode(bytes, own) } catch { return nil }
    guard packet.transport == .icmp || packet.transport == .icmpv6, QuotedPacket(packet, in: bytes) != nil else {
      return nil
    }
    // Eight bytes of ICMP (RFC 792; RFC 4443 section 3), behind an IP header whose length its first byte tells.
    let message = packet.payloadStart - 8
    let network: Int?
    if packet.transport == .icmp {
      network = (5...15).first { message >= 4 * $0 && bytes[message - 4 * $0] == 0x40 | UInt8($0) }.map {
        message - 4 * $0
      }
    } else {
      network = message >= 40 ? message - 40 : nil
    }
    guard let network else { return nil }
    var made: [UInt8] = []
    for index in 0..<network { made.append(bytes[index]) }
    for index in packet.payloadStart..<bytes.count { made.append(bytes[index]) }
    return made
  }

  private func matches(_ bytes: [UInt8], _ program: UnsafeMutablePointer<bpf_program>) -> Bool {
    var header = pcap_pkthdr()
    header.caplen = UInt32(bytes.count)
    header.len = UInt32(bytes.count)
    // libpcap checks every load of the program against `caplen`, and keeps nothing.
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return false }
      return unsafe pcap_offline_filter(program, &header, base) != 0
    }
  }

  private mutating func compile(_ linkType: LinkType) throws(CaptureError) -> Int {
    let program = UnsafeMutablePointer<bpf_program>.allocate(capacity: 1)
    unsafe program.initialize(to: bpf_program())
    var reason: String?
    do throws(SavefileHeader.Refusal) {
      reason = unsafe try linkType.withHandle { handle in
        // The handle and its error text are open inside this closure only; the text is copied.
        if unsafe pcap_compile(handle, program, expression, 1, 0xFFFF_FFFF) == 0 { return nil }
        return unsafe String(cString: pcap_geterr(handle))
      }
    } catch {
      reason = error.reason
    }
    if let reason {
      unsafe program.deallocate()
      throw .badFilter(expression: expression, reason: "\(reason) (link type \(linkType.name))")
    }
    linkTypes.append(linkType)
    unsafe programs.append(program)
    return linkTypes.count - 1
  }
}
