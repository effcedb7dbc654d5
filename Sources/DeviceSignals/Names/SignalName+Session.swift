// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The person's session.
extension SignalName {
    /// A ``ScreenLockType``.
    public static let screenLockType = SignalName(rawValue: "screenLockType")
    /// The seconds from the last touch until the screen is locked, or the text `NEVER`.
    public static let screenLockTimeout = SignalName(rawValue: "screenLockTimeout")
    /// Whether the screen locks by settings that the person may not change.
    public static let screenLockEnforced = SignalName(rawValue: "screenLockEnforced")
    /// Whether the person enrolled a finger.
    public static let fingerprintEnrolled = SignalName(rawValue: "fingerprintEnrolled")
    /// Whether the person's account has a password.
    public static let accountHasPassword = SignalName(rawValue: "accountHasPassword")
    /// Whether the machine logs somebody in by itself.
    public static let autoLogin = SignalName(rawValue: "autoLogin")
}
