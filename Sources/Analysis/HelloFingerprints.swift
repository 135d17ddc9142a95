internal import Crypto
internal import Verdict
internal import Wire

/// JA4 of the hellos seen: hashed once for all hellos that offer the same.
struct HelloFingerprints {
  private struct Key: Hashable {
    let sums: (UInt64, UInt64)

    static func == (left: Key, right: Key) -> Bool { left.sums == right.sums }

    // Sums are as good as hashes.
    func hash(into hasher: inout Hasher) { hasher.combine(sums.0) }
  }

  /// No fingerprint.
  static let none = UInt32.max
  /// Offers remembered: a client has a few, a scanner of fingerprints thousands. More are hashed each time.
  private static let limit = 1 << 12

  private var known: [Key: UInt32] = [:]
  private var all: [JA4] = []
  private let seed: UInt64

  init(seed: UInt64) { self.seed = seed }

  subscript(index: UInt32) -> JA4? { index < all.count ? all[Int(index)] : nil }

  /// Index of an offer's fingerprint; none unless all of the hello was read.
  mutating func index(of offer: HelloOffer, _ carrier: HelloOffer.Carrier) -> UInt32 {
    guard offer.isComplete else { return Self.none }
    let key = Key(sums: offer.key(carrier, seed: seed))
    if let index = known[key] { return index }
    let text = offer.text(carrier)
    all.append(JA4(lead: text.lead, ciphers: Self.hash(text.ciphers), extensions: Self.hash(text.extensions)))
    let index = UInt32(all.count - 1)
    if known.count < Self.limit { known[key] = index }
    return index
  }

  /// Takes over the fingerprint at an index of another collection.
  mutating func adopt(_ index: UInt32, of other: borrowing HelloFingerprints) -> UInt32 {
    guard let fingerprint = other[index] else { return Self.none }
    all.append(fingerprint)
    return UInt32(all.count - 1)
  }

  /// First 48 bits of the SHA-256; 0 for nothing, as the definition has it.
  static func hash(_ text: [UInt8]) -> UInt64 {
    text.isEmpty ? 0 : SHA256.hash(data: text).prefix(6).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
