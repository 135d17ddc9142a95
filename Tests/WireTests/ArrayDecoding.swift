@testable import Wire

// `#expect` cannot pass a Span on: these take the tests' arrays and slices.

extension STUNMessage {
  init?(_ bytes: some Collection<UInt8>, wireLength: Int) { self.init(Array(bytes).span, wireLength: wireLength) }
}

extension STUNStream {
  static func messageLength(_ bytes: some Collection<UInt8>, channels: Bool) -> Int? {
    messageLength(Array(bytes).span, channels: channels)
  }
  static func frameLength(_ bytes: some Collection<UInt8>) -> Int? { frameLength(Array(bytes).span) }
  static func chainedFrames(_ bytes: some Collection<UInt8>) -> Int { chainedFrames(Array(bytes).span) }
}

extension ChannelData {
  init?(_ bytes: some Collection<UInt8>) { self.init(Array(bytes).span) }
}

extension CRC32 {
  static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 { checksum(Array(bytes).span) }
}

extension RTPHeader {
  init?(_ bytes: some Collection<UInt8>, wireLength: Int) { self.init(Array(bytes).span, wireLength: wireLength) }
}

extension RTCPCompound {
  init?(_ bytes: some Collection<UInt8>, wireLength: Int) { self.init(Array(bytes).span, wireLength: wireLength) }
}

extension RTCPSenderInfo {
  init?(_ bytes: some Collection<UInt8>) { self.init(Array(bytes).span) }
}

extension RTCPReportBlocks {
  mutating func next(in bytes: [UInt8]) -> RTCPReportBlock? { next(in: bytes.span) }
}

extension DTLSRecord {
  init?(_ bytes: some Collection<UInt8>, wireLength: Int) { self.init(Array(bytes).span, wireLength: wireLength) }
}

extension DTLSHandshakeHeader {
  init?(_ bytes: some Collection<UInt8>) { self.init(Array(bytes).span) }
}

extension DTLSClientHello {
  init?(_ bytes: some Collection<UInt8>) { self.init(Array(bytes).span) }
}

extension TLSAlert {
  init?(stream bytes: some Collection<UInt8>) { self.init(stream: Array(bytes).span) }
  init?(_ record: DTLSRecord, in bytes: [UInt8]) { self.init(record, in: bytes.span) }
}

extension TLSRecordHeader {
  init?(_ bytes: some Collection<UInt8>) { self.init(Array(bytes).span) }
}

extension TLSClientHello {
  static func read(_ bytes: some Collection<UInt8>, isFinal: Bool = false) -> TLSHello {
    read(Array(bytes).span, isFinal: isFinal)
  }
}

extension QUICLongHeader {
  init?(_ bytes: some Collection<UInt8>, wireLength: Int) { self.init(Array(bytes).span, wireLength: wireLength) }
}

extension DNSMessage {
  init?(_ bytes: some Collection<UInt8>) { self.init(Array(bytes).span) }
  func questionName(in bytes: [UInt8]) -> String? { questionName(in: bytes.span) }
  func addresses(in bytes: [UInt8]) -> [DNSAddress] {
    var list: [DNSAddress] = []
    forEachAddress(in: bytes.span) { list.append($0) }
    return list
  }
}

extension DNSRecord {
  func ownerName(in bytes: [UInt8]) -> String? { ownerName(in: bytes.span) }
}

extension SIPMessage {
  init?(_ bytes: some Collection<UInt8>) { self.init(Array(bytes).span) }
}

extension HTTPOpening {
  static func isRequest(_ bytes: [UInt8]) -> Bool { isRequest(bytes.span) }
  static func isResponse(_ bytes: [UInt8]) -> Bool { isResponse(bytes.span) }
  static func statusCode(_ bytes: [UInt8]) -> UInt16? { statusCode(bytes.span) }
  static func answerLength(_ bytes: [UInt8]) -> UInt32? { answerLength(bytes.span) }
}

extension TelegramReflector {
  init?(_ bytes: some Collection<UInt8>, wireLength: Int) { self.init(Array(bytes).span, wireLength: wireLength) }
}

extension TelegramReflectorFrame {
  init?(_ bytes: some Collection<UInt8>, wireLength: Int) { self.init(Array(bytes).span, wireLength: wireLength) }
}

extension WhatsAppNoise {
  init?(_ bytes: some Collection<UInt8>) { self.init(Array(bytes).span) }
}

extension WhatsAppEnvelope {
  init?(_ bytes: some Collection<UInt8>, wireLength: Int) { self.init(Array(bytes).span, wireLength: wireLength) }
}

extension MTProtoTransport {
  init?(_ bytes: some Collection<UInt8>) { self.init(Array(bytes).span) }
  static func couldBeObfuscated(_ bytes: [UInt8]) -> Bool { couldBeObfuscated(bytes.span) }
}
