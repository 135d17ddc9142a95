import Flow
import Synth
import Testing
import Wire

/// The table against a dictionary that does the same slowly.
@Suite struct FlowTableTests {
  /// A five-tuple with its ends in order.
  private struct Key: Hashable {
    var ends: [UInt64]
    var transport: UInt8
    var family: UInt8

    init(_ packet: Packet) {
      let a = [packet.source.high, packet.source.low, UInt64(packet.sourcePort)]
      let b = [packet.destination.high, packet.destination.low, UInt64(packet.destinationPort)]
      ends = b.lexicographicallyPrecedes(a) ? b + a : a + b
      transport = packet.transport.rawValue
      family = packet.family
    }
  }

  private struct Entry {
    var index: UInt32
    var source: AddressBits
    var port: UInt16
    var last: Int64
    var closed = false
  }

  private static let idle = 180 * second

  /// Few hosts and ports, so that five-tuples come back; some differ in one field only.
  private func packet(_ generator: inout SeededGenerator, hosts: Int = 9) -> Packet {
    let isV6 = generator.occurs(with: 0.4)
    func end(_ generator: inout SeededGenerator) -> (UInt64, UInt64, UInt16) {
      let host = UInt64(generator.number(in: 1...hosts))
      // IPv6 addresses that differ in the upper half alone, too; IPv4-like lower halves.
      return (isV6 ? 0x2001_0DB8_0000_0000 + host % 3 : 0, 0x0A00_0000 + host, UInt16(generator.number(in: 1...6)))
    }
    let flags: [TCPFlags] = [.syn, .ack, [.syn, .ack], [.fin, .ack], .rst]
    return .ends(
      end(&generator), end(&generator), generator.occurs(with: 0.5) ? .udp : .tcp, isV6: isV6,
      flags: flags[generator.number(in: 0...4)])
  }

  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6]) func itMatchesADictionary(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var table = FlowTable(seed: generator.next(), maximum: 1_000_000, scan: 64, udpIdle: Self.idle)
    var model: [Key: Entry] = [:]
    var flows = 0
    var time: Int64 = 1_000
    for step in 0..<30_000 {
      time +=
        generator.occurs(with: 0.001)
        ? Int64(generator.number(in: 150...200)) * second : Int64(generator.number(in: 0...1_000_000))
      let packet = packet(&generator)
      let key = Key(packet)
      // Finding creates nothing.
      let found = table.find(packet)
      #expect(found?.index == model[key]?.index, "seed \(seed), step \(step)")
      if packet.transport == .udp, packet.family == 4 {
        var plain = PlainDatagram(packet)
        #expect(table.hash(of: &plain) == table.hash(of: packet))
        let lives = model[key].map { time - $0.last <= Self.idle } ?? false
        // Whatever record is looked at first.
        let hash = table.hash(of: packet)
        for guess in [table.guess(hash), FlowState.none, flows > 0 ? UInt32(step % flows) : FlowState.none] {
          let index = table.find(&plain, hash: hash, guess: guess, time: time)
          #expect(index == (lives ? model[key]?.index : FlowState.none), "seed \(seed), step \(step)")
          if lives, let entry = model[key] {
            let side: UInt8 = entry.source == packet.source && entry.port == packet.sourcePort ? 0 : 1
            #expect(FlowTable.side(&plain, of: &table.flows[index]) == side, "seed \(seed), step \(step)")
          }
        }
      }
      let match = table.match(packet, hash: table.hash(of: packet), time: time)
      var ended = false
      if let entry = model[key] {
        ended =
          packet.transport == .udp
          ? time - entry.last > Self.idle : entry.closed && packet.tcpFlags.intersection([.syn, .ack, .rst]) == .syn
      }
      if let entry = model[key], !ended {
        let side: UInt8 = entry.source == packet.source && entry.port == packet.sourcePort ? 0 : 1
        #expect(!match.isNew && match.index == entry.index && match.side == side, "seed \(seed), step \(step)")
      } else {
        #expect(match.isNew && match.side == 0 && match.index == UInt32(flows), "seed \(seed), step \(step)")
        #expect(match.previous == (model[key]?.index ?? FlowState.none), "seed \(seed), step \(step)")
        flows += 1
        model[key] = Entry(index: match.index, source: packet.source, port: packet.sourcePort, last: time)
        #expect(table.flows[match.index].first == time)
      }
      // What the observer does with a match.
      table.flows[match.index].last = time
      model[key]?.last = time
      if packet.transport == .tcp, packet.tcpFlags.contains(.rst) {
        table.flows[match.index].marks.insert(.closed)
        model[key]?.closed = true
      }
      let zero = table.endpoint(match.index, side: match.side)
      #expect(zero.address == packet.source && zero.port == packet.sourcePort)
      let one = table.endpoint(match.index, side: 1 - match.side)
      #expect(one.address == packet.destination && one.port == packet.destinationPort)
    }
    #expect(table.flows.count == flows)
    #expect(table.evicted == 0)
  }

  @Test func manyFlowsGrowTheTableAndNoneIsLost() {
    var table = FlowTable(seed: 99, maximum: 1_000_000, scan: 64, udpIdle: Self.idle)
    func packet(_ number: Int) -> Packet {
      .ends((0, UInt64(number), 7), (0, 0xC000_0201, 53), .udp, isV6: false)
    }
    for number in 0..<50_000 {
      let packet = packet(number)
      #expect(table.match(packet, hash: table.hash(of: packet), time: 1).index == UInt32(number))
    }
    for number in 0..<50_000 { #expect(table.find(packet(number))?.index == UInt32(number)) }
    #expect(table.find(packet(50_000)) == nil)
  }

  @Test func theHashIsTheSameForBothDirections() {
    var generator = SeededGenerator(seed: 8)
    let table = FlowTable(seed: 3, maximum: 10, scan: 4, udpIdle: Self.idle)
    for _ in 0..<500 {
      let one = packet(&generator)
      var other = one
      swap(&other.source, &other.destination)
      swap(&other.sourcePort, &other.destinationPort)
      #expect(table.hash(of: one) == table.hash(of: other))
    }
  }

  @Test func aHostTalkingToItselfHasTwoSides() {
    var table = FlowTable(seed: 3, maximum: 10, scan: 4, udpIdle: Self.idle)
    let there = Packet.ends((0, 0x7F00_0001, 5_000), (0, 0x7F00_0001, 4_000), .udp, isV6: false)
    let back = Packet.ends((0, 0x7F00_0001, 4_000), (0, 0x7F00_0001, 5_000), .udp, isV6: false)
    #expect(table.match(there, hash: table.hash(of: there), time: 1).side == 0)
    #expect(table.match(back, hash: table.hash(of: back), time: 2).side == 1)
    #expect(table.flows.count == 1)
  }

  /// The same sequence under several hash seeds: who is evicted depends on age and order alone.
  @Test(arguments: [2, 3, 7, 64]) func evictionForgetsTheSameFlowsUnderEveryHashSeed(maximum: Int) {
    func run(_ hashSeed: UInt64) -> (indices: [UInt32], evicted: UInt64, count: Int) {
      var generator = SeededGenerator(seed: 17)
      var table = FlowTable(seed: hashSeed, maximum: maximum, scan: 8, udpIdle: Self.idle)
      var indices: [UInt32] = []
      var time: Int64 = 0
      for _ in 0..<6_000 {
        time += Int64(generator.number(in: 1...5_000_000_000))
        let packet = packet(&generator, hosts: 5)
        let match = table.match(packet, hash: table.hash(of: packet), time: time)
        table.flows[match.index].last = time
        indices.append(match.isNew ? match.index | 0x8000_0000 : match.index)
      }
      return (indices, table.evicted, table.flows.count)
    }
    let first = run(1)
    #expect(first.count == maximum)
    let started = first.indices.count { $0 & 0x8000_0000 != 0 }
    #expect(first.evicted == UInt64(started - maximum))
    for seed in [UInt64(0), 2, 0xDEAD_BEEF, .max] {
      let other = run(seed)
      #expect(other.indices == first.indices, "hash seed \(seed)")
      #expect(other.evicted == first.evicted && other.count == first.count)
    }
  }

  /// Whatever is in the table is found again, and nothing else, while room is taken all the time.
  @Test(arguments: [UInt64(11), 12, 13]) func evictionLosesNoOtherEntry(seed: UInt64) {
    let maximum = 40
    var generator = SeededGenerator(seed: seed)
    var table = FlowTable(seed: seed, maximum: maximum, scan: 5, udpIdle: Self.idle)
    var holder: [UInt32: Key] = [:]
    var samples: [Key: Packet] = [:]
    var time: Int64 = 0
    for step in 0..<8_000 {
      time += Int64(generator.number(in: 1...1_000_000))
      let packet = packet(&generator, hosts: 12)
      let key = Key(packet)
      let match = table.match(packet, hash: table.hash(of: packet), time: time)
      table.flows[match.index].last = time
      if match.isNew {
        #expect((table.recycled != nil) == (holder.count == maximum), "seed \(seed), step \(step)")
        table.recycled = nil
        holder[match.index] = key
        samples[key] = packet
      }
      #expect(holder[match.index] == key, "seed \(seed), step \(step)")
      guard step % 40 == 0 else { continue }
      // The newest holder of each five-tuple is found under it; the others are gone.
      for (index, key) in holder {
        guard let sample = samples[key] else { continue }
        #expect(table.find(sample)?.index == index, "seed \(seed), step \(step)")
      }
    }
    #expect(table.flows.count == maximum)
  }

  @Test func anEvictedFlowOfASharedFiveTupleLeavesTheNewOneAlone() {
    // UDP idle timeout: the old record of the five-tuple is unlinked, then its room is taken.
    var table = FlowTable(seed: 5, maximum: 3, scan: 8, udpIdle: Self.idle)
    func packet(_ port: UInt16) -> Packet { .ends((0, 1, port), (0, 2, 53), .udp, isV6: false) }
    func touch(_ port: UInt16, _ time: Int64) -> FlowMatch {
      let match = table.match(packet(port), hash: table.hash(of: packet(port)), time: time)
      table.flows[match.index].last = time
      return match
    }
    #expect(touch(1, 0).index == 0)
    let again = touch(1, 200 * second)
    #expect(again.isNew && again.index == 1 && again.previous == 0)
    #expect(touch(2, 201 * second).index == 2)
    let taken = touch(3, 202 * second)  // takes the room of the unlinked record
    #expect(taken.index == 0 && taken.isNew)
    #expect(touch(1, 203 * second).index == 1)
    #expect(table.find(packet(1))?.index == 1 && table.find(packet(3))?.index == 0)
    #expect(table.evicted == 1)
  }

  @Test func aRestartThatTakesItsOwnPredecessorsRoomNamesNoPredecessor() {
    // The oldest record is the ended flow of the same five-tuple itself.
    var table = FlowTable(seed: 5, maximum: 2, scan: 8, udpIdle: Self.idle)
    func packet(_ port: UInt16) -> Packet { .ends((0, 1, port), (0, 2, 53), .udp, isV6: false) }
    func touch(_ port: UInt16, _ time: Int64) -> FlowMatch {
      let match = table.match(packet(port), hash: table.hash(of: packet(port)), time: time)
      table.flows[match.index].last = time
      return match
    }
    _ = touch(1, 0)
    _ = touch(2, 190 * second)
    let again = touch(1, 200 * second)
    #expect(again.isNew && again.index == 0)
    #expect(again.previous == FlowState.none)
    #expect(table.find(packet(1))?.index == 0 && table.find(packet(2))?.index == 1)
  }

  /// Each restart leaves one slot in use: a table of two flows stays as good as new however often they restart.
  @Test func restartsInTheirOwnRoomLeaveNoSlotsBehind() {
    var table = FlowTable(seed: 5, maximum: 2, scan: 8, udpIdle: Self.idle)
    for round in 0..<20_000 {
      let packet = Packet.ends((0, 1, UInt16(round % 2 + 1)), (0, 2, 53), .udp, isV6: false)
      let match = table.match(packet, hash: table.hash(of: packet), time: Int64(round) * 190 * second)
      table.flows[match.index].last = Int64(round) * 190 * second
      #expect(match.isNew)
    }
    #expect(table.find(.ends((0, 1, 9), (0, 2, 53), .udp, isV6: false)) == nil)
  }

  @Test func twoArenasChunksKeepTheirRecords() {
    var arena = Arena<UInt64, 3>()
    for number in 0..<1_000 { #expect(arena.append(UInt64(number) * 3) == UInt32(number)) }
    for number in 0..<1_000 { #expect(arena[UInt32(number)] == UInt64(number) * 3) }
    arena[777] = 5
    #expect(arena[777] == 5 && arena[776] == 776 * 3 && arena.count == 1_000)
  }

  @Test func recordsKeepTheirPlacesBeyondTheFirstRegion() {
    // The first MiB comes from the allocator, what follows from regions of 8: 24 MiB reach into a third one.
    typealias Record = (UInt64, UInt64, UInt64, [9 of UInt64])
    var arena = Arena<Record, 9>()
    let filler: [9 of UInt64] = .init(repeating: 7)
    let count = (24 << 20) / MemoryLayout<Record>.stride
    for number in 0..<count { _ = arena.append((UInt64(number), ~UInt64(number), 0, filler)) }
    for number in 0..<count {
      let record = arena[UInt32(number)]
      guard record.0 == UInt64(number), record.1 == ~UInt64(number), record.3[8] == 7 else {
        Issue.record("record \(number) was changed")
        return
      }
    }
    #expect(arena.count == count)
    let places = (0..<count).map { unsafe UInt(bitPattern: arena.address(of: UInt32($0))) }
    // None lies on another's bytes.
    let ordered = places.sorted()
    #expect(zip(ordered, ordered.dropFirst()).allSatisfy { $1 &- $0 >= UInt(MemoryLayout<Record>.stride) })
  }
}

extension PlainDatagram {
  /// The ends of a packet over IPv4.
  fileprivate init(_ packet: Packet) {
    self.init()
    let source = packet.source.low << 16 | UInt64(packet.sourcePort)
    let destination = packet.destination.low << 16 | UInt64(packet.destinationPort)
    lower = min(source, destination)
    higher = max(source, destination)
    isReversed = destination < source
  }
}
