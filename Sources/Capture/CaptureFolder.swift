internal import Glibc

/// The captures in a directory and the directories below it.
public struct CaptureFolder {
  /// Paths of files that begin like a capture, packed or plain, in order of their bytes.
  public let captures: [String]
  /// Other regular files, passed over.
  public let others: Int
  /// What stands in it and cannot be looked at, as a name that is no UTF-8, or a link that leads nowhere.
  public let unreadable: [String]

  /// True if `path` names a directory.
  public static func isFolder(_ path: String) -> Bool { kind(path, followingLinks: true) == S_IFDIR }

  /// Looks at the first bytes of every regular file. Links to directories are not followed: they may lead in circles;
  /// pipes and devices are not opened: they may never answer.
  public init(path: String) throws(CaptureError) {
    var captures: [String] = []
    var others = 0
    var unreadable: [String] = []
    try Self.forEachFile(in: path) { file in
      switch Self.kind(file, followingLinks: true) {
      case S_IFREG: if PieceReader.isCapture(file) { captures.append(file) } else { others += 1 }
      case nil: unreadable.append(file)
      default: break
      }
    }
    self.captures = captures.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    self.others = others
    self.unreadable = unreadable.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Paths of regular files in a directory and those below it whose names end so.
  public static func files(in path: String, endingWith ending: String) throws(CaptureError) -> [String] {
    var files: [String] = []
    try forEachFile(in: path) { file in
      if file.hasSuffix(ending), kind(file, followingLinks: true) == S_IFREG { files.append(file) }
    }
    return files
  }

  /// What is no directory, in a directory and those below it.
  private static func forEachFile(in path: String, _ body: (String) -> Void) throws(CaptureError) {
    // A depth-first walk with a list of its own, so that no depth of directories is too much.
    var folders = [path]
    while let folder = folders.popLast() {
      for name in try names(in: folder) {
        let inside = folder.hasSuffix("/") ? folder + name : folder + "/" + name
        if kind(inside, followingLinks: false) == S_IFDIR { folders.append(inside) } else { body(inside) }
      }
    }
  }

  private static func kind(_ path: String, followingLinks: Bool) -> mode_t? {
    var status = stat()
    // `status` lives through the call, which writes no further than one stat structure.
    let result = unsafe followingLinks ? stat(path, &status) : lstat(path, &status)
    return result == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Names in a folder, in no order.
  static func names(in folder: String) throws(CaptureError) -> [String] {
    guard let stream = unsafe opendir(folder) else {
      throw .cannotOpen(path: folder, reason: Descriptor.reason(errno))
    }
    var names: [String] = []
    // The entry lives until the next call on the stream; its name is terminated and copied at once.
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    // Opened above, closed once.
    unsafe closedir(stream)
    return names
  }
}
