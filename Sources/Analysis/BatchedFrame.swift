internal import Flow
internal import Wire

/// One frame of a batch: decoded, its five-tuple and hash, and the flow it most likely belongs to.
struct BatchedFrame: BitwiseCopyable {
  /// The frame, if it `isPlain`: nothing else but the hash is set then.
  var datagram = PlainDatagram()
  var hash: UInt64 = 0
  /// Record that the table's slot names; asked for ahead of its use, and nothing more than a guess.
  var flow = FlowState.none
  /// Its transport's state, then the stream that it most likely goes on with, each asked for once it is known; `FlowState.none` where
  /// that is not a UDP flow's.
  var next = FlowState.none
  /// In the order of their frames, from the batch's first place on: streams of which a packet is due in their passages.
  var due = FlowState.none
  /// A datagram that was read as far as its flow.
  var isPlain = false
  var isWanted = false
  /// Not wanted as it is, but for reassembly; means nothing if it is wanted.
  var isFragment = false
  /// Several packets in one frame; means nothing if it is wanted or a fragment.
  var isAggregate = false
  /// A first fragment without a whole transport header; means nothing unless `isFragment`.
  var isShort = false
  /// `hash` is set: UDP or TCP.
  var isKeyed = false
  var packet = Packet()
  var key = FlowKey()
}
