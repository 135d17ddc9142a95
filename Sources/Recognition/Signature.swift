public import Verdict

/// A day, for saying when a fact was last seen.
public struct SeenDate: Sendable {
  /// Year, month and day, e.g. 2025-10-31 as 20251031.
  public let day: UInt32

  init(_ day: UInt32) { self.day = day }
}

/// One fact that speaks for an application.
public struct Clue: Sendable {
  /// Kinds of facts. A new kind is a deliberate change of `SignatureIndex`, with a rejection test.
  public enum Kind: Sendable {
    /// Bytes of the flow showed this.
    case content(ObservedContent)
    /// REALM of a TURN 401 ends with this.
    case realm(String)
    /// Name of the server (SNI, DNS answer) is this or ends with a dot and this.
    case serverName(String)
    /// The phone that captured says so: the app's label there (PCAPdroid).
    case phoneApp(String)
    /// Server address lies in this prefix.
    case prefix(IPAddress, length: Int)
    /// Server address lies in this prefix and the port in this range.
    case service(IPAddress, length: Int, Transport, ClosedRange<UInt16>)
  }

  /// What is looked for.
  public let kind: Kind
  /// How loudly it speaks.
  public let weight: ApplicationGrade
  /// Capture and packet, document section or issue.
  public let source: StaticString
  /// When it was last seen.
  public let seen: SeenDate

  init(_ kind: Kind, _ weight: ApplicationGrade, source: StaticString, seen: UInt32) {
    self.kind = kind
    self.weight = weight
    self.source = source
    self.seen = SeenDate(seen)
  }

  /// A clue for each of several server names of one source.
  static func names(_ suffixes: [String], _ weight: ApplicationGrade, source: StaticString, seen: UInt32) -> [Clue] {
    suffixes.map { Clue(.serverName($0), weight, source: source, seen: seen) }
  }

  /// A weak clue for each of several prefixes with one range of ports.
  static func services(
    _ prefixes: [(IPAddress, Int)], _ transport: Transport, _ ports: ClosedRange<UInt16>, source: StaticString,
    seen: UInt32
  ) -> [Clue] {
    prefixes.map { Clue(.service($0.0, length: $0.1, transport, ports), .weak, source: source, seen: seen) }
  }
}

extension Clue.Kind: CustomStringConvertible {
  /// As the rules digest has it. Written out: reflection would take two milliseconds of every run.
  public var description: String {
    switch self {
    case .content(let bits): "content(Recognition.ObservedContent(rawValue: \(bits.rawValue)))"
    case .realm(let text): "realm(\"\(text)\")"
    case .serverName(let text): "serverName(\"\(text)\")"
    case .phoneApp(let text): "phoneApp(\"\(text)\")"
    case .prefix(let prefix, let length): "prefix(\(prefix), length: \(length))"
    case .service(let prefix, let length, let transport, let ports):
      "service(\(prefix), length: \(length), Verdict.Transport.\(transport.rawValue), "
        + "ClosedRange(\(ports.lowerBound)...\(ports.upperBound)))"
    }
  }
}

/// An application as data: its clues, strongest first. One file per messenger under `Signatures/`.
public struct Signature: Sendable {
  /// Whose signature.
  public let application: Application
  /// Clues, strongest first.
  public let clues: [Clue]

  init(_ application: Application, clues: [Clue]) {
    self.application = application
    self.clues = clues
  }

  /// The same application with one clue alone.
  public func with(_ clue: Clue) -> Signature { Signature(application, clues: [clue]) }

  /// Every signature; a test holds this list against the folder.
  public static let all: [Signature] = [
    .telegram, .whatsapp, .signal, .viber, .discord, .zoom, .teams, .max, .vk, .messenger, .meet, .facetime, .line,
    .kakaotalk, .snapchat, .wechat, .imo, .webex, .threema, .geforcenow, .meta,
  ]
}
