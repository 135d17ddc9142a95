import TestSupport

// fuzz NAME [options and folders of libFuzzer]; without arguments, the names.
// fuzz lengths CAPTURE ...: every length of every frame.

/// libFuzzer's own entry: it calls `test` with inputs until it is told to stop, and never returns after a finding.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// Lends one input; how much longer the packet was on the wire is told by its last byte.
func take(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // libFuzzer's input: `count` bytes that stay until the call returns.
  let span = unsafe Span(_unsafeStart: bytes, count: count)
  let more = count > 0 ? Int(span[count - 1]) : 0
  let problems: [String]
  switch Chosen.name {
  case "analysis": problems = analyzeFrames(span)
  case "capture": problems = readCapture(span)
  default: problems = Chosen.check?.problems(span, wireLength: count + more * (more & 3)) ?? []
  }
  if !problems.isEmpty { fatalError("\(problems)") }
  return 0
}

/// What this run tests.
enum Chosen {
  static let name = CommandLine.argc > 1 ? CommandLine.arguments[1] : ""
  static let check = DecoderCheck.all.first { $0.name == name }
}

if Chosen.name == "lengths" {
  var frames = 0
  var problems: [String] = []
  for path in CommandLine.arguments.dropFirst(2) {
    let result = takeEveryLength(of: path)
    frames += result.frames
    problems += result.problems
  }
  problems.forEach { print($0) }
  print("\(frames) frames at every length, \(problems.count) problems")
  if !problems.isEmpty { fatalError("\(problems.count) problems") }
} else if Chosen.check == nil, Chosen.name != "analysis", Chosen.name != "capture" {
  for check in DecoderCheck.all { print(check.name) }
  print("capture\nanalysis")
} else {
  // The name is ours; the rest is libFuzzer's. The process's own argument block, ended by a null pointer.
  var arguments = unsafe Array(UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)))
  unsafe arguments.remove(at: 1)
  unsafe arguments.append(nil)
  unsafe arguments.withUnsafeMutableBufferPointer { buffer in
    guard var start = buffer.baseAddress else { return }
    var count = CInt(buffer.count - 1)
    _ = unsafe runDriver(&count, &start) { unsafe take($0, $1) }
  }
}
