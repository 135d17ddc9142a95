internal import Flow
internal import Recognition

/// What recognition knows of a flow: small, made when the first known message appears.
struct FlowFacts: BitwiseCopyable {
  /// What the bytes showed.
  var content: ObservedContent = []
  /// REALM, over TLS the subject of the server's certificate, over QUIC the server's name: index into the name table.
  var realm = NameTable.none
  /// SOFTWARE, index into the name table.
  var software = NameTable.none
  /// Who asked and who answered; `FlowState.none` if nobody asked anything.
  var dialogue = FlowState.none
  /// What ties it to other flows of its call; `FlowState.none` if nothing.
  var ties = FlowState.none
  /// Media beside RTP; `FlowState.none` if none.
  var media = FlowState.none
  /// Half of a sign that needs its echo: kind and side in the upper byte, an id below; 0 if none.
  var half: UInt32 = 0
  /// JA4 of its ClientHello: index of the analyzer's `fingerprints`.
  var fingerprint = HelloFingerprints.none
  /// Datagrams by side that no decoder took, on a flow that is known to carry a call.
  var opaque: [2 of UInt32] = [0, 0]
  /// Latest of them.
  var lastOpaque: [2 of Int64] = [.min, .min]
  /// First of them; `Int64.max` if none.
  var firstOpaque = Int64.max

  /// Datagrams of no known format on a call's path from which on they are taken for media.
  static let opaqueMedia: UInt32 = 50

  /// It carried a call's datagrams that are not RTP.
  var hasOpaqueMedia: Bool { opaque[0] > Self.opaqueMedia || opaque[1] > Self.opaqueMedia }
}

/// What decodes a flow's payload, kept in `FlowState.decoder`.
enum PayloadDecoder {
  /// Not decided.
  static let undecided: UInt8 = 0
  /// UDP: confirmed RTP. TCP: nothing more to read.
  static let settled: UInt8 = 1
  /// UDP: nobody's. TCP: a ClientHello is not complete.
  static let waiting: UInt8 = 2
  /// TCP: STUN or TURN framing.
  static let framed: UInt8 = 3
  /// TCP: the server's certificate is awaited, because the client named no server.
  static let certificate: UInt8 = 4
  /// TCP: media framed as RFC 4571 says.
  static let media: UInt8 = 5
  /// UDP: any datagram may be several that the kernel put together.
  static let merged: UInt8 = 6
}
