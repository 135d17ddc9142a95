internal import ArgumentParser
internal import Capture

/// A capture that a command reads more than once.
enum FileArgument {
  /// Refuses what can be read once only; whether a file is there is found out by reading it.
  static func check(_ path: String) throws {
    if path == "-" {
      throw ValidationError("the capture is read more than once, standard input only once: name a file")
    }
    if CaptureFolder.isFolder(path) { throw ValidationError("\(path) is a directory: name a capture in it") }
    if Environment.exists(path), !Environment.isRegularFile(path) {
      throw ValidationError("\(path) is no file that can be read more than once: save it first")
    }
  }
}
