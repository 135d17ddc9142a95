internal import Recognition
internal import Wire

/// Which name a client was told for an address, and when (DNS answers seen in the capture).
struct NameResolver {
  private struct Key: Hashable {
    let client: AddressBits
    let address: AddressBits

    static func == (left: Key, right: Key) -> Bool { left.client == right.client && left.address == right.address }

    func hash(into hasher: inout Hasher) {
      hasher.combine(client.high)
      hasher.combine(client.low)
      hasher.combine(address.high)
      hasher.combine(address.low)
    }
  }
  private struct Answer {
    let time: Int64
    let name: UInt32
  }

  /// Most pairs kept: a resolver's own capture may show millions.
  private static let limit = 1 << 17
  /// Most answers kept per pair.
  private static let answersKept = 8
  private var answers: [Key: [Answer]] = [:]
  /// Addresses told: most servers of a capture were named to nobody, and are not looked up.
  private var told = AddressSieve()

  /// Notes that `client` was told `name` for `address`.
  mutating func note(client: AddressBits, address: AddressBits, name: UInt32, time: Int64) {
    let key = Key(client: client, address: address)
    told.insert(address)
    if answers[key] == nil {
      guard answers.count < Self.limit else { return }
      answers[key] = [Answer(time: time, name: name)]
    } else if let latest = answers[key]?.last, latest.name != name || latest.time > time {
      insert(Answer(time: time, name: name), key)
    }
  }

  /// Puts an answer at its time, if it says something else than the one before it: other workers' answers come late.
  private mutating func insert(_ answer: Answer, _ key: Key) {
    guard var list = answers.removeValue(forKey: key) else { return }
    let place = (list.lastIndex { $0.time <= answer.time } ?? -1) + 1
    if place == 0 || list[place - 1].name != answer.name {
      if place < list.count, list[place].name == answer.name {
        list[place] = answer
      } else if list.count < Self.answersKept {
        list.insert(answer, at: place)
      }
    }
    answers[key] = list
  }

  /// The latest name that `client` was told for `address` before `time`.
  func name(client: AddressBits, address: AddressBits, before time: Int64) -> UInt32? {
    guard told.mayHold(address) else { return nil }
    return answers[Key(client: client, address: address)]?.last { $0.time <= time }?.name
  }

  /// Forgets answers older than `oldest` and gives the names of the others new numbers.
  mutating func renew(since oldest: Int64, _ name: (UInt32) -> UInt32) {
    var kept: [Key: [Answer]] = [:]
    var sieve = AddressSieve()
    for (key, list) in answers {
      // What was told last holds until something else is told, but not for ever.
      guard let latest = list.last, latest.time >= oldest else { continue }
      kept[key] = list.map { Answer(time: $0.time, name: name($0.name)) }
      sieve.insert(key.address)
    }
    answers = kept
    told = sieve
  }
}
