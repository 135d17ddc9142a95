internal import Verdict
internal import Wire

/// What ties a flow to other flows of its call, as hashes: ICE user names, a relay's token or a reflector's tag, addresses
/// that its messages named, transaction ids of checks. Bounded, made when the first of them appears.
struct CallTies: BitwiseCopyable {
  /// The ICE user name fragments of sides 0 and 1.
  struct Fragments: BitwiseCopyable {
    var zero: UInt32 = 0
    var one: UInt32 = 0
  }

  /// Pairs of fragments: one, and one more after each ICE restart (RFC 8445 section 9).
  private var fragments: [4 of Fragments] = .init(repeating: Fragments())
  private var fragmentCount: UInt8 = 0
  private var peerCount: UInt8 = 0
  /// A reflector's tag; 0 if none.
  var tag: UInt64 = 0
  /// WhatsApp's relay token; 0 if none. A call has one for each relay, or one for all (METHOD.md W2.1).
  var token: UInt64 = 0
  /// XOR-MAPPED-ADDRESS of side 0 or 1, whoever asked; 0 if none.
  var mapped: UInt64 = 0
  /// XOR-RELAYED-ADDRESS; 0 if none.
  var relayed: UInt64 = 0
  /// XOR-PEER-ADDRESS of permissions and channels.
  private var peers: [6 of UInt64] = .init(repeating: 0)
  /// Public addresses among them without their ports; 0 if none.
  private var publicPeers: [4 of UInt32] = .init(repeating: 0)
  /// The least of the hashed transaction ids of checks, the sender's side in the lowest bit. Two captures that share
  /// packets share the least of them, wherever either begins.
  private var checks: [8 of UInt64] = .init(repeating: .max)

  /// Notes the fragments of a check from `side`: its receiver's and its sender's.
  mutating func note(receiver: UInt32, sender: UInt32, from side: Int) {
    let pair = side == 0 ? Fragments(zero: sender, one: receiver) : Fragments(zero: receiver, one: sender)
    for index in 0..<Int(fragmentCount)
    where fragments[index].zero == pair.zero && fragments[index].one == pair.one { return }
    guard fragmentCount < 4 else { return }
    fragments[Int(fragmentCount)] = pair
    fragmentCount &+= 1
  }

  /// Notes the transaction id of a check from `side`.
  mutating func note(check: UInt64, from side: Int) {
    let value = check & ~1 | UInt64(side)
    var place = 8
    while place > 0, checks[place - 1] > value { place -= 1 }
    guard place < 8, place == 0 || checks[place - 1] != value else { return }
    var index = 7
    while index > place {
      checks[index] = checks[index - 1]
      index -= 1
    }
    checks[place] = value
  }

  /// Notes a peer that the relay is to talk to.
  mutating func note(peer: UInt64) {
    for index in 0..<Int(peerCount) where peers[index] == peer { return }
    guard peerCount < 6 else { return }
    peers[Int(peerCount)] = peer
    peerCount &+= 1
  }

  /// Notes the hash of a public address of a peer.
  mutating func note(publicPeer address: UInt32) {
    for index in 0..<4 {
      if publicPeers[index] == address { return }
      if publicPeers[index] == 0 {
        publicPeers[index] = address
        return
      }
    }
  }

  /// A public address of a peer; 0 beyond the last.
  func publicPeer(_ index: Int) -> UInt32 { publicPeers[index] }

  /// Indices of `publicPeer`.
  static var publicPeerIndices: Range<Int> { 0..<4 }

  /// Indices of `name`.
  var nameIndices: Range<Int> { 0..<Int(fragmentCount) }

  /// Fragments of the client and of its peer.
  func name(_ index: Int, clientSide: UInt8) -> (own: UInt32, peer: UInt32) {
    clientSide == 0 ? (fragments[index].zero, fragments[index].one) : (fragments[index].one, fragments[index].zero)
  }

  /// Indices of `peer`.
  var peerIndices: Range<Int> { 0..<Int(peerCount) }

  /// A peer that the relay was to talk to.
  func peer(_ index: Int) -> UInt64 { peers[index] }

  /// A check: the transaction's hash, and whether the client sent it; nil where fewer were kept.
  func check(_ index: Int, clientSide: UInt8) -> (id: UInt64, isOwn: Bool)? {
    checks[index] == .max ? nil : (checks[index] & ~1, UInt8(checks[index] & 1) == clientSide)
  }

  /// Indices of `check`.
  static var checkIndices: Range<Int> { 0..<8 }
}

/// Hashes of what ties flows together: the same in every run.
enum TieHash {
  @inline(always)
  static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = (left ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: right ^ 0xD1B5_4A32_D192_ED03)
    let folded = product.high ^ product.low
    // 0 means that there is none.
    return folded == 0 ? 1 : folded
  }

  static func of(_ bytes: Span<UInt8>) -> UInt64 {
    var hash = UInt64(bytes.count)
    var offset = 0
    while offset &+ 8 <= bytes.count {
      hash = mix(hash, bytes.extracting(offset..<(offset &+ 8)).uint64(at: 0))
      offset &+= 8
    }
    var rest: UInt64 = 0
    while offset < bytes.count {
      rest = rest << 8 | UInt64(bytes[offset])
      offset &+= 1
    }
    return mix(hash, rest)
  }

  static func of(_ high: UInt64, _ low: UInt64, port: UInt16) -> UInt64 { mix(mix(high, low), UInt64(port)) }
  static func of(_ address: IPAddress, port: UInt16) -> UInt64 { of(address.high, address.low, port: port) }
  static func of(_ address: STUNAddress) -> UInt64 {
    of(address.address.high, address.address.low, port: address.port)
  }
}
