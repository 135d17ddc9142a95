internal import Verdict

/// Room for the packets that are looked at one by one, lost ones among them, all flows of a report together.
///
/// A packet behind a gap stands for hundreds of lost ones: a capture of some megabytes would take gigabytes. A client whose flows find
/// no room is not examined for caps at all, because what some of its flows did would be missing when others are judged.
struct PassageRoom {
  private var left: Int
  /// Clients whose flows found none.
  private(set) var crowded: Set<IPAddress> = []

  /// Room for so many packets.
  init(_ count: Int) { left = count }

  /// Whether there is room for a direction's packets; it is taken then.
  mutating func take(_ count: Int, of client: IPAddress) -> Bool {
    guard count <= left, !crowded.contains(client) else {
      crowded.insert(client)
      return false
    }
    left -= count
    return true
  }
}
