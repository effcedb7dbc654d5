// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The person's session.
extension SignalName {
    /// A ``ScreenLockType``.
    public static let screenLockType = SignalName(rawValue: "screenLockType")
}
