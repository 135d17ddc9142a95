internal import Analysis
internal import ArgumentParser
internal import Capture
internal import Settings
internal import Verdict

/// Watches interfaces, or a capture that comes in as it is made, and says what happens to calls while it happens.
struct Live: ParsableCommand {
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case text, ndjson
  }

  enum Walls: String, ExpressibleByArgument, CaseIterable {
    case strict
    case `default`
    case off
  }

  static let configuration = CommandConfiguration(
    commandName: "live",
    abstract: "Watches a network interface and tells what happens to calls while it happens.",
    usage: "ringback live -i interface [options] [filter words]",
    discussion: """
      On a terminal a line is written for every change of a call; elsewhere, or with --format ndjson, one JSON object a \
      line. Records that may still be revised carry "provisional":true; the last one of an id does not. Words behind \
      the options are a capture filter as tcpdump takes it. It only listens.

        sudo ringback live -i eth0
        sudo ringback live -i br-lan --format ndjson not port 22
        ssh root@router tcpdump -i br-lan -U -s 512 -w - | ringback live -r -
        ringback live --connect 192.168.1.20:1234

      Before the first packet is looked at, root and all capabilities are given up, and the process can open no file and \
      no connection any more. --save-on keeps the latest packets in memory and writes those of the client to a file when \
      a verdict asks for it; the marks -C, -G and -W are tcpdump's.

        sudo ringback live -i eth0 --save-on reset,dropped --pre 60 --post 30 -w evidence --quota 500
        sudo ringback live -i eth0 --top
        sudo ringback live -i eth0 --on-verdict '/usr/local/bin/tell --json'

      Exit codes: 0 done, 2 usage, 3 the input was cut or unreadable, 4 cannot capture, 5 internal error, 130 \
      interrupted (Ctrl-C, SIGTERM, SIGHUP), after a complete summary.
      """)

  @Option(
    name: .customShort("i"),
    help: ArgumentHelp("Interface; several may be named, 'any' is all.", valueName: "interface"))
  var interfaces: [String] = []

  @Flag(name: [.customShort("D"), .customLong("list-interfaces")], help: "List the interfaces and end.")
  var listInterfaces = false

  @Option(
    name: .customShort("r"),
    help: ArgumentHelp("Read a capture as it comes in: '-' is standard input.", valueName: "file"))
  var read: String?

  @Option(
    help: ArgumentHelp("Read the capture that a program hands out over TCP (pcap-over-IP).", valueName: "host:port"))
  var connect: String?

  @Option(name: .customShort("B"), help: ArgumentHelp("The kernel's buffer for each interface, KiB.", valueName: "KiB"))
  var buffer = 32_768

  @Option(
    help: ArgumentHelp(
      "Cores that take packets in, each the flows that the kernel gives it (PACKET_FANOUT); only with -i.",
      valueName: "count"))
  var threads = 1

  @Option(name: .customShort("s"), help: ArgumentHelp("Bytes taken of each packet.", valueName: "bytes"))
  var snaplen = 512

  @Flag(name: .customShort("p"), help: "Not in promiscuous mode; that is the default.")
  var notPromiscuous = false

  @Flag(help: "Take packets for other stations too.")
  var promiscuous = false

  @Option(
    name: .customShort("Q"), help: ArgumentHelp("Packets that come in, go out, or both.", valueName: "in|out|inout"))
  var direction = "inout"

  @Option(name: [.customShort("f"), .customLong("filter")], help: "Capture filter, as tcpdump takes it.")
  var filter: String?

  @Option(name: .customShort("c"), help: ArgumentHelp("End after so many packets.", valueName: "count"))
  var count: UInt64?

  @Option(help: "text for people; ndjson for programs. Text on a terminal, else ndjson.")
  var format: Form?

  @Option(name: .customLong("max-flows"), help: ArgumentHelp("Most flows held at once.", valueName: "count"))
  var maximumFlows = Int(LiveLimits().flows.integer)

  @Option(name: .customLong("max-memory"), help: ArgumentHelp("Memory for flows, MiB.", valueName: "MiB"))
  var maximumMemory = Int(LiveLimits().memory.integer >> 20)

  @Flag(help: "Show the calls that go on as a table that is drawn anew every second.")
  var top = false

  @Option(
    name: .customLong("on-verdict"),
    help: ArgumentHelp(
      "Run a command for every new or changed finding, its record on standard input: no shell, at most one a second.",
      valueName: "command"))
  var onVerdict: String?

  @Option(
    name: .customLong("save-on"),
    help: ArgumentHelp("Outcomes whose packets are saved: reset, dropped, capped, or any.", valueName: "outcomes"))
  var saveOn: String?

  @Option(help: ArgumentHelp("Seconds saved before a finding.", valueName: "seconds"))
  var pre = 60

  @Option(help: ArgumentHelp("Seconds saved after a finding.", valueName: "seconds"))
  var post = 30

  @Option(name: .customShort("w"), help: ArgumentHelp("Folder for what is saved.", valueName: "folder"))
  var folder: String?

  @Option(
    name: .customShort("C"),
    help: ArgumentHelp("Continue in another file after so many million bytes.", valueName: "size"))
  var fileSize: Int?

  @Option(
    name: .customShort("G"), help: ArgumentHelp("Continue in another file after so many seconds.", valueName: "seconds")
  )
  var fileSeconds: Int?

  @Option(name: .customShort("W"), help: ArgumentHelp("Most files kept: the oldest goes.", valueName: "count"))
  var fileCount: Int?

  @Option(help: ArgumentHelp("Most million bytes of all files: the oldest goes.", valueName: "size"))
  var quota: Int?

  @Option(name: .customLong("save-memory"), help: ArgumentHelp("Memory for the latest packets, MiB.", valueName: "MiB"))
  var saveMemory = 64

  @OptionGroup var rules: RuleOptions

  @Option(
    help: "strict: refuse to run where a wall of the sandbox is missing; default: raise those there are; off: none.")
  var sandbox = Walls.default

  @Flag(help: "Add elapsed time, packets per second and peak memory to the summary.")
  var stats = false

  @Argument(help: ArgumentHelp("Words of a capture filter.", valueName: "filter"))
  var words: [String] = []

  func validate() throws {
    let sources = (interfaces.isEmpty ? 0 : 1) + (read == nil ? 0 : 1) + (connect == nil ? 0 : 1)
    if listInterfaces { return }
    _ = try rules.thresholds()
    if sources == 0 {
      throw ValidationError("name an interface with -i (-D lists them), or a capture with -r or --connect")
    }
    if sources > 1 { throw ValidationError("-i, -r and --connect: one of them") }
    if let connect, PacketStream.parts(of: connect) == nil {
      throw ValidationError("--connect takes HOST:PORT, with a port of 1 to 65535; not '\(connect)'")
    }
    if filter != nil, !words.isEmpty { throw ValidationError("give the filter once: after -f, or as words") }
    if LiveOptions.Direction(rawValue: direction) == nil { throw ValidationError("-Q takes in, out or inout") }
    // Less cuts off the ports that ICMP errors quote, and of UDP what says what it is.
    if snaplen < 96 || snaplen > 262_144 { throw ValidationError("-s takes 96 to 262144") }
    if buffer < 64 || buffer > 2_000_000 { throw ValidationError("-B takes 64 to 2000000 KiB") }
    if count == 0 { throw ValidationError("-c takes 1 and more") }
    if threads < 1 || threads > 64 { throw ValidationError("--threads takes 1 to 64") }
    if threads > 1, interfaces.isEmpty { throw ValidationError("--threads needs -i") }
    if maximumFlows < 1_000 || maximumFlows > 100_000_000 {
      throw ValidationError("--max-flows takes 1000 to 100000000")
    }
    if saveOn != nil, folder == nil { throw ValidationError("--save-on needs a folder: -w") }
    if folder != nil, saveOn == nil { throw ValidationError("-w needs to know what to save: --save-on") }
    if saveOn == nil, [fileSize, fileSeconds, fileCount, quota].contains(where: { $0 != nil }) {
      throw ValidationError("-C, -G, -W and --quota bound what --save-on saves: they need it")
    }
    if pre < 0 || pre > 3_600 || post < 0 || post > 3_600 {
      throw ValidationError("--pre and --post take 0 to 3600 seconds")
    }
    if [fileSize, fileSeconds, fileCount, quota].contains(where: { ($0 ?? 1) < 1 }) {
      throw ValidationError("-C, -G, -W and --quota take 1 and more")
    }
    // Million bytes and seconds as bytes and ns in 64 bits, with room to count on.
    if [fileSize, fileSeconds, quota].contains(where: { ($0 ?? 1) > 1_000_000_000 }) {
      throw ValidationError("-C, -G and --quota take at most 1000000000")
    }
    if saveMemory < 8 || saveMemory > 65_536 { throw ValidationError("--save-memory takes 8 to 65536 MiB") }
    if let onVerdict, let command = Courier.words(of: onVerdict)?.first, !Environment.canRun(command) {
      throw ValidationError("--on-verdict: '\(command)' is no program that can be run")
    }
    if let onVerdict, (Courier.words(of: onVerdict) ?? []).isEmpty {
      throw ValidationError("--on-verdict: the command is empty or a quote is not closed")
    }
    if top, format != nil { throw ValidationError("--top and --format: one of them") }
    _ = try wantedOutcomes()
    if maximumMemory < 64 * threads {
      throw ValidationError("--max-memory takes 64 MiB and more for each of --threads")
    }
    if maximumMemory > 16_777_216 { throw ValidationError("--max-memory takes at most 16777216 MiB") }
  }

  /// What `--save-on` names.
  func wantedOutcomes() throws -> Set<Outcome> {
    guard let saveOn else { return [] }
    if saveOn == "any" { return [.reset, .dropped, .capped] }
    var outcomes: Set<Outcome> = []
    for word in saveOn.split(separator: ",") {
      guard let outcome = Outcome(rawValue: String(word)), [.reset, .dropped, .capped].contains(outcome) else {
        throw ValidationError("--save-on takes 'any' or a list of reset, dropped and capped")
      }
      outcomes.insert(outcome)
    }
    if outcomes.isEmpty { throw ValidationError("--save-on takes 'any' or a list of reset, dropped and capped") }
    return outcomes
  }

  func run() throws {
    if listInterfaces { return try list() }
    Interruption.watch()
    Clock.prepare()
    do throws(CaptureError) {
      try watch()
    } catch {
      StandardStream.error.write("ringback: \(error.message)\n")
      switch error {
      case .badFilter: throw ExitCode(2)
      case .cannotCapture: throw ExitCode(4)
      case .writeFailed: throw ExitCode(5)
      default: throw ExitCode(3)
      }
    }
  }

  private func list() throws {
    do throws(CaptureError) {
      for entry in try InterfaceList().entries {
        var text = entry.name
        if let description = entry.description { text += "  (\(description))" }
        if !entry.isUp { text += "  down" }
        StandardStream.output.write(text + "\n")
      }
    } catch {
      StandardStream.error.write("ringback: \(error.message)\n")
      throw ExitCode(4)
    }
  }
}
