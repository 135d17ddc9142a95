extension Network {
  /// Where a capture is taken.
  public enum CapturePoint: Sendable {
    /// At the client: before the up link and after the down link.
    case client
    /// At the servers: after the up link and before the down link.
    case far
  }

  /// The frames one capture point saw, in order of time.
  public func frames(at point: CapturePoint = .client, builder: FrameBuilder = FrameBuilder()) -> [SynthFrame] {
    let observations = point == .client ? nearObservations : farObservations
    return observations.map {
      builder.frame($0.packet, at: epoch + $0.time, timeToLive: $0.timeToLive, outgoing: $0.outgoing)
    }
  }
}
