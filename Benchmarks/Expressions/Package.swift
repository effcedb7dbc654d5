// swift-tools-version: 6.3
// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// The expression language alone, by a link into the package around this one, and a program that measures it.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "expressions",
    targets: [
        .target(name: "ExpressionLanguage", swiftSettings: strict),
        .executableTarget(name: "expressions", dependencies: ["ExpressionLanguage"], swiftSettings: strict),
    ])
