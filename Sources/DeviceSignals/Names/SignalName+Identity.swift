// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Which machine it is.
extension SignalName {
    /// A name for this installation that nothing else of it can be told from.
    public static let deviceId = SignalName(rawValue: "deviceId")
    /// The maker's serial number.
    public static let serialNumber = SignalName(rawValue: "serialNumber")
    /// The UUID that the firmware states.
    public static let hardwareUuid = SignalName(rawValue: "hardwareUuid")
}
