internal import Detection
internal import Verdict
internal import Wire

/// Addresses and ports that session descriptions named for media, and which way these were to go there (RFC 8866), bounded.
struct DescribedMedia {
  private static let limit = 4_096
  private(set) var places: [Socket] = []
  /// What was agreed where, in the order of the capture.
  private var agreements: [(place: Socket, time: Int64, direction: SessionDescription.Direction)] = []

  /// Shows which way media were to go.
  func show(to agreed: inout AgreedDirections) {
    for agreement in agreements {
      agreed.note(
        agreement.place, from: agreement.time, sends: agreement.direction.contains(.sends),
        receives: agreement.direction.contains(.receives))
    }
  }

  /// Notes the place of a media line; RTCP is one port above it (RFC 3550 section 11).
  mutating func note(_ address: IPAddress, _ port: UInt16, _ direction: SessionDescription.Direction, time: Int64) {
    guard port > 0 else { return }
    let place = Socket(address, port)
    if agreements.count < Self.limit { agreements.append((place, time, direction)) }
    guard places.count + 2 <= Self.limit else { return }
    guard places.last(where: { $0 == place }) == nil else { return }
    places.append(place)
    if port < .max { places.append(Socket(address, port + 1)) }
  }
}
