internal import Wire

/// One frame of a batch: decoded, its hash, and whether it is to be taken in.
struct BatchedFrame: BitwiseCopyable {
  var packet = Packet()
  var hash: UInt64 = 0
  var isWanted = false
}
