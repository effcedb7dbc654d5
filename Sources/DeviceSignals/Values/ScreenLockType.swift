// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How the screen is locked, in Okta's classes.
public enum ScreenLockType: String, Hashable, Sendable, Codable, CaseIterable {
    /// It is not.
    case none = "NONE"
    /// A passcode or password unlocks it.
    case passcode = "PASSCODE"
    /// A passcode or a fingerprint unlocks it.
    case biometric = "BIOMETRIC"
}
