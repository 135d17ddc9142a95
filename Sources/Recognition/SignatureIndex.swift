public import Verdict

/// An application and how well a clue speaks for it.
public struct ApplicationMatch: Sendable, BitwiseCopyable {
  /// Which application.
  public let application: Application
  /// How loudly.
  public let grade: ApplicationGrade
  /// Place of the signature in the list: the earlier one wins a tie.
  let order: UInt16

  init(application: Application, grade: ApplicationGrade, order: UInt16) {
    self.application = application
    self.grade = grade
    self.order = order
  }

  /// A match that no signature made: of a protocol that is no messenger's.
  public init(_ application: Application, _ grade: ApplicationGrade) {
    self.init(application: application, grade: grade, order: .max)
  }

  /// The same application, no louder than `grade`.
  public func atMost(_ grade: ApplicationGrade) -> ApplicationMatch {
    let limited = ApplicationMatch(application: application, grade: grade, order: order)
    return rank > limited.rank ? limited : self
  }

  private var rank: Int {
    switch grade {
    case .certain: 3
    case .likely: 2
    case .weak: 1
    }
  }

  /// The louder of two; the earlier signature on a tie.
  public static func louder(_ left: ApplicationMatch?, _ right: ApplicationMatch?) -> ApplicationMatch? {
    guard let left else { return right }
    guard let right else { return left }
    if left.rank != right.rank { return left.rank > right.rank ? left : right }
    return right.order < left.order ? right : left
  }
}

/// The signatures sorted by kind of clue, made once a run: a flow asks each table once.
public struct SignatureIndex: Sendable {
  private struct ContentRule: BitwiseCopyable {
    let bits: ObservedContent
    let match: ApplicationMatch
  }
  private struct AddressRule: BitwiseCopyable {
    let prefix: IPAddress
    let length: Int
    let transport: Transport?
    let low: UInt16
    let high: UInt16
    let match: ApplicationMatch
  }

  private var contents: [ContentRule] = []
  private var addresses: [AddressRule] = []
  /// Bit n of word n / 64: an address rule may hold for IPv4 addresses that begin with octet n.
  private var firstOctets: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  private var names: [(suffix: [UInt8], match: ApplicationMatch)] = []
  private var phoneApps: [(label: [UInt8], match: ApplicationMatch)] = []
  private var realms: [(suffix: [UInt8], match: ApplicationMatch)] = []

  /// The index of a list of signatures.
  public init(_ signatures: [Signature] = Signature.all) {
    for (order, signature) in signatures.enumerated() {
      for clue in signature.clues {
        let match = ApplicationMatch(
          application: signature.application, grade: clue.weight, order: UInt16(clamping: order))
        switch clue.kind {
        case .content(let bits): contents.append(ContentRule(bits: bits, match: match))
        case .realm(let text): realms.append((Array(text.utf8), match))
        case .serverName(let text): names.append((Array(text.utf8), match))
        case .phoneApp(let text): phoneApps.append((Array(text.lowercased().utf8), match))
        case .prefix(let prefix, let length):
          add(
            AddressRule(prefix: prefix, length: length, transport: nil, low: 0, high: .max, match: match))
        case .service(let prefix, let length, let transport, let ports):
          add(
            AddressRule(
              prefix: prefix, length: length, transport: transport, low: ports.lowerBound, high: ports.upperBound,
              match: match))
        }
      }
    }
  }

  private mutating func add(_ rule: AddressRule) {
    addresses.append(rule)
    guard rule.prefix.family == .v4 else { return }
    for octet in 0..<256 as Range<UInt32> {
      // Equal in as many of the first eight bits as the prefix has.
      guard rule.prefix.isIn(IPAddress(v4: octet << 24), length: min(rule.length, 8)) else { continue }
      let bit = UInt64(1) << UInt64(octet & 63)
      switch octet >> 6 {
      case 0: firstOctets.0 |= bit
      case 1: firstOctets.1 |= bit
      case 2: firstOctets.2 |= bit
      default: firstOctets.3 |= bit
      }
    }
  }

  /// False if no rule can hold for the address: one look instead of one a rule, as for most servers.
  @inline(always)
  private func mayMatch(_ server: IPAddress) -> Bool {
    guard server.family == .v4 else { return true }
    let octet = server.low >> 24
    let word =
      octet < 128
      ? octet < 64 ? firstOctets.0 : firstOctets.1
      : octet < 192 ? firstOctets.2 : firstOctets.3
    return word >> (octet & 63) & 1 == 1
  }

  /// The application that the bytes of a flow speak for.
  public func match(content: ObservedContent) -> ApplicationMatch? {
    var best: ApplicationMatch?
    for index in contents.indices where !contents[index].bits.isDisjoint(with: content) {
      best = ApplicationMatch.louder(best, contents[index].match)
    }
    return best
  }

  /// Ports of TURN whoever's it is: its own (RFC 8656 section 17.4), and what firewalls let through.
  private static let ofAnyRelay: [UInt16] = [80, 443, 3_478, 5_349]

  /// The application that a server's address and port speak for; never more than weak. `isStranger`: it has named itself as
  /// somebody unknown, and the address alone speaks for nobody, nor does it with a port that anybody's relay has.
  public func match(
    server: IPAddress, port: UInt16, transport: Transport, isStranger: Bool = false
  ) -> ApplicationMatch? {
    guard mayMatch(server) else { return nil }
    for index in addresses.indices {
      let rule = addresses[index]
      if port >= rule.low, port <= rule.high, rule.transport == nil || rule.transport == transport,
        !isStranger || rule.transport != nil && !Self.ofAnyRelay.contains(port),
        server.isIn(rule.prefix, length: rule.length)
      {
        return rule.match
      }
    }
    return nil
  }

  /// The application that a server name (lower case) speaks for.
  public func match(serverName: [UInt8]) -> ApplicationMatch? { Self.longest(names, serverName) }

  /// The application that a phone names by its label (lower case).
  public func match(phoneApp label: [UInt8]) -> ApplicationMatch? {
    phoneApps.first { $0.label == label }?.match
  }

  /// The application that a TURN realm (lower case) speaks for.
  public func match(realm: [UInt8]) -> ApplicationMatch? { Self.longest(realms, realm) }

  private static func longest(
    _ rules: [(suffix: [UInt8], match: ApplicationMatch)], _ name: [UInt8]
  ) -> ApplicationMatch? {
    var best: (length: Int, match: ApplicationMatch)?
    for place in rules.indices
    where ends(name, rules[place].suffix) && rules[place].suffix.count > (best?.length ?? 0) {
      best = (rules[place].suffix.count, rules[place].match)
    }
    return best?.match
  }

  /// Equal, or ends with a dot and the suffix. From the end: most names differ from most suffixes in their last letters.
  private static func ends(_ name: [UInt8], _ suffix: [UInt8]) -> Bool {
    let start = name.count - suffix.count
    guard start >= 0 else { return false }
    var place = suffix.count - 1
    while place >= 0 {
      if name[start + place] != suffix[place] { return false }
      place -= 1
    }
    return start == 0 || name[start - 1] == 0x2E
  }

  /// Text of every rule, in order: what the rules digest covers.
  public static func listing(_ signatures: [Signature] = Signature.all) -> [String] {
    signatures.flatMap { signature in
      signature.clues.map { clue in
        "\(signature.application.rawValue) \(clue.kind) \(clue.weight.rawValue) \(clue.source) \(clue.seen.day)"
      }
    }
  }
}
