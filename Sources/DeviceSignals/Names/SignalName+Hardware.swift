// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The machine and its firmware.
extension SignalName {
    /// The maker of the machine, from the firmware.
    public static let manufacturer = SignalName(rawValue: "manufacturer")
    /// The maker's name for the machine, from the firmware.
    public static let model = SignalName(rawValue: "model")
    /// Whether a TPM 2.0 is present.
    public static let secureHardwarePresent = SignalName(rawValue: "secureHardwarePresent")
    /// Whether the firmware enforces Secure Boot.
    public static let secureBoot = SignalName(rawValue: "secureBoot")
}
