// swift-tools-version: 6.2
import PackageDescription

/// Rules that hold for every target of ours: a wrong import edge, an unchecked pointer or a warning fails the build.
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The product is optimized in debug builds too, and what the tests read records with: they take hundreds of captures through both,
/// which takes minutes without. A module at a time where everything is built once and nothing again, as `.ci/run` does: a third
/// less work than file by file, but all of a module again after every edit.
let wholeModules = Context.environment["RINGBACK_WHOLE_MODULES"] != nil
let optimized = ["-O"] + (wholeModules ? ["-whole-module-optimization", "-num-threads", "2"] : [])
let product = strict + [.unsafeFlags(optimized, .when(configuration: .debug))]

let package = Package(
  name: "ringback",
  products: [.executable(name: "ringback", targets: ["ringback"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // Leaves: they import nothing of ours.
    .target(name: "Wire", swiftSettings: product),
    .target(name: "Settings", swiftSettings: product),
    .target(name: "Verdict", swiftSettings: product),
    .systemLibrary(name: "CPcap", providers: [.apt(["libpcap-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLz4", providers: [.apt(["liblz4-dev"])]),
    .target(name: "CSystem"),

    .target(
      name: "Capture", dependencies: ["Wire", "CPcap", "CZlib", "CZstd", "CLz4", "CSystem"], swiftSettings: product),
    .target(name: "Flow", dependencies: ["Wire", "Settings", "CSystem"], swiftSettings: product),
    .target(name: "Recognition", dependencies: ["Wire", "Settings", "Verdict"], swiftSettings: product),
    .target(name: "Detection", dependencies: ["Wire", "Flow", "Settings", "Verdict"], swiftSettings: product),
    .target(
      name: "Analysis",
      dependencies: [
        "Wire", "Settings", "Verdict", "Flow", "Recognition", "Detection", "CSystem",
        .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: product),
    .target(name: "Report", dependencies: ["Verdict"], swiftSettings: product),
    .target(
      name: "Expectation", dependencies: ["Verdict", .product(name: "TOMLKit", package: "TOMLKit")],
      swiftSettings: product),
    .target(name: "Synth", dependencies: ["Wire", "Capture"], swiftSettings: product),
    .executableTarget(
      name: "ringback",
      dependencies: [
        "Wire", "Settings", "Verdict", "Capture", "Analysis", "Report", "Expectation", "Synth",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: product),

    .testTarget(name: "WireTests", dependencies: ["Wire", "Synth", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "VerdictTests", dependencies: ["Verdict"], swiftSettings: strict),
    .testTarget(
      name: "CaptureTests", dependencies: ["Capture", "Wire", "CPcap", "CZstd", "CLz4"], swiftSettings: strict),
    .testTarget(
      name: "FlowTests", dependencies: ["Flow", "Wire", "Settings", "Synth", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "RecognitionTests",
      dependencies: ["Recognition", "Analysis", "Synth", "Settings", "Wire", "Verdict", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "DetectionTests",
      dependencies: [
        "Detection", "Analysis", "Capture", "Synth", "Flow", "Wire", "Settings", "Verdict", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "AnalysisTests",
      dependencies: [
        "Analysis", "Capture", "Synth", "Flow", "Recognition", "Detection", "Report", "Wire", "Settings", "Verdict",
        "CSystem", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: strict),
    .target(name: "TestSupport", dependencies: ["Wire", "Synth"], path: "Tests/TestSupport", swiftSettings: product),
    .testTarget(
      name: "ExpectationTests", dependencies: ["Expectation", "Settings", "Verdict", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "ReportTests", dependencies: ["Report", "Verdict", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "SynthTests", dependencies: ["Synth", "Capture", "Wire"], swiftSettings: strict),
    .testTarget(name: "GoldenTests", dependencies: ["ringback", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "EndToEndTests", dependencies: ["ringback", "TestSupport"], swiftSettings: strict),
  ]
)

// The fuzzers' program, for scripts/fuzz alone: it needs libFuzzer, whose path the variable holds.
if let library = Context.environment["RINGBACK_LIBFUZZER"] {
  package.targets.append(
    .executableTarget(
      name: "fuzz",
      dependencies: ["TestSupport", "Analysis", "Capture", "Report", "Settings", "Synth", "Verdict", "Wire"],
      path: "Tests/Fuzz", swiftSettings: strict, linkerSettings: [.unsafeFlags([library, "-lstdc++"])]))
}
