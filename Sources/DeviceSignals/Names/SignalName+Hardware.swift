// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The machine and its firmware.
extension SignalName {
    /// The maker of the machine, from the firmware.
    public static let manufacturer = SignalName(rawValue: "manufacturer")
    /// The maker's name for the machine, from the firmware.
    public static let model = SignalName(rawValue: "model")
    /// The version of the firmware, as its maker writes it.
    public static let firmwareVersion = SignalName(rawValue: "firmwareVersion")
    /// The day of that version, as `2024-05-31`.
    public static let firmwareDate = SignalName(rawValue: "firmwareDate")
    /// Whether a TPM 2.0 is present.
    public static let secureHardwarePresent = SignalName(rawValue: "secureHardwarePresent")
    /// The version of the TPM's specification: `2.0` or `1.2`.
    public static let tpmVersion = SignalName(rawValue: "tpmVersion")
    /// Whether this person's programs may use the TPM.
    public static let tpmUsable = SignalName(rawValue: "tpmUsable")
    /// Whether the firmware enforces Secure Boot.
    public static let secureBoot = SignalName(rawValue: "secureBoot")
    /// Whether the firmware wrote into the TPM what it started.
    public static let measuredBoot = SignalName(rawValue: "measuredBoot")
    /// The level of fwupd's Host Security ID, 0 to 5.
    public static let hsiLevel = SignalName(rawValue: "hsiLevel")
    /// The processor's known weaknesses that are open.
    public static let cpuVulnerabilities = SignalName(rawValue: "cpuVulnerabilities")
    /// Whether none of the processor's known weaknesses is open.
    public static let cpuMitigated = SignalName(rawValue: "cpuMitigated")
    /// Whether an IOMMU confines what devices read and write in memory.
    public static let iommuEnabled = SignalName(rawValue: "iommuEnabled")
    /// What a Thunderbolt device that is plugged in may do: the weakest of the controllers' security levels.
    public static let thunderboltSecurity = SignalName(rawValue: "thunderboltSecurity")
}
