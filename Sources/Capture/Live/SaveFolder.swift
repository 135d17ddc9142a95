internal import Glibc

/// The folder in which evidence is written.
public enum SaveFolder {
  /// Makes it, if it is not there, for its owner alone: what is saved names people and what they opened. `owner` gets it, if
  /// this process is root.
  public static func make(_ path: String, owner: Sandbox.User?) throws(CaptureError) {
    // The path is copied into a C string for each call.
    if unsafe mkdir(path, 0o700) == 0 {
      if let owner, geteuid() == 0 { _ = unsafe chown(path, owner.id, owner.group) }
    } else if errno != EEXIST {
      throw .writeFailed(path: path, reason: Descriptor.reason(errno))
    } else if !CaptureFolder.isFolder(path) {
      throw .writeFailed(path: path, reason: "it is no folder")
    }
  }

  /// This process may write into it.
  public static func isWritable(_ path: String) -> Bool { unsafe access(path, W_OK | X_OK) == 0 }
}
