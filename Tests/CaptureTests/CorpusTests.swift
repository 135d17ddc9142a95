import Glibc
import Testing
import Wire

@testable import Capture

/// The reader's walk is libpcap's loop wherever libpcap can read the file.
@Suite struct CorpusTests {
  @Test func generatedFiles() throws {
    let seed: UInt64 = 20_261_124
    print("generated files seed \(seed)")
    var random = Seeded(seed: seed)
    for round in 0..<200 {
      let order: ByteOrder = Bool.random(using: &random) ? .little : .big
      let isClassic = round % 2 == 0
      var classic = PcapWriter(
        byteOrder: order, precision: Bool.random(using: &random) ? .nano : .micro,
        snaplen: [0, 64, 128, 65535, 262_144].randomElement(using: &random) ?? 0)
      var sections = PcapNGWriter(byteOrder: order)
      sections.appendInterface(snaplen: 262_144, resolution: [6, 9, 0x94].randomElement(using: &random) ?? 9)
      for _ in 0..<Int.random(in: 0...400, using: &random) {
        let length = Int.random(in: 0...10, using: &random) == 0 ? Int.random(in: 0...60_000, using: &random) : 60
        let frame = [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: length)
        let time = Int64.random(in: 0...4_294_967_295_999_999_999, using: &random)
        if isClassic { classic.append(frame, time: time) } else { sections.append(frame, time: time) }
      }
      var bytes = isClassic ? classic.bytes : sections.bytes
      // A third as they are, a third cut, a third with a few bytes changed behind the file header.
      if round % 3 == 1 {
        bytes.removeLast(Int.random(in: 0..<(bytes.count - 60 > 0 ? bytes.count - 60 : 1), using: &random))
      }
      if round % 3 == 2, bytes.count > 70 {
        for _ in 0..<3 {
          bytes[Int.random(in: 60..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
      }
      let file = try TemporaryFile(bytes)
      let (frames, facts) = try read(file)
      let agreement = compare(frames, facts, Libpcap(file.path), isClassic: isClassic)
      if case .differs(let text) = agreement { Issue.record("round \(round): \(text)") }
    }
  }

  /// With RINGBACK_CORPUS set: every capture below its captures/real and captures/lab.
  @Test(.enabled(if: corpus != nil))
  func corpusFiles() throws {
    let root = try #require(corpus)
    var equal = 0
    for path in captures(below: root + "/captures/real") + captures(below: root + "/captures/lab") {
      let name = path.dropFirst(root.utf8.count + 1)
      let theirs = Libpcap(path)
      do throws(CaptureError) {
        let (frames, facts) = try read(path)
        if let refusal = theirs.refusal {
          print("skipped, libpcap does not read it: \(name): \(refusal); here \(frames.count) frames")
          continue
        }
        // libpcap rewrites bytes or lengths of USB (189, 220), NFLOG (239) and PKTAP (258) pseudo headers; here they
        // are lent as the file has them.
        if let linkType = facts.linkTypes.first, [189, 220, 239, 258].contains(linkType.rawValue) {
          #expect(frames.count == theirs.frames.count, "\(name)")
          continue
        }
        let head = Array(try read(head: path))
        switch compare(frames, facts, theirs, isClassic: head != [0x0A, 0x0D, 0x0D, 0x0A]) {
        case .equal: equal += 1
        case .goesFurther(let libpcap, let ours, let reason):
          print("libpcap stops after \(libpcap) of \(ours): \(name): \(reason)")
        case .differs(let text): Issue.record("\(name): \(text)")
        }
      } catch {
        #expect(theirs.refusal != nil, "\(error.message); libpcap has \(theirs.frames.count) frames")
        print("refused by both: \(name): \(error.message)")
      }
    }
    print("equal to libpcap: \(equal) files")
  }

  /// With RINGBACK_CORPUS set: no damaged file traps or hangs, and what libpcap reads of it is read.
  @Test(.enabled(if: corpus != nil))
  func malformedFiles() throws {
    let root = try #require(corpus)
    var read = 0
    for path in captures(below: root + "/captures/malformed", all: true) {
      do throws(CaptureError) {
        let (frames, facts) = try CaptureTests.read(path)
        read += 1
        let theirs = Libpcap(path)
        if theirs.refusal != nil { continue }
        let head = Array(try CaptureTests.read(head: path))
        if case .differs(let text) = compare(frames, facts, theirs, isClassic: head != [0x0A, 0x0D, 0x0D, 0x0A]) {
          Issue.record("\(path): \(text)")
        }
      } catch {
        print("refused: \(error.message)")
      }
    }
    print("malformed files read: \(read)")
  }
}

/// Where a large set of captures lies, if the caller says so.
let corpus: String? = unsafe getenv("RINGBACK_CORPUS").map { unsafe String(cString: $0) }

func read(head path: String) throws(CaptureError) -> [UInt8] {
  var source = try ByteSource(path: path)
  var bytes = [UInt8](repeating: 0, count: 4)
  let result: Result<Int, CaptureError> = unsafe bytes.withUnsafeMutableBytes { target in
    do throws(CaptureError) {
      return .success(try unsafe source.read(into: target))
    } catch {
      return .failure(error)
    }
  }
  return Array(bytes[..<(try result.get())])
}

/// Files below `root` in order of name: captures, or all but raw payloads.
func captures(below root: String, all: Bool = false) -> [String] {
  guard let directory = unsafe opendir(root) else { return [] }
  var found: [String] = []
  while let entry = unsafe readdir(directory) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    if name.hasPrefix(".") { continue }
    let path = root + "/" + name
    if unsafe entry.pointee.d_type == UInt8(DT_DIR) {
      found += captures(below: path, all: all)
    } else if all
      ? !name.hasSuffix(".bin")
      : [".pcap", ".pcapng", ".cap", ".gz", ".dmp", ".snoop"].contains(where: { name.hasSuffix($0) })
    {
      found.append(path)
    }
  }
  unsafe closedir(directory)
  return found.sorted()
}
