internal import CSystem
internal import Glibc

/// Gives up every right that reading packets does not need, before the first one is parsed.
public struct Sandbox: Sendable {
  /// What keeps the process in.
  public enum Wall: String, Sendable, CaseIterable {
    case privileges = "capabilities and root given up"
    case programs = "no new privileges"
    case files = "files (Landlock)"
    case calls = "system calls (seccomp)"
  }

  /// Walls that stand.
  public private(set) var standing: [Wall] = []
  /// Walls that could not be raised, and why.
  public private(set) var missing: [(wall: Wall, reason: String)] = []

  /// For whom the process works after it has given up root.
  public struct User: Sendable, Equatable {
    /// User and group.
    public let id: UInt32
    /// Group.
    public let group: UInt32

    /// A user by numbers.
    public init(id: UInt32, group: UInt32) {
      self.id = id
      self.group = group
    }

    /// Who called sudo; else nobody. Nobody's numbers are those of Linux' overflow ids.
    public init(environment: (String) -> String?) {
      if let id = environment("SUDO_UID").flatMap(UInt32.init), id != 0 {
        self.init(id: id, group: environment("SUDO_GID").flatMap(UInt32.init) ?? id)
      } else {
        self.init(id: 65_534, group: 65_534)
      }
    }
  }

  /// Nothing given up yet.
  public init() {}

  /// Gives up root and all capabilities: what was opened stays open.
  public mutating func dropPrivileges(to user: User) {
    note(.privileges, ringback_drop_privileges(user.id, user.group))
  }

  /// Closes the process in. `folder` is where it may still write.
  public mutating func close(writingTo folder: String?) {
    note(.programs, ringback_forbid_new_privileges())
    // The path is copied into a C string for the call.
    if let folder {
      note(.files, unsafe ringback_confine_files(folder))
    } else {
      note(.files, ringback_confine_files(nil))
    }
    note(.calls, ringback_confine_calls(folder == nil ? 0 : 1))
  }

  private mutating func note(_ wall: Wall, _ failure: Int32) {
    if failure == 0 {
      standing.append(wall)
    } else {
      missing.append((wall, failure == ENOSYS ? "this kernel has none" : Descriptor.reason(failure)))
    }
  }
}
