/// A TCP segment (RFC 9293 §3.1) before it becomes bytes.
public struct TCPSegment: Sendable, Equatable {
  /// Control bits, in the order of the header.
  public struct Flags: OptionSet, Sendable, Equatable {
    /// The header's bits.
    public let rawValue: UInt8
    /// Flags from the header's bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// No more data from the sender.
    public static let fin = Flags(rawValue: 0x01)
    /// Synchronize sequence numbers.
    public static let syn = Flags(rawValue: 0x02)
    /// Reset the connection.
    public static let rst = Flags(rawValue: 0x04)
    /// Push to the application.
    public static let psh = Flags(rawValue: 0x08)
    /// The acknowledgement field counts.
    public static let ack = Flags(rawValue: 0x10)
  }

  /// Sender's port.
  public var sourcePort: UInt16
  /// Receiver's port.
  public var destinationPort: UInt16
  /// First sequence number.
  public var sequence: UInt32
  /// Next sequence number expected.
  public var acknowledgement: UInt32
  /// Control bits.
  public var flags: Flags
  /// Window field as on the wire.
  public var window: UInt16
  /// Maximum segment size option.
  public var maximumSegmentSize: UInt16?
  /// Window scale option.
  public var windowScale: UInt8?
  /// SACK-permitted option.
  public var permitsSelectiveAcknowledgement = false
  /// Timestamps option: value and echo.
  public var timestamps: (value: UInt32, echo: UInt32)?
  /// Data.
  public var payload: [UInt8]

  /// A segment without options.
  public init(
    from sourcePort: UInt16, to destinationPort: UInt16, sequence: UInt32, acknowledgement: UInt32 = 0, flags: Flags,
    window: UInt16 = 0, payload: [UInt8] = []
  ) {
    self.sourcePort = sourcePort
    self.destinationPort = destinationPort
    self.sequence = sequence
    self.acknowledgement = acknowledgement
    self.flags = flags
    self.window = window
    self.payload = payload
  }

  /// Sequence numbers used up: data, SYN and FIN.
  public var sequenceLength: UInt32 {
    UInt32(payload.count) + (flags.contains(.syn) ? 1 : 0) + (flags.contains(.fin) ? 1 : 0)
  }

  /// Header and data with the checksum field 0.
  var bytesWithoutChecksum: [UInt8] {
    var options: [UInt8] = []
    if let size = maximumSegmentSize {
      options += [2, 4]
      options.append16(Int(size))
    }
    // Linux order: SACK-permitted takes the place of the two no-operations before the timestamps.
    if permitsSelectiveAcknowledgement { options += [4, 2] }
    if let timestamps {
      if !permitsSelectiveAcknowledgement { options += [1, 1] }
      options += [8, 10]
      options.append32(timestamps.value)
      options.append32(timestamps.echo)
    }
    if let scale = windowScale { options += [1, 3, 3, scale] }
    while options.count % 4 != 0 { options.append(1) }
    var result: [UInt8] = []
    result.append16(Int(sourcePort))
    result.append16(Int(destinationPort))
    result.append32(sequence)
    result.append32(acknowledgement)
    result.append(UInt8((20 + options.count) / 4) << 4)
    result.append(flags.rawValue)
    result.append16(Int(window))
    result += [0, 0, 0, 0]
    return result + options + payload
  }

  /// Field by field; the timestamps pair keeps this from being synthesized.
  public static func == (left: TCPSegment, right: TCPSegment) -> Bool {
    left.bytesWithoutChecksum == right.bytesWithoutChecksum
  }
}
