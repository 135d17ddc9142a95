import TestSupport

// fuzz NAME [options and folders of libFuzzer]; without arguments, the names.

/// libFuzzer's own entry: it calls `test` with inputs until it is told to stop, and never returns after a finding.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// Bytes of one input; how long the packet was on the wire is told by its last byte.
func lend(_ bytes: UnsafePointer<UInt8>, _ count: Int, to body: (Span<UInt8>, Int) -> [String]) -> CInt {
  // libFuzzer's input: `count` bytes that stay until the call returns.
  let span = unsafe Span(_unsafeStart: bytes, count: count)
  let more = count > 0 ? Int(span[count - 1]) : 0
  let problems = body(span, count + more * (more & 3))
  if !problems.isEmpty { fatalError("\(problems)") }
  return 0
}

nonisolated(unsafe) var chosen: DecoderCheck?

var arguments = unsafe Array(UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)))
let name = CommandLine.argc > 1 ? CommandLine.arguments[1] : ""
unsafe chosen = DecoderCheck.all.first { $0.name == name }
if unsafe chosen == nil, name != "analysis", name != "capture" {
  for check in DecoderCheck.all { print(check.name) }
  print("capture\nanalysis")
} else {
  unsafe arguments.remove(at: 1)
  unsafe arguments.append(nil)
  var count = CInt(arguments.count - 1)
  _ = unsafe arguments.withUnsafeMutableBufferPointer { buffer in
    guard var start = unsafe buffer.baseAddress else { return CInt(2) }
    switch name {
    case "analysis": return unsafe runDriver(&count, &start) { lend($0, $1) { bytes, _ in analyzeFrames(bytes) } }
    case "capture": return unsafe runDriver(&count, &start) { lend($0, $1) { bytes, _ in readCapture(bytes) } }
    default:
      return unsafe runDriver(&count, &start) {
        lend($0, $1) { bytes, wireLength in unsafe chosen?.problems(bytes, wireLength: wireLength) ?? [] }
      }
    }
  }
}
