/// What one side of a flow sent within one bin of time: 16 bytes.
public struct FlowBin: BitwiseCopyable, Sendable {
  /// Number of the bin, counted from the flow's first packet.
  public var number: UInt32
  /// Packets.
  public var packets: UInt32
  /// IP bytes.
  public var bytes: UInt64

  @inlinable
  init(number: UInt32 = 0, packets: UInt32 = 0, bytes: UInt64 = 0) {
    self.number = number
    self.packets = packets
    self.bytes = bytes
  }
}

/// The bins of one side of a flow.
struct FlowBinList: BitwiseCopyable, Sendable {
  var list = RunList()
  /// The record that is written to.
  var latest = FlowState.none
  /// Width, as a power of two of `FlowBins.narrowest`.
  var doublings: UInt8 = 0
}

/// Bins of both sides of every flow, kept only where somebody asked for them.
///
/// Empty bins take no room. A side's bins are 100 ms wide until `limit` of them are full; then they become twice as wide,
/// so that a flow takes 64 KiB a side at most, however long it is.
public struct FlowBins: ~Copyable {
  /// Most bins of a side.
  public static var limit: UInt32 { 4096 }
  /// Width of a new flow's bins, ns.
  public static var narrowest: Int64 { 100_000_000 }

  /// Two for each flow, in the order of their indices.
  private var sides = Arena<FlowBinList, 10>()
  private var records = Runs<FlowBin>(blank: FlowBin())

  /// None.
  public init() {}

  /// A new flow takes this index, which may have been another's before.
  public mutating func begin(_ flow: UInt32) {
    while sides.count < 2 * (Int(flow) + 1) { _ = sides.append(FlowBinList()) }
    for side in 0..<2 {
      let place = 2 * flow + UInt32(side)
      records.clear(&sides[place].list)
      sides[place].latest = FlowState.none
      sides[place].doublings = 0
    }
  }

  /// Takes a packet in; `elapsed` ns since the flow's first packet.
  public mutating func note(_ flow: UInt32, side: Int, elapsed: Int64, bytes: UInt32) {
    let place = 2 * flow + UInt32(side)
    let width = Self.narrowest << Int64(sides[place].doublings)
    let number = UInt32(clamping: max(0, elapsed) / width)
    let latest = sides[place].latest
    if latest != FlowState.none, records[latest].number >= number {
      // A packet behind its time counts where the latest ones do.
      records[latest].packets &+= 1
      records[latest].bytes &+= UInt64(bytes)
      return
    }
    if sides[place].list.count == Self.limit { widen(place) }
    sides[place].latest = records.append(
      FlowBin(
        number: UInt32(clamping: max(0, elapsed) / (Self.narrowest << Int64(sides[place].doublings))), packets: 1,
        bytes: UInt64(bytes)), to: &sides[place].list)
  }

  private mutating func widen(_ place: UInt32) {
    while sides[place].list.count > Self.limit / 2, sides[place].doublings < 24 {
      sides[place].doublings += 1
      var list = sides[place].list
      var index = records.first(of: list)
      for left in (0..<list.count).reversed() {
        records[index].number >>= 1
        if left > 0 { index = records.index(after: index) }
      }
      records.fold(&list) { last, next in
        guard next.number == last.number else { return false }
        last.packets &+= next.packets
        last.bytes &+= next.bytes
        return true
      }
      sides[place].list = list
    }
  }

  /// A side's bins in order and their width, ns.
  public func bins(of flow: UInt32, side: Int) -> (width: Int64, bins: [FlowBin]) {
    let state = sides[2 * flow + UInt32(side)]
    return (Self.narrowest << Int64(state.doublings), records.records(of: state.list))
  }
}
