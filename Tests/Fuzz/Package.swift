// swift-tools-version: 6.2
// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// A package of its own, because instrumented code must not end up in the product. Its modules are the product's own sources,
// reached by symbolic links, so that what a module keeps to itself can be fuzzed as well.

let instrumented: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer", "-enable-testing", "-parse-as-library"]),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: instrumented)
}

/// Where the run script found libFuzzer, without a `main` of its own.
let runtime = Context.environment["FUZZER_RUNTIME"] ?? "libclang_rt.fuzzer_no_main.a"

let package = Package(
    name: "fuzz",
    targets: [
        .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto"),
        .systemLibrary(name: "CLinux"),
        module("DeviceSignals"),
        module("Cryptography", ["CLibcrypto"]),
        module("WireProtocol", ["Cryptography", "DeviceSignals"]),
        module("DevicePosture", ["DeviceSignals", "CLinux"]),
        module("DeviceAssurance", ["DeviceSignals"]),
        module("Pinentry", ["Cryptography"]),
        module("LocalSockets", ["CLinux"]),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Cryptography", "DeviceSignals", "WireProtocol", "DevicePosture", "DeviceAssurance", "Pinentry",
                "LocalSockets",
            ],
            swiftSettings: instrumented,
            linkerSettings: [.unsafeFlags([runtime, "-lstdc++", "-lm"])]),
    ]
)
