internal import Glibc

/// What the process finds around it.
public enum Environment {
  /// Value of an environment variable.
  public static func value(_ name: String) -> String? {
    // getenv returns a string that nobody changes: this program sets no variables.
    guard let text = unsafe getenv(name) else { return nil }
    return unsafe String(cString: text)
  }

  /// Something of this name exists in the file system.
  public static func exists(_ path: String) -> Bool {
    // The path is copied into a C string for the call.
    unsafe access(path, F_OK) == 0
  }
}
