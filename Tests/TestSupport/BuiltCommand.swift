import Dispatch
public import Foundation
import Glibc
import Synchronization

/// The command line program that was built beside the tests.
public enum BuiltCommand {
  /// What a run left behind.
  public struct Result: Sendable {
    /// Exit code; nil if a signal ended the process.
    public let exitCode: Int32?
    /// Standard output.
    public let output: [UInt8]
    /// Standard error.
    public let errors: String

    /// Standard output as text.
    public var text: String { String(decoding: output, as: UTF8.self) }

    /// Lines of standard output, without the last line's end.
    public var lines: [Substring] {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      return lines.last == "" ? Array(lines.dropLast()) : Array(lines)
    }
  }

  /// Where the program is: in the folder of the test bundle.
  public static let url = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("ringback")

  /// The repository.
  public static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Descriptors are made and handed over one process at a time, so that no child holds another's pipe open.
  private static let starting = Mutex(())

  /// Runs the program to its end. Without `input`, standard input is at its end from the start.
  public static func run(
    _ arguments: [String], input: [UInt8]? = nil, folder: URL? = nil, environment: [String: String] = [:]
  ) throws -> Result {
    let running = try RunningCommand(arguments, folder: folder, environment: environment)
    if let input { running.feed(input) }
    running.endInput()
    return running.wait()
  }

  /// Runs a line of shell in which `$ringback` is the program.
  public static func shell(_ line: String, folder: URL? = nil) throws -> Result {
    let running = try RunningCommand(
      ["-c", line], program: URL(fileURLWithPath: "/bin/sh"), folder: folder,
      environment: ["ringback": url.path])
    running.endInput()
    return running.wait()
  }

  static func start(_ process: Process) throws {
    try starting.withLock { _ in try process.run() }
  }
}

/// The program while it runs. Its output goes to files, so that it never waits for its reader.
public final class RunningCommand {
  private let process = Process()
  private let input: Pipe
  private let folder: TemporaryFolder
  private let output: URL
  private let errors: URL
  private let ended = DispatchSemaphore(value: 0)

  /// Starts the program. With `closedOutput` its standard output is a pipe that nobody reads any more.
  public init(
    _ arguments: [String], program: URL = BuiltCommand.url, folder: URL? = nil, environment: [String: String] = [:],
    closedOutput: Bool = false
  ) throws {
    // A child that ended makes a write to its pipe fail; that must not end the tests.
    _ = signal(SIGPIPE, SIG_IGN)
    self.folder = try TemporaryFolder()
    output = try self.folder.write([], to: "stdout")
    errors = try self.folder.write([], to: "stderr")
    input = Pipe()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ["PATH": "/usr/bin:/bin", "TERM": "xterm"].merging(environment) { $1 }
    process.standardInput = input
    let errorHandle = try FileHandle(forWritingTo: errors)
    process.standardError = errorHandle
    let closed = closedOutput ? Pipe() : nil
    process.standardOutput = closed
    let outputHandle = closed == nil ? try FileHandle(forWritingTo: output) : nil
    if let outputHandle { process.standardOutput = outputHandle }
    process.terminationHandler = { [ended] _ in ended.signal() }
    try BuiltCommand.start(process)
    try closed?.fileHandleForReading.close()
    // The child has its own of these. `Process` keeps them open for long, and with 1,300 open descriptors Foundation reads
    // beyond the end of the list of them.
    try? errorHandle.close()
    try? outputHandle?.close()
    try? closed?.fileHandleForWriting.close()
    try? input.fileHandleForReading.close()
  }

  /// Writes to standard input; returns when everything is in the pipe or nobody reads it.
  public func feed(_ bytes: [UInt8]) { try? input.fileHandleForWriting.write(contentsOf: Data(bytes)) }

  /// Ends standard input.
  public func endInput() { try? input.fileHandleForWriting.close() }

  /// Sends SIGINT, as Ctrl-C does.
  public func interrupt() { process.interrupt() }

  /// Waits for the end; a process that does not end within `limit` seconds is killed.
  public func wait(limit: Int = 120) -> BuiltCommand.Result {
    if ended.wait(timeout: .now() + .seconds(limit)) == .timedOut {
      _ = kill(process.processIdentifier, SIGKILL)
      ended.wait()
    }
    return BuiltCommand.Result(
      exitCode: process.terminationReason == .exit ? process.terminationStatus : nil,
      output: [UInt8]((try? Data(contentsOf: output)) ?? Data()),
      errors: String(decoding: (try? Data(contentsOf: errors)) ?? Data(), as: UTF8.self))
  }
}
