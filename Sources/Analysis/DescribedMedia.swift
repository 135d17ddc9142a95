internal import Verdict

/// Addresses and ports that session descriptions named for media (RFC 8866), bounded.
struct DescribedMedia {
  private static let limit = 4_096
  private(set) var places: [Socket] = []

  /// Notes the place of a media line; RTCP is one port above it (RFC 3550 section 11).
  mutating func note(_ address: IPAddress, _ port: UInt16) {
    guard places.count + 2 <= Self.limit, port > 0 else { return }
    let place = Socket(address, port)
    guard places.last(where: { $0 == place }) == nil else { return }
    places.append(place)
    if port < .max { places.append(Socket(address, port + 1)) }
  }
}
