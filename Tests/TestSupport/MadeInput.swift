public import Synth
public import Wire

extension Packet {
  /// A TCP segment made by hand, for state machines and detectors.
  public static func tcp(
    _ flags: TCPFlags, sequence: UInt32 = 0, acknowledgment: UInt32 = 0, length: Int32 = 0, window: UInt16 = 64_000,
    timeToLive: UInt8 = 64, identification: UInt16 = 1, timestamps: Bool = false, reserved: UInt8 = 0
  ) -> Packet {
    var packet = Packet()
    packet.family = 4
    packet.transport = .tcp
    packet.tcpFlags = flags
    packet.sequence = SequenceNumber(sequence)
    packet.acknowledgment = SequenceNumber(acknowledgment)
    packet.payloadLength = length
    packet.payloadWireLength = length
    packet.window = window
    packet.timeToLive = timeToLive
    packet.identification = identification
    if timestamps { packet.traits.insert(.timestamps) }
    packet.windowShift = reserved
    return packet
  }
}

/// Frames as a reader would lend them if one block held them all.
public struct LentFrames {
  /// Their bytes, one after another.
  public private(set) var block: [UInt8] = []
  /// Where each lies, numbered from 1.
  public private(set) var infos: [FrameInfo] = []

  /// The block of `frames`.
  public init(_ frames: [SynthFrame]) {
    for (index, frame) in frames.enumerated() {
      infos.append(
        FrameInfo(
          time: frame.time, number: UInt64(index + 1), start: block.count, capturedLength: Int32(frame.bytes.count),
          wireLength: Int32(frame.wireLength), linkType: LinkType(rawValue: frame.linkType)))
      block += frame.bytes
    }
  }
}
