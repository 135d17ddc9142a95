/// A host's address and port.
public struct Socket: Hashable, Sendable {
  /// Address.
  public let address: IPAddress
  /// Port.
  public let port: UInt16

  /// A socket.
  public init(_ address: IPAddress, _ port: UInt16) {
    self.address = address
    self.port = port
  }
}
