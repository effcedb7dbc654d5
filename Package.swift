// swift-tools-version: 6.3
// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Every target of ours: Swift 6 language mode, imports that show, no warning let through.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// How programs are linked for release: nothing looks a symbol of theirs up by its name, so the 18,000 that Swift's static
/// libraries would export stay inside, and each start reads a megabyte of tables less.
let linked: [LinkerSetting] = [
    .unsafeFlags(
        ["-Xlinker", "--no-export-dynamic"], .when(platforms: [.linux], configuration: .release))
]

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict, linkerSettings: linked)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        resources: resources, swiftSettings: strict)
}

func systemLibrary(_ name: String, _ pkgConfig: String?, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

/// ThreadSanitizer's build is a second one of everything: it goes without what its tests do not touch (Tests/ThreadSanitizer/run), above
/// all without the TLS library, which is a third of it.
let isForThreadSanitizer = Context.environment["COUNTERSIGN_THREAD_SANITIZER"] != nil
let tls: [Target.Dependency] =
    isForThreadSanitizer
    ? []
    : [
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
    ]

let package = Package(
    name: "countersign",
    products: [
        .executable(name: "agent", targets: ["agent"]),
        .executable(name: "verifier", targets: ["verifier"]),
        .executable(name: "posture-helper", targets: ["posture-helper"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", exact: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
    ],
    targets: [
        // C libraries, each imported by one module of the products alone.
        systemLibrary("CLibcrypto", "libcrypto", apt: "libssl-dev"),
        // Loaded when it is first used, so not linked.
        systemLibrary("CLibcurl", nil, apt: "libcurl4-openssl-dev"),
        systemLibrary("CLibfido2", "libfido2", apt: "libfido2-dev"),
        systemLibrary("CLibpcsclite", "libpcsclite", apt: "libpcsclite-dev"),
        systemLibrary("CLibsqlite3", "sqlite3", apt: "libsqlite3-dev"),
        systemLibrary("CLibsystemd", "libsystemd", apt: "libsystemd-dev"),
        systemLibrary("CLibz", "zlib", apt: "zlib1g-dev"),
        systemLibrary("CLibutf8proc", nil, apt: "libutf8proc-dev"),
        systemLibrary("CLibtss2", "tss2-esys", apt: "libtss2-dev"),
        systemLibrary("CLinux", nil, apt: "linux-libc-dev"),
        systemLibrary("CSpawn", nil, apt: "libc6-dev"),

        // Shared by device and verifier.
        module("BlockingExecutors"),
        module("DeviceSignals"),
        module("Languages"),
        module("HTTPSClient", ["BlockingExecutors", "CLibcurl"]),
        module("Cryptography", ["CLibcrypto"]),
        module("TOMLConfiguration"),
        module("WebAuthn", ["Cryptography"]),
        module("WireProtocol", ["Cryptography", "DeviceSignals", "WebAuthn"]),

        // The device.
        module("DeviceKeys", ["Cryptography"]),
        module("MessageBus", ["CLibsystemd", "Cryptography"]),
        module("SecretService", ["BlockingExecutors", "Cryptography", "MessageBus"]),
        module("DesktopNotifications", ["BlockingExecutors", "MessageBus"]),
        module("FingerprintReaders", ["BlockingExecutors", "MessageBus"]),
        module("SoftwareKeys", ["BlockingExecutors", "Cryptography", "DeviceKeys", "SecretService"]),
        module("SmartCards", ["CLibpcsclite"]),
        module(
            "FIDO2Keys", ["BlockingExecutors", "CLibfido2", "Cryptography", "DeviceKeys", "SmartCards", "WebAuthn"]),
        module("PIVKeys", ["BlockingExecutors", "CLibz", "Cryptography", "DeviceKeys", "SmartCards"]),
        module("TPMKeys", ["BlockingExecutors", "CLibtss2", "Cryptography", "DeviceKeys"]),
        module(
            "DevicePosture", ["BlockingExecutors", "CLinux", "CSpawn", "Cryptography", "DeviceSignals", "MessageBus"]),
        module("BrowserPolicies", ["Cryptography", "DevicePosture", "WireProtocol"]),
        module("SQLiteDatabase", ["BlockingExecutors", "CLibsqlite3"]),
        module("AgentConfiguration", ["DeviceKeys", "DevicePosture", "TOMLConfiguration", "WireProtocol"]),
        module(
            "CustomChecks",
            ["AgentConfiguration", "BlockingExecutors", "DevicePosture", "DeviceSignals", "SQLiteDatabase"]),
        module(
            "Pinentry", ["BlockingExecutors", "CLibutf8proc", "CSpawn", "Cryptography", "Languages", "MessageBus"],
            resources: [.embedInCode("Translations")]),
        module("LocalSockets", ["CLinux"]),
        .target(name: "CConfinement"),
        module("Confinement", ["CConfinement"]),
        module(
            "VerifierProxy",
            [
                "BlockingExecutors", "CConfinement", "Confinement", "WireProtocol",
                .product(name: "NIOSOCKS", package: "swift-nio-extras"),
            ] + nio),
        module(
            "AuthenticatorAgent",
            [
                "WireProtocol", "Cryptography", "DesktopNotifications", "DeviceSignals", "DeviceKeys", "DevicePosture",
                "FingerprintReaders", "HTTPSClient", "Languages", "SQLiteDatabase", "LocalSockets", "Pinentry", logging,
            ] + nio),
        module("Journal", ["CLibsystemd", logging]),
        module("SupportReports"),
        program(
            "agent",
            [
                "AgentConfiguration", "AuthenticatorAgent", "BlockingExecutors", "BrowserPolicies", "Confinement",
                "Cryptography", "CustomChecks", "DeviceKeys", "Journal", "SoftwareKeys", "SupportReports",
                "FIDO2Keys", "PIVKeys", "TPMKeys",
                "FingerprintReaders", "WebAuthn", "DeviceAssurance", "DevicePosture",
                "DeviceSignals", "Languages", "WireProtocol", "LocalSockets", "Pinentry", "HTTPSClient",
                "TOMLConfiguration", "VerifierProxy", argumentParser, logging,
            ] + nio),

        module("PostureHelper", ["BlockingExecutors", "CLibsystemd", "DevicePosture", "DeviceSignals"]),
        program("posture-helper", ["PostureHelper"]),

        // The verifier.
        module("DeviceAssurance", ["DeviceSignals", "Languages"], resources: [.embedInCode("Data")]),
        module("AccessPolicy", ["DeviceAssurance", "DeviceSignals", "ExpressionLanguage"]),
        module("ExpressionLanguage"),
        module("KeyAttestations", ["Cryptography", "WebAuthn"]),
        module("CommaSeparatedValues"),
        module("ManagementQueries"),
        module("NetworkPlaces"),
        module("OpenTelemetry", ["HTTPSClient", "WireProtocol", logging, tracing]),
        module(
            "VerifierServer",
            [
                "WireProtocol", "AccessPolicy", "CommaSeparatedValues", "Cryptography", "DeviceSignals",
                "DeviceAssurance", "ExpressionLanguage", "KeyAttestations", "Languages", "ManagementQueries",
                "NetworkPlaces", "OpenTelemetry", "TOMLConfiguration", "WebAuthn", "HTTPSClient", logging, tracing,
                .product(name: "GRDB", package: "GRDB.swift"),
            ] + hummingbird + tls,
            resources: [.embedInCode("SignInPage/Assets")]),
        program(
            "verifier",
            [
                "AccessPolicy", "CommaSeparatedValues", "VerifierServer", "WireProtocol", "DeviceAssurance",
                "ExpressionLanguage", "OpenTelemetry", "TOMLConfiguration", argumentParser, logging, tracing,
            ] + hummingbird),

        // Tests. The ones that need browsers and the built programs are in Tests/EndToEndTests (pytest).
        .target(
            name: "TestSupport", dependencies: ["DeviceKeys", "DeviceSignals", "Cryptography", "WireProtocol"],
            path: "Tests/TestSupport", swiftSettings: strict),
        .target(name: "CVirtualCrypto", dependencies: ["CLibcrypto"], path: "Tests/VirtualDevices/CVirtualCrypto"),
        .target(
            name: "VirtualAuthenticator", dependencies: ["CVirtualCrypto", "Cryptography", "FIDO2Keys"],
            path: "Tests/VirtualDevices/VirtualAuthenticator", swiftSettings: strict),
        .executableTarget(
            name: "virtual-devices",
            dependencies: ["Cryptography", "DeviceKeys", "FIDO2Keys", "VirtualAuthenticator", argumentParser],
            path: "Tests/VirtualDevices/virtual-devices", swiftSettings: strict),
        .executableTarget(
            name: "confined", dependencies: ["Confinement", "VerifierProxy"], path: "Tests/Confined",
            swiftSettings: strict),
        tests(of: "DeviceSignals"),
        tests(of: "Cryptography", ["CLibcrypto"], resources: [.copy("Vectors")]),
        tests(of: "WebAuthn", ["Cryptography"], resources: [.copy("Vectors")]),
        tests(of: "KeyAttestations", ["Cryptography", "WebAuthn"], resources: [.copy("Vectors")]),
        tests(of: "WireProtocol", ["Cryptography", "DeviceSignals"], resources: [.copy("Vectors")]),
        tests(of: "DeviceKeys", ["Cryptography"]),
        tests(of: "SecretService", ["Cryptography"]),
        tests(of: "DesktopNotifications", ["MessageBus"]),
        tests(of: "FingerprintReaders"),
        tests(of: "SoftwareKeys", ["DeviceKeys", "Cryptography", "SecretService"]),
        .target(
            name: "VirtualPIVCard", dependencies: ["CLibcrypto", "PIVKeys"], path: "Tests/VirtualPIVCard",
            swiftSettings: strict),
        .executableTarget(
            name: "virtual-piv-card", dependencies: ["VirtualPIVCard"], path: "Tests/VirtualPIVCardProgram",
            swiftSettings: strict),
        .target(
            name: "VirtualReaders", dependencies: ["SmartCards", "TestSupport"], path: "Tests/VirtualReaders",
            swiftSettings: strict),
        tests(of: "SmartCards", ["CLibpcsclite", "VirtualReaders", "virtual-piv-card"]),
        tests(
            of: "PIVKeys",
            ["CLibpcsclite", "Cryptography", "DeviceKeys", "VirtualPIVCard", "VirtualReaders", "virtual-piv-card"]),
        tests(of: "TPMKeys", ["CLibtss2", "CLinux", "Cryptography", "DeviceKeys"]),
        tests(
            of: "FIDO2Keys",
            [
                "Cryptography", "DeviceKeys", "SmartCards", "VirtualAuthenticator", "VirtualReaders", "WebAuthn",
                "virtual-devices", "virtual-piv-card",
            ]),
        tests(of: "DevicePosture", ["DeviceSignals", "MessageBus"], resources: [.copy("Fixtures")]),
        tests(of: "PostureHelper", ["DevicePosture", "DeviceSignals"]),
        tests(of: "BrowserPolicies", ["DevicePosture", "WireProtocol"]),
        tests(of: "HTTPSClient", nio),
        tests(of: "SQLiteDatabase"),
        tests(of: "TOMLConfiguration"),
        tests(of: "AgentConfiguration", ["DeviceKeys", "DevicePosture", "TOMLConfiguration"]),
        tests(of: "Journal", [logging]),
        tests(of: "SupportReports"),
        tests(of: "CustomChecks", ["AgentConfiguration", "DevicePosture", "DeviceSignals", "SQLiteDatabase"]),
        tests(of: "Languages"),
        tests(of: "Pinentry", ["Cryptography", "Languages", "MessageBus"]),
        tests(of: "LocalSockets", nio),
        tests(of: "VerifierProxy", ["Confinement", "HTTPSClient", "WireProtocol", "confined"] + nio),
        tests(
            of: "AuthenticatorAgent",
            [
                "WireProtocol", "Cryptography", "DeviceSignals", "DeviceKeys", "DevicePosture", "FingerprintReaders",
                "HTTPSClient", "Languages", "SQLiteDatabase", "LocalSockets", "Pinentry", logging,
            ] + nio),
        tests(
            of: "ExpressionLanguage",
            resources: [.copy("Spring/SpringOracle.java"), .copy("Spring/differences.json"), .copy("Vectors")]),
        tests(
            of: "AccessPolicy", ["DeviceAssurance", "DeviceSignals", "ExpressionLanguage"],
            resources: [.copy("Vectors")]),
        tests(of: "CommaSeparatedValues"),
        tests(of: "ManagementQueries"),
        tests(of: "NetworkPlaces"),
        tests(of: "OpenTelemetry", ["HTTPSClient", "WireProtocol", logging, tracing] + nio),
        tests(
            of: "DeviceAssurance", ["DeviceSignals", "Languages"], resources: [.copy("Policies"), .copy("Vectors")]),
        tests(
            of: "VerifierServer",
            [
                "WireProtocol", "AccessPolicy", "Cryptography", "DeviceSignals", "DeviceAssurance", "HTTPSClient",
                "KeyAttestations", "Languages", "ManagementQueries", "NetworkPlaces", "OpenTelemetry",
                "TOMLConfiguration", "WebAuthn", logging, tracing,
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + hummingbird),
    ]
)

if isForThreadSanitizer {
    let tested: Set = [
        "AuthenticatorAgentTests", "DevicePostureTests", "FIDO2KeysTests", "HTTPSClientTests", "LocalSocketsTests",
        "OpenTelemetryTests", "PIVKeysTests", "PostureHelperTests", "SmartCardsTests", "SoftwareKeysTests",
        "SQLiteDatabaseTests", "TPMKeysTests", "VerifierServerTests",
    ]
    let untouched: Set = [
        "agent", "AgentConfiguration", "BrowserPolicies", "CConfinement", "confined", "Confinement", "CustomChecks",
        "Journal", "posture-helper", "SupportReports", "verifier", "VerifierProxy",
    ]
    // The largest, with what their tests take from others.
    let parts = [
        "AuthenticatorAgentTests": [
            "ChallengeChecks/ChallengeChecksTests.swift", "Consent/PinentryConsentTests.swift",
            "Consent/PromptQueueTests.swift", "Control", "Enrollment/BrowserSignInTests.swift",
            "Enrollment/EnrollmentFlowTests.swift", "Enrollment/KeyRegistry.swift", "Enrollment/StubVerifier.swift",
            "KeySets", "Loopback/LoopbackBoundsTests.swift", "Loopback/LoopbackFixture.swift",
            "Loopback/MemoryKeyStore.swift", "Loopback/RecordingReports.swift", "Loopback/ScriptedConsent.swift",
            "Responder/ChallengeResponderTests.swift", "State",
        ],
        "DevicePostureTests": [
            "Helper/PostureHelperClientTests.swift", "Helper/ScriptedHelper.swift", "MachineFixture.swift",
            "Network/MachineFixture+Network.swift", "PostureCollectorTests.swift",
        ],
        "TPMKeysTests": [
            "MeddlingProxy.swift", "SavedContextsTests.swift", "TPMFaultTests.swift", "TPMFingerTests.swift",
            "TPMKeyStoreTests.swift", "ToolVerifier.swift",
        ],
        "VerifierServerTests": [
            "Audit/AuditLogTests.swift", "DomainSupport", "Enrollment/DeviceEnrollmentTests.swift",
            "HTTP/RoutesClient.swift", "HTTP/SoftwareAgent.swift", "HTTP/TestBrowser.swift", "HTTP/TestVerifier.swift",
            "Keys", "Notices", "OpenIDProvider/AuthorizationCodeFlowTests.swift", "RateLimiting",
            "SignIn/CodeSignInTests.swift", "SignIn/SingleUseTests.swift", "Store",
        ],
    ]
    package.products = []
    package.targets.removeAll { $0.isTest ? !tested.contains($0.name) : untouched.contains($0.name) }
    for target in package.targets {
        target.sources = parts[target.name]
        if target.name == "VerifierServer" { target.exclude = ["HTTP/VerifierListener.swift"] }
    }
}
