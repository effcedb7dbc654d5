// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A setting that the administrator can keep the person from changing; the names are those of `locked` in the file.
///
/// What no flag and no variable of the person's changes has no lock: it would promise what holds anyway.
package enum ConfigurationLock: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Which organisations this device is enrolled with: those that are listed alone.
    case organizations
    /// Where the keys of a listed organisation are made: as its entry says.
    case organizationKeys = "organizations.keys"
    /// How a person is verified at a listed organisation: as its entry says, or more.
    case organizationUserVerification = "organizations.user_verification"
    /// The ports of the loopback endpoint: no socket that a service manager passes on listens elsewhere.
    case loopbackPorts = "loopback.ports"
    /// The program that asks: `COUNTERSIGN_PINENTRY` counts for nothing.
    case pinentryProgram = "pinentry.program"
    /// Whom the agent believes to be a verifier: `COUNTERSIGN_CA_FILE` counts for nothing.
    case networkAuthorities = "network.authorities"
    /// What is logged: `--log-level` may not say otherwise.
    case logLevel = "log.level"

    package static func < (one: ConfigurationLock, other: ConfigurationLock) -> Bool { one.rawValue < other.rawValue }
}
