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
        }
    ]
}
