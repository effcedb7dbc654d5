// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension SystemView {
    /// This machine as the posture helper reads it for one of its users: with the superuser's rights, without anything of the
    /// user's session, and without services.
    ///
    /// Nothing is kept from one reading to the next: what was read for one user is never told to another.
    ///
    /// - Parameter userID: whoever asks; signals about an account are about this one.
    package static func privileged(for userID: UInt32) -> SystemView {
        var view = SystemView(root: "/", environment: [:], userID: userID)
        view.readsAsRoot = true
        return view
    }
}
