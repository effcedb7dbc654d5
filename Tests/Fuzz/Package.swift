// swift-tools-version: 6.2
// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// The modules that read what comes from outside, by links into the package around this one: small enough to be built once more with
// sanitizers in a minute. `run` builds the fuzz targets too, which need flags that a plain build does not take.
let fuzzerRuntime = Context.environment["COUNTERSIGN_FUZZER_RUNTIME"]
let coverage: [SwiftSetting] = fuzzerRuntime == nil ? [] : [.unsafeFlags(["-sanitize=fuzzer"])]

let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ] + coverage

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies, resources: resources,
        swiftSettings: strict)
}

var targets: [Target] = [
    .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CLinux"),
    module("DeviceSignals"),
    module("Cryptography", ["CLibcrypto"]),
    module("WireProtocol", ["Cryptography", "DeviceSignals"]),
    module("DeviceKeys", ["Cryptography"]),
    module("DevicePosture", ["DeviceSignals", "CLinux"]),
    module("DeviceAssurance", ["DeviceSignals"]),
    module("AssuanText"),
    .target(
        name: "TestSupport", dependencies: ["DeviceKeys", "DeviceSignals", "Cryptography", "WireProtocol"],
        path: "Tests/TestSupport", swiftSettings: strict),
    tests("Cryptography", []),
    tests("DeviceSignals", []),
    tests("WireProtocol", ["Cryptography", "DeviceSignals"], resources: [.copy("Vectors")]),
    tests("DevicePosture", ["DeviceSignals"], resources: [.copy("Fixtures")]),
    tests("DeviceAssurance", ["DeviceSignals"], resources: [.copy("Policies")]),
]

if let fuzzerRuntime {
    targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: ["AssuanText", "Cryptography", "DeviceAssurance", "DevicePosture", "DeviceSignals", "WireProtocol"],
            swiftSettings: strict, linkerSettings: [.unsafeFlags([fuzzerRuntime, "-lstdc++", "-lm"])]))
}

let package = Package(name: "countersign-parsers", targets: targets)
