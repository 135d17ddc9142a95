// JA4 (FoxIO, technical_details/JA4.md, BSD 3-Clause, read 2026-11): a client told by what its ClientHello offers. Only
// JA4 itself; the other methods of that family stand under another license.

/// What a ClientHello offers, as far as JA4 looks: filled anew by each hello that is read, so that it is allocated once.
///
/// GREASE (RFC 8701) is left out everywhere.
public struct HelloOffer: Sendable {
  /// What carried the hello, by JA4's letter.
  public enum Carrier: UInt8, Sendable {
    case tls = 0x74
    case dtls = 0x64
    case quic = 0x71
  }

  /// JA4 before it is hashed (JA4_r without the lines between its parts).
  public struct Text: Equatable, Sendable {
    /// Carrier, version, server name or none, counts, ends of the first ALPN protocol: ten letters.
    public var lead: [UInt8] = []
    /// Cipher suites in hexadecimal, sorted; empty if there are none.
    public var ciphers: [UInt8] = []
    /// Extensions but server_name and ALPN, sorted, then signature algorithms as they came.
    public var extensions: [UInt8] = []
  }

  /// All of the hello was read: only then it has a fingerprint.
  public internal(set) var isComplete = false
  private var version: UInt16 = 0
  private var highestVersion: UInt16 = 0
  private var hasServerName = false
  private var protocolEnds: (first: UInt8, last: UInt8)?
  private var ciphers: [UInt16] = []
  private var extensions: [UInt16] = []
  private var signatures: [UInt16] = []

  /// Nothing was read yet.
  public init() {}

  /// Two numbers for what is offered, sums over it and over its squares: the order of what JA4 sorts does not change them.
  /// With a seed that nobody knows, two offers that differ do not meet.
  public func key(_ carrier: Carrier, seed: UInt64) -> (UInt64, UInt64) {
    var sums: (UInt64, UInt64) = (0, 0)
    func add(_ value: UInt64) {
      let product = (value ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
      let folded = product.high ^ product.low
      sums.0 &+= folded
      sums.1 &+= folded &* folded
    }
    let ends = protocolEnds.map { UInt64($0.first) << 8 | UInt64($0.last) } ?? 1 << 16
    add(1 << 60 | ends << 24 | UInt64(carrier.rawValue) << 16 | UInt64(offeredVersion))
    add(2 << 60 | (hasServerName ? 1 : 0))
    for cipher in ciphers { add(3 << 60 | UInt64(cipher)) }
    for item in extensions { add(4 << 60 | UInt64(item)) }
    for (place, signature) in signatures.enumerated() { add(5 << 60 | UInt64(place) << 16 | UInt64(signature)) }
    return sums
  }

  /// What is to be hashed.
  public func text(_ carrier: Carrier) -> Text {
    var text = Text()
    text.lead = [carrier.rawValue] + Self.letters(of: offeredVersion) + [hasServerName ? 0x64 : 0x69]
    text.lead += Self.digits(ciphers.count) + Self.digits(extensions.count) + protocolLetters
    Self.append(ciphers.sorted(), to: &text.ciphers)
    Self.append(
      extensions.filter { $0 != TLSExtensions.serverName && $0 != TLSExtensions.protocols }.sorted(),
      to: &text.extensions)
    if !signatures.isEmpty {
      text.extensions.append(0x5F)
      Self.append(signatures, to: &text.extensions)
    }
    return text
  }

  /// The highest number that supported_versions lists, or the hello's own. DTLS counts down: a client that offers 1.2
  /// beside 1.3 is `d2`, as the definition has it.
  private var offeredVersion: UInt16 { highestVersion == 0 ? version : highestVersion }

  private static func letters(of version: UInt16) -> [UInt8] {
    switch version {
    case 0x0304: [0x31, 0x33]
    case 0x0303: [0x31, 0x32]
    case 0x0302: [0x31, 0x31]
    case 0x0301: [0x31, 0x30]
    case 0x0300: [0x73, 0x33]
    case 0x0002: [0x73, 0x32]
    case 0xFEFF: [0x64, 0x31]
    case 0xFEFD: [0x64, 0x32]
    case 0xFEFC: [0x64, 0x33]
    default: [0x30, 0x30]
    }
  }

  /// The first protocol's first and last byte; of its hexadecimal digits, if either is neither letter nor digit.
  private var protocolLetters: [UInt8] {
    guard let (first, last) = protocolEnds else { return [0x30, 0x30] }
    if Self.isAlphanumeric(first), Self.isAlphanumeric(last) { return [first, last] }
    return [Self.hexadecimal(first >> 4), Self.hexadecimal(last & 15)]
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  private static func digits(_ count: Int) -> [UInt8] {
    let shown = UInt8(min(count, 99))
    return [0x30 + shown / 10, 0x30 + shown % 10]
  }

  private static func hexadecimal(_ digit: UInt8) -> UInt8 { digit < 10 ? 0x30 + digit : 0x61 + digit - 10 }

  private static func append(_ values: [UInt16], to text: inout [UInt8]) {
    for (place, value) in values.enumerated() {
      if place > 0 { text.append(0x2C) }
      for shift in [12, 8, 4, 0] as [UInt16] { text.append(hexadecimal(UInt8(value >> shift & 15))) }
    }
  }
}

/// Filling, as the hello is walked.
extension HelloOffer {
  /// 0x0A0A, 0x1A1A up to 0xFAFA.
  private static func isGrease(_ value: UInt16) -> Bool { value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF }

  /// Begins with another hello.
  mutating func begin(version: UInt16) {
    isComplete = false
    self.version = version
    highestVersion = 0
    hasServerName = false
    protocolEnds = nil
    ciphers.removeAll(keepingCapacity: true)
    extensions.removeAll(keepingCapacity: true)
    signatures.removeAll(keepingCapacity: true)
  }

  /// Takes in the cipher suites, two bytes each, that were captured.
  mutating func take(ciphers range: Range<Int>, in hello: Span<UInt8>) { Self.take(range, in: hello, to: &ciphers) }

  /// Takes in an extension.
  mutating func take(_ type: UInt16, _ data: Range<Int>, in hello: Span<UInt8>) {
    guard !Self.isGrease(type) else { return }
    extensions.append(type)
    switch type {
    case TLSExtensions.serverName: hasServerName = true
    case TLSExtensions.protocols:
      if let range = TLSExtensions.firstProtocol(data, in: hello) {
        protocolEnds = (hello[range.lowerBound], hello[range.upperBound &- 1])
      }
    case TLSExtensions.signatureAlgorithms:
      guard data.count >= 2 else { return }
      let start = data.lowerBound &+ 2
      let count = Int(hello.extracting(data.lowerBound..<start).uint16(at: 0))
      Self.take(start..<min(data.upperBound, start &+ count), in: hello, to: &signatures)
    case TLSExtensions.supportedVersions:
      var place = data.lowerBound &+ 1
      while place &+ 2 <= data.upperBound {
        let version = hello.extracting(place..<(place &+ 2)).uint16(at: 0)
        if !Self.isGrease(version) { highestVersion = max(highestVersion, version) }
        place &+= 2
      }
    default: break
    }
  }

  private static func take(_ range: Range<Int>, in hello: Span<UInt8>, to list: inout [UInt16]) {
    var place = range.lowerBound
    while place &+ 2 <= range.upperBound, place &+ 2 <= hello.count {
      let value = hello.extracting(place..<(place &+ 2)).uint16(at: 0)
      if !isGrease(value) { list.append(value) }
      place &+= 2
    }
  }
}
