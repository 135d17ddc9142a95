/// Why a capture could not be read, with text for people: what is wrong and what to do.
public enum CaptureError: Error, Equatable, Sendable {
  /// The file is missing, a directory, or not ours to read (or, for writers, to write).
  case cannotOpen(path: String, reason: String)
  /// No bytes at all.
  case empty(path: String)
  /// The first bytes belong to no capture format we know of.
  case notACapture(path: String)
  /// A capture or a compression we know by name and do not read.
  case unsupported(path: String, reason: String)
  /// libpcap refuses the filter expression; the reason is libpcap's own.
  case badFilter(expression: String, reason: String)
  /// An interface cannot be captured from, or a capture program cannot be reached.
  case cannotCapture(reason: String)
  /// The system failed a read in the middle of the file.
  case readFailed(path: String, reason: String)
  /// The copy of a capture cannot be written.
  case writeFailed(path: String, reason: String)

  /// One line for people, without a trailing period or newline.
  public var message: String {
    switch self {
    case .cannotOpen(let path, let reason): "\(path): cannot be opened: \(reason)"
    case .empty(let path): "\(path): the file is empty; was the capture stopped before its header was written?"
    case .notACapture(let path): "\(path): not a capture; pcap, pcapng and either of them in gzip, zstd or lz4 are read"
    case .unsupported(let path, let reason): "\(path): \(reason)"
    case .badFilter(let expression, let reason): "filter '\(expression)': \(reason); see pcap-filter(7)"
    case .cannotCapture(let reason): reason
    case .readFailed(let path, let reason): "\(path): reading failed: \(reason)"
    case .writeFailed(let path, let reason): "\(path): cannot be written: \(reason)"
    }
  }

  /// The same of what the user knows by another name.
  public func named(_ name: String) -> CaptureError {
    switch self {
    case .cannotOpen(_, let reason): .cannotOpen(path: name, reason: reason)
    case .empty: .empty(path: name)
    case .notACapture: .notACapture(path: name)
    case .unsupported(_, let reason): .unsupported(path: name, reason: reason)
    case .readFailed(_, let reason): .readFailed(path: name, reason: reason)
    case .writeFailed(_, let reason): .writeFailed(path: name, reason: reason)
    case .badFilter, .cannotCapture: self
    }
  }
}
