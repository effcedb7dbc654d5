// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [SignalGuide] {
    /// Guides to the signals of the person's session.
    static let session: [SignalGuide] = [
        SignalGuide(
            .screenLockType, "Screen lock", "Whether the screen locks by itself, and what unlocks it.",
            isGood: { $0 != .string(ScreenLockType.none.rawValue) }
        ) { _ in
            SignalGuide.Remedy("Let the screen lock by itself after a time without use, in the desktop's settings.")
        },
        SignalGuide(
            .screenLockTimeout, "Screen locks after", "How many seconds without use go by before the screen is locked.",
            isGood: { if case .integer(let seconds) = $0 { seconds <= 900 } else { false } }
        ) { _ in SignalGuide.Remedy("Let the screen lock within 15 minutes without use, in the desktop's settings.") },
        SignalGuide(
            .screenLockEnforced, "Screen lock enforced",
            "Whether the administrator keeps you from changing the settings of the screen lock."),
        SignalGuide(
            .fingerprintEnrolled, "Fingerprint", "Whether the fingerprint reader knows a finger of yours."),
        SignalGuide(
            .accountHasPassword, "Account password", "Whether your account has a password.", isGood: \.isTrue
        ) { _ in SignalGuide.Remedy("Give your account a password.", command: "passwd") },
        SignalGuide(
            .autoLogin, "Automatic login", "Whether somebody is logged in without being asked when the machine starts.",
            isGood: \.isFalse
        ) { _ in
            SignalGuide.Remedy("Switch automatic login off, in the settings of users or of the login screen.")
        },
    ]
}
