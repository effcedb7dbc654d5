// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The parsers that read what others wrote, by name. Each takes any bytes; refusing them is fine, ending the program is not.
enum FuzzTarget {
    /// What is done with an input.
    typealias Body = @Sendable ([UInt8]) -> Void

    /// All targets.
    static let all: [String: Body] = [
        wireTargets, deviceTargets, securityKeyTargets, cardTargets, tpmTargets, attestationTargets,
        operatingSystemTargets, storageTargets, sessionTargets, networkTargets, firmwareTargets,
        customCheckTargets, configurationTargets, postureHelperTargets, expressionTargets, accessPolicyTargets,
        managementTargets,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    private static let chosen = all[CommandLine.arguments[1]]

    /// Runs the target that the command line names.
    static func run(_ input: [UInt8]) { chosen?(input) }

    /// Ends the program where a property of a parser does not hold.
    static func expect(_ condition: Bool, _ property: StaticString) {
        precondition(condition, "\(property)")
    }
}
