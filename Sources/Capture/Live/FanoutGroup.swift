internal import Glibc

/// Sockets of one interface among which the kernel shares packets out (packet(7), PACKET_FANOUT): by a hash over addresses
/// and ports that is the same for both directions, fragments of IPv4 put together first.
final class FanoutGroup {
  private var number: UInt32?

  // From linux/if_packet.h, which Glibc does not import: the option, the mode `hash` (0) and the flags of the mode.
  private static let option: Int32 = 18
  private static let defragment: UInt32 = 0x8000
  private static let newNumber: UInt32 = 0x2000

  /// Adds a socket; the first one gets a number that no other program's group has. False if the kernel refuses.
  func add(_ descriptor: Int32) -> Bool {
    var value = number.map { $0 | Self.defragment << 16 } ?? (Self.defragment | Self.newNumber) << 16
    // Four bytes of a local value each way.
    guard
      unsafe setsockopt(descriptor, SOL_PACKET, Self.option, &value, socklen_t(MemoryLayout<UInt32>.size)) == 0
    else { return false }
    if number == nil {
      var length = socklen_t(MemoryLayout<UInt32>.size)
      guard unsafe getsockopt(descriptor, SOL_PACKET, Self.option, &value, &length) == 0 else { return false }
      number = value & 0xFFFF
    }
    return true
  }
}
