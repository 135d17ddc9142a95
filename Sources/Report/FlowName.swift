public import Verdict

/// How flows and their ends are written, for finding one by its name.
public enum FlowName {
  /// An id as 16 hex digits.
  public static func digits(_ id: UInt64) -> String {
    var line = LineBuffer()
    line.hex16(id)
    return String(decoding: line.bytes, as: UTF8.self)
  }

  /// An end as `192.0.2.7:443` or `[2001:db8::7]:443`.
  public static func end(_ end: EndpointRecord) -> String {
    var line = LineBuffer()
    line.endpoint(end.address, port: end.port)
    return String(decoding: line.bytes, as: UTF8.self)
  }
}
