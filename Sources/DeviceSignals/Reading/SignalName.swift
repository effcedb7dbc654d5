// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The name of one reported fact, spelled as on the wire.
///
/// Names that Okta's agents use are spelled as they spell them; the rest are ours. A name that this build does not know
/// is kept, not refused: verifiers ask for signals that older agents cannot collect.
public struct SignalName: RawRepresentable, Hashable, Sendable, Codable, CodingKeyRepresentable {
    /// The spelling on the wire, 1 to 64 characters in practice.
    public let rawValue: String

    /// Any name, known to this build or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `LINUX`, always, for this agent.
    public static let platform = SignalName(rawValue: "platform")
    /// The distribution's `ID` of os-release(5), such as `debian`.
    public static let osName = SignalName(rawValue: "osName")
    /// The distribution's version, such as `12.9` or `24.04`.
    public static let osVersion = SignalName(rawValue: "osVersion")
    /// The running kernel's release as uname(2) gives it.
    public static let kernelVersion = SignalName(rawValue: "kernelVersion")
    /// The maker of the machine, from the firmware.
    public static let manufacturer = SignalName(rawValue: "manufacturer")
    /// The maker's name for the machine, from the firmware.
    public static let model = SignalName(rawValue: "model")
    /// A ``DiskEncryptionType``.
    public static let diskEncryptionType = SignalName(rawValue: "diskEncryptionType")
    /// A ``ScreenLockType``.
    public static let screenLockType = SignalName(rawValue: "screenLockType")
    /// Whether a TPM 2.0 is present.
    public static let secureHardwarePresent = SignalName(rawValue: "secureHardwarePresent")
    /// Whether the firmware enforces Secure Boot.
    public static let secureBoot = SignalName(rawValue: "secureBoot")
}

extension SignalName: Comparable, CustomStringConvertible {
    public static func < (left: SignalName, right: SignalName) -> Bool { left.rawValue < right.rawValue }
    public var description: String { rawValue }
}
