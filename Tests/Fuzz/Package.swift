// swift-tools-version: 6.2
// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// The modules that read what others wrote, by links into the package around this one: without its dependencies they are built
// once more with sanitizers in a minute, and what a module keeps to itself can be fuzzed as well. `run` sets the variable, and so
// adds the fuzz targets, whose instrumentation a plain build does not take.
let runtime = Context.environment["COUNTERSIGN_FUZZER_RUNTIME"]
let instrumentation: [SwiftSetting] = runtime == nil ? [] : [.unsafeFlags(["-sanitize=fuzzer", "-enable-testing"])]

let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ] + instrumentation

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        resources: resources, swiftSettings: strict)
}

var targets: [Target] = [
    .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CLibpcsclite", pkgConfig: "libpcsclite"),
    .systemLibrary(name: "CLibz", pkgConfig: "zlib"),
    .systemLibrary(name: "CLinux"),
    module("BlockingExecutors"),
    module("DeviceSignals"),
    module("Cryptography", ["CLibcrypto"]),
    module("WebAuthn", ["Cryptography"]),
    module("WireProtocol", ["Cryptography", "DeviceSignals"]),
    module("DeviceKeys", ["Cryptography"]),
    module("PIVKeys", ["BlockingExecutors", "CLibpcsclite", "CLibz", "Cryptography", "DeviceKeys"]),
    module("DevicePosture", ["BlockingExecutors", "DeviceSignals"]),
    module("DeviceAssurance", ["DeviceSignals"]),
    module("Pinentry", ["Cryptography"]),
    module("LocalSockets", ["CLinux"]),
    .target(
        name: "TestSupport", dependencies: ["DeviceKeys", "DeviceSignals", "Cryptography", "WireProtocol"],
        path: "Tests/TestSupport", swiftSettings: strict),
    tests(of: "DeviceSignals"),
    tests(of: "Cryptography"),
    tests(of: "WireProtocol", ["Cryptography", "DeviceSignals"], resources: [.copy("Vectors")]),
    tests(of: "DevicePosture", ["DeviceSignals"], resources: [.copy("Fixtures")]),
    tests(of: "DeviceAssurance", ["DeviceSignals"], resources: [.copy("Policies")]),
]

if let runtime {
    targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Cryptography", "DeviceAssurance", "DevicePosture", "DeviceSignals", "LocalSockets", "Pinentry",
                "PIVKeys", "WireProtocol",
            ],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags([runtime, "-lstdc++", "-lm"])]))
}

let package = Package(name: "fuzz", targets: targets)
