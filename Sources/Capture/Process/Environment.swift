internal import Glibc

/// What the process finds around it.
public enum Environment {
  /// Value of an environment variable.
  public static func value(_ name: String) -> String? {
    // getenv returns a string that nobody changes: this program sets a variable before it does anything else, and never again.
    guard let text = unsafe getenv(name) else { return nil }
    return unsafe String(cString: text)
  }

  /// Makes COLUMNS, where it is less, `least`: the option parser's help traps in columns narrower than its own indentation. To be
  /// called before there are threads.
  public static func widenColumns(least: Int) {
    guard let columns = value("COLUMNS").flatMap({ Int($0) }), columns < least else { return }
    // Both strings are copied for the call.
    unsafe _ = setenv("COLUMNS", String(least), 1)
  }

  /// Something of this name exists in the file system.
  public static func exists(_ path: String) -> Bool {
    // The path is copied into a C string for the call.
    unsafe access(path, F_OK) == 0
  }

  /// A command of this name can be run: a path as it is, a bare name by PATH.
  public static func canRun(_ command: String) -> Bool {
    func isProgram(_ path: String) -> Bool {
      // The path is copied into a C string for the call.
      let isAllowed = unsafe access(path, X_OK) == 0
      return isAllowed && isRegularFile(path)
    }
    if command.contains("/") { return isProgram(command) }
    let folders = value("PATH") ?? "/usr/local/bin:/bin:/usr/bin"
    return folders.split(separator: ":", omittingEmptySubsequences: false).contains {
      isProgram(($0.isEmpty ? "." : String($0)) + "/" + command)
    }
  }

  /// A file whose bytes stay, not a pipe or a device.
  public static func isRegularFile(_ path: String) -> Bool {
    status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false
  }

  /// Both names lead to one file.
  public static func isSameFile(_ one: String, _ other: String) -> Bool {
    guard let one = status(one), let other = status(other) else { return false }
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino
  }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    // `status` lives through the call, which writes no further than one stat structure; the path is copied.
    return unsafe stat(path, &status) == 0 ? status : nil
  }
}
