// RFC 8446 section 6 and RFC 5246 section 7.2: alerts; in clear before the keys change.

/// A plain-text alert of TLS or DTLS.
public struct TLSAlert: Equatable, Sendable, BitwiseCopyable {
  /// 1 warning, 2 fatal.
  public let level: UInt8
  /// What happened: 0 close_notify, 40 handshake_failure, 112 unrecognized_name and so on.
  public let description: UInt8

  /// Whether the sender closes in good order.
  public var isCloseNotify: Bool { description == 0 }

  /// Reads the alert that is all of a record's fragment; an encrypted one is longer.
  public init?(fragment: Span<UInt8>) {
    guard fragment.count == 2, fragment[0] == 1 || fragment[0] == 2 else { return nil }
    self.level = fragment[0]
    self.description = fragment[1]
  }

  /// Reads the alert of the TLS record at the start of `stream`.
  public init?(stream: Span<UInt8>) {
    guard let header = TLSRecordHeader(stream), header.contentType == .alert, header.length == 2, stream.count >= 7
    else { return nil }
    self.init(fragment: stream.extracting(5..<7))
  }

  /// Reads the alert of a DTLS record of `datagram`, if it is in epoch 0.
  public init?(_ record: DTLSRecord, in datagram: Span<UInt8>) {
    guard record.contentType == .alert, record.epoch == 0, !record.isUnified, record.length == 2,
      record.fragment.upperBound <= datagram.count
    else { return nil }
    self.init(fragment: datagram.extracting(record.fragment))
  }
}
