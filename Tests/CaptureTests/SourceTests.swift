import Glibc
import Testing
import Wire

@testable import Capture

@Suite struct SourceTests {
  /// Stored-block gzip (RFC 1952, RFC 1951 3.2.4): no compressor needed.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var start = 0
    repeat {
      let end = min(start + 60_000, bytes.count)
      out.append(end == bytes.count ? 1 : 0)
      out.append(UInt16(end - start), .little)
      out.append(~UInt16(end - start), .little)
      out += bytes[start..<end]
      start = end
    } while start < bytes.count
    var check: UInt32 = .max
    for byte in bytes {
      check ^= UInt32(byte)
      for _ in 0..<8 { check = check & 1 != 0 ? check >> 1 ^ 0xEDB8_8320 : check >> 1 }
    }
    out.append(~check, .little)
    out.append(UInt32(truncatingIfNeeded: bytes.count), .little)
    return out
  }

  @Test func gzipPlainAndSeveralMembers() throws {
    let (bytes, _) = PcapTests.sample(PcapWriter(), count: 10_000)
    let plain = try read(bytes: bytes)
    let one = try read(bytes: Self.gzip(bytes))
    #expect(one.frames == plain.frames)
    #expect(!one.facts.truncated)
    #expect(one.facts.bytesRead == one.facts.totalBytes)
    for split in [1, 24, 100_000, bytes.count - 1] {
      let members = Self.gzip(Array(bytes[..<split])) + Self.gzip(Array(bytes[split...]))
      let several = try read(bytes: members)
      #expect(several.frames == plain.frames)
      #expect(!several.facts.truncated)
    }
    let padded = try read(bytes: Self.gzip(bytes) + [UInt8](repeating: 0, count: 700))
    #expect(padded.frames == plain.frames && !padded.facts.truncated)
    let littered = try read(bytes: Self.gzip(bytes) + [1, 2, 3])
    #expect(littered.frames == plain.frames && littered.facts.truncated)
  }

  @Test func everyCutOfAGzipKeepsThePrefix() throws {
    let (bytes, ends) = PcapTests.sample(PcapWriter(), count: 4)
    let packed = Self.gzip(bytes)
    let whole = try read(bytes: bytes).frames
    // 10 bytes of gzip header, 5 of block header, 24 of capture header come before the first record.
    for cut in 39..<packed.count {
      let (frames, facts) = try read(bytes: Array(packed[..<cut]))
      #expect(frames == Array(whole[..<ends.count { $0 + 15 <= cut }]))
      #expect(facts.truncated)
      #expect(facts.truncation?.contains("gzip data is cut at byte \(cut)") == true)
    }
    var corrupt = packed
    corrupt[packed.count - 6] ^= 1
    let (frames, facts) = try read(bytes: corrupt)
    #expect(frames == whole && facts.truncated)
  }

  /// A record cut by the end of a 256 KiB read is carried over whole, wherever the cut falls.
  @Test func everyTailIsCarried() throws {
    var body = PcapWriter()
    for index in 0..<3600 {
      body.append([UInt8(truncatingIfNeeded: index)] + [UInt8](repeating: 1, count: 59), time: Int64(index))
    }
    for shift in 0..<76 {
      var writer = PcapWriter()
      writer.append([UInt8](repeating: 7, count: shift), time: 0)
      let file = try TemporaryFile(writer.bytes + body.bytes[24...])
      var reader = try CaptureReader(path: file.path)
      var index = -1
      var wrong = 0
      try reader.forEachBlock { block, frames in
        for frame in frames.indices {
          let info = frames[frame]
          if index >= 0,
            info.capturedLength != 60 || block[info.start] != UInt8(truncatingIfNeeded: index)
              || info.time != Int64(index) || block[info.start + 59] != 1
          {
            wrong += 1
          }
          index += 1
        }
        return true
      }
      #expect(wrong == 0 && index == 3600 && !reader.facts.truncated, "first record of \(shift) bytes")
    }
  }

  /// A pipe hands over a few bytes at a time: in packet mode (pipe(7)) exactly what each write wrote.
  @Test func aPipeInDribs() throws {
    let (bytes, _) = PcapTests.sample(PcapWriter(), count: 60)
    let plain = try read(bytes: bytes).frames
    var random = Seeded(seed: 5)
    var ends: [Int32] = [0, 0]
    #expect(unsafe pipe(&ends) == 0)
    // O_DIRECT, which the Glibc module does not name.
    #expect(fcntl(ends[1], F_SETFL, 0o40000) == 0)
    var start = 0
    // F_SETPIPE_SZ is 1031; each packet takes a page.
    _ = fcntl(ends[1], 1031, 1 << 20)
    while start < bytes.count {
      let end = min(bytes.count, start + Int.random(in: 1...97, using: &random))
      #expect(unsafe write(ends[1], Array(bytes[start..<end]), end - start) == end - start)
      start = end
    }
    close(ends[1])
    let (frames, facts) = try read("/proc/self/fd/\(ends[0])")
    close(ends[0])
    #expect(frames == plain)
    #expect(!facts.truncated && facts.totalBytes == nil && facts.bytesRead == UInt64(bytes.count))
  }

  @Test func refusalsHaveNames() throws {
    #expect(try failure([]).map { if case .empty = $0 { true } else { false } } == true)
    func isUnsupported(_ bytes: [UInt8], _ word: String) throws -> Bool {
      guard case .unsupported(_, let reason)? = try failure(bytes) else { return false }
      return reason.contains(word)
    }
    #expect(try isUnsupported([0x28, 0xB5, 0x2F, 0xFD, 0, 0], "zstd"))
    #expect(try isUnsupported([0x04, 0x22, 0x4D, 0x18, 0, 0], "lz4"))
    #expect(try isUnsupported(Array("snoop\0\0\0\0\0\0\u{2}".utf8), "snoop"))
    #expect(try isUnsupported(Array("No. Time Source Destination\n".utf8), "plain text"))
    #expect(try isUnsupported([0x4D, 0x3C, 0x2B, 0xA1] + [UInt8](repeating: 0, count: 40), "Navtel"))
    #expect(try isUnsupported([0xD4, 0xC3, 0xB2, 0xA1, 1, 0, 0, 0] + [UInt8](repeating: 0, count: 40), "archaic"))
    #expect(try isUnsupported([0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 9, 0] + [UInt8](repeating: 0, count: 40), "2.9"))
    #expect(try failure([0, 1, 2, 3, 4, 5]).map { if case .notACapture = $0 { true } else { false } } == true)
    for path in ["/tmp", "/tmp/there is no such file"] {
      do throws(CaptureError) {
        _ = try CaptureReader(path: path)
        Issue.record("\(path) opened")
      } catch {
        guard case .cannotOpen = error else { throw error }
        #expect(error.message.contains(path))
      }
    }
  }

  @Test func filters() throws {
    let (bytes, _) = PcapTests.sample(PcapWriter(), count: 3000)
    let file = try TemporaryFile(bytes)
    let all = try read(file).frames
    let (frames, facts) = try read(file, filter: "udp dst port 5001")
    #expect(frames == all.filter { $0.number % 3 == 2 })
    #expect(facts.framesRead == 3000)
    #expect(try read(file, filter: "tcp").frames.isEmpty)
    #expect(try read(file, filter: "").frames.count == 3000)
    for bad in ["udp porrt 5", "host", "((", "vlan and ("] {
      var lent = 0
      do throws(CaptureError) {
        var reader = try CaptureReader(path: file.path, filter: bad)
        try reader.forEachBlock { _, frames in
          lent += frames.count
          return true
        }
        Issue.record("\(bad) compiled")
      } catch {
        guard case .badFilter(let expression, let reason) = error else { throw error }
        #expect(expression == bad && !reason.isEmpty)
      }
      #expect(lent == 0)
    }
  }

  /// A filter that keeps ICMP out would make a refusal by the server look like silence: an error goes with what it quotes.
  @Test func anICMPErrorGoesWithWhatItQuotes() throws {
    func packet(_ transport: UInt8, from: UInt8, to: UInt8, _ rest: [UInt8]) -> [UInt8] {
      let length = UInt8(20 + rest.count)
      return [0x45, 0, 0, length, 0, 1, 0x40, 0, 64, transport, 0, 0, 192, 0, 2, from, 198, 51, 100, to] + rest
    }
    func datagram(to port: UInt8) -> [UInt8] { packet(17, from: 1, to: 2, [0xC3, 0x50, 0, port, 0, 8, 0, 0]) }
    func error(_ type: UInt8, quoting port: UInt8) -> [UInt8] {
      packet(1, from: 9, to: 1, [type, 3, 0, 0, 0, 0, 0, 0] + datagram(to: port))
    }
    let link = [UInt8](repeating: 2, count: 12) + [8, 0]
    var writer = PcapWriter()
    for (index, packet) in [
      datagram(to: 53), error(3, quoting: 53), error(3, quoting: 99), error(8, quoting: 53), datagram(to: 99),
    ].enumerated() {
      writer.append(link + packet, time: Int64(index))
    }
    let file = try TemporaryFile(writer.bytes)
    #expect(try read(file, filter: "udp dst port 53").frames.map(\.number) == [1, 2])
    #expect(try read(file, filter: "not icmp").frames.map(\.number) == [1, 2, 3, 5])
    #expect(try read(file, filter: "icmp").frames.map(\.number) == [2, 3, 4])
    #expect(try read(file, filter: "tcp").frames.isEmpty)
  }

  @Test func joinIsOneCaptureInTimeOrder() throws {
    let seed: UInt64 = 20_261_123
    print("join seed \(seed)")
    var random = Seeded(seed: seed)
    var files: [TemporaryFile] = []
    var expected: [(time: Int64, piece: Int, order: Int)] = []
    for piece in 0..<20 {
      var writer = PcapWriter(linkType: piece == 3 ? .raw : .ethernet, snaplen: 100 + UInt32(piece))
      var time = Int64(piece / 2) * 1000
      for order in 0..<Int.random(in: 0...120, using: &random) {
        writer.append([UInt8(piece), UInt8(order)], time: time)
        expected.append((time, piece, order))
        time += Int64.random(in: 0...20, using: &random)
      }
      files.append(try TemporaryFile(writer.bytes))
    }
    expected.sort { ($0.time, $0.piece, $0.order) < ($1.time, $1.piece, $1.order) }
    let (frames, facts) = try read(files.map(\.path))
    #expect(frames.count == expected.count)
    #expect(frames.map(\.time) == expected.map(\.time))
    #expect(frames.map { Int($0.interface) } == expected.map(\.piece))
    #expect(frames.map(\.bytes) == expected.map { fingerprint([UInt8($0.piece), UInt8($0.order)]) })
    #expect(frames.map(\.number) == (0..<expected.count).map { UInt64($0 + 1) })
    #expect(facts.linkTypes == [.ethernet, .raw])
    #expect(facts.snaplen == 119)
    #expect(facts.framesRead == UInt64(expected.count))
    #expect(facts.bytesRead == facts.totalBytes)
    #expect(try read(files.map(\.path), filter: "greater 3").frames.isEmpty)
    #expect(try read(files.map(\.path), filter: "ether[0] = 7").frames == frames.filter { $0.interface == 7 })
  }

  @Test func aPieceThatGoesBackInTimeKeepsItsOrder() throws {
    var first = PcapWriter()
    for time in [10, 5, 30] as [Int64] { first.append([1], time: time) }
    var second = PcapWriter()
    for time in [7, 10, 20] as [Int64] { second.append([2], time: time) }
    let files = [try TemporaryFile(first.bytes), try TemporaryFile(Array(second.bytes.dropLast()))]
    let (frames, facts) = try read(files.map(\.path))
    #expect(frames.map(\.time) == [7, 10, 5, 10, 30])
    #expect(frames.map(\.interface) == [1, 0, 0, 1, 0])
    #expect(facts.truncated && facts.truncation?.contains(files[1].path) == true)
  }
}
