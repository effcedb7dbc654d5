// swift-tools-version: 6.3
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

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        resources: resources, swiftSettings: strict)
}

var targets: [Target] = [
    .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CLibsystemd", pkgConfig: "libsystemd"),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CSpawn"),
    module("BlockingExecutors"),
    module("DeviceSignals"),
    module("Languages"),
    module("Cryptography", ["CLibcrypto"]),
    module("WebAuthn", ["Cryptography"]),
    module("WireProtocol", ["Cryptography", "DeviceSignals", "WebAuthn"]),
    module("DeviceKeys", ["Cryptography"]),
    module("MessageBus", ["CLibsystemd", "Cryptography"]),
    module("DevicePosture", ["BlockingExecutors", "CLinux", "CSpawn", "Cryptography", "DeviceSignals", "MessageBus"]),
    module("DeviceAssurance", ["DeviceSignals", "Languages"], resources: [.embedInCode("Data")]),
    module("KeyAttestations", ["Cryptography", "WebAuthn"]),
    module("TOMLConfiguration"),
    module("ManagementQueries"),
    module("NetworkPlaces"),
    .target(
        name: "TestSupport", dependencies: ["DeviceKeys", "DeviceSignals", "Cryptography", "WireProtocol"],
        path: "Tests/TestSupport", swiftSettings: strict),
    tests(of: "DeviceSignals"),
    tests(of: "Cryptography", resources: [.copy("Vectors")]),
    tests(of: "WebAuthn", ["Cryptography"], resources: [.copy("Vectors")]),
    tests(of: "KeyAttestations", ["Cryptography", "WebAuthn"], resources: [.copy("Vectors")]),
    tests(of: "WireProtocol", ["Cryptography", "DeviceSignals"], resources: [.copy("Vectors")]),
    tests(of: "Languages"),
    tests(of: "TOMLConfiguration"),
    tests(of: "ManagementQueries"),
    tests(of: "NetworkPlaces"),
    tests(of: "DevicePosture", ["DeviceSignals", "MessageBus"], resources: [.copy("Fixtures")]),
    tests(of: "DeviceAssurance", ["DeviceSignals", "Languages"], resources: [.copy("Policies"), .copy("Vectors")]),
]

// What is fuzzed beyond what the tests above need.
if let runtime {
    targets += [
        .systemLibrary(name: "CLibfido2", pkgConfig: "libfido2"),
        .systemLibrary(name: "CLibpcsclite", pkgConfig: "libpcsclite"),
        .systemLibrary(name: "CLibsqlite3", pkgConfig: "sqlite3"),
        .systemLibrary(name: "CLibtss2", pkgConfig: "tss2-esys"),
        .systemLibrary(name: "CLibutf8proc"),
        .systemLibrary(name: "CLibz", pkgConfig: "zlib"),
        module("SmartCards", ["CLibpcsclite"]),
        module(
            "FIDO2Keys", ["BlockingExecutors", "CLibfido2", "Cryptography", "DeviceKeys", "SmartCards", "WebAuthn"]),
        module("PIVKeys", ["BlockingExecutors", "CLibz", "Cryptography", "DeviceKeys", "SmartCards"]),
        module("TPMKeys", ["BlockingExecutors", "CLibtss2", "Cryptography", "DeviceKeys"]),
        module("SQLiteDatabase", ["BlockingExecutors", "CLibsqlite3"]),
        module("ExpressionLanguage"),
        module("AccessPolicy", ["DeviceAssurance", "DeviceSignals", "ExpressionLanguage"]),
        module("AgentConfiguration", ["DeviceKeys", "DevicePosture", "TOMLConfiguration", "WireProtocol"]),
        module(
            "CustomChecks",
            ["AgentConfiguration", "BlockingExecutors", "DevicePosture", "DeviceSignals", "SQLiteDatabase"]),
        module("CommaSeparatedValues"),
        module(
            "Pinentry", ["BlockingExecutors", "CLibutf8proc", "CSpawn", "Cryptography", "Languages", "MessageBus"],
            resources: [.embedInCode("Translations")]),
        module("LocalSockets", ["CLinux"]),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "AccessPolicy", "AgentConfiguration", "CommaSeparatedValues", "Cryptography", "CustomChecks",
                "DeviceAssurance", "DevicePosture", "DeviceSignals", "ExpressionLanguage", "FIDO2Keys",
                "KeyAttestations", "Languages", "LocalSockets", "ManagementQueries", "NetworkPlaces", "PIVKeys",
                "Pinentry", "SQLiteDatabase", "TOMLConfiguration", "TPMKeys", "WebAuthn", "WireProtocol",
            ],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags([runtime, "-lstdc++", "-lm"])]),
    ]
}

let package = Package(name: "fuzz", targets: targets)
