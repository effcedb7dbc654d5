// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension SystemView {
    /// This machine as the posture helper reads it for one of its users: with the superuser's rights, without anything of the
    /// user's session, and without services.
    ///
    /// Nothing is kept from one reading to the next: what was read for one user is never told to another.
    ///
    /// - Parameters:
    ///   - userID: whoever asks; signals about an account are about this one.
    ///   - groupIDs: the groups of the process that asks.
    package static func privileged(for userID: UInt32, groupIDs: [UInt32]? = nil) -> SystemView {
        var view = SystemView(root: "/", environment: [:], userID: userID)
        view.groupIDs = groupIDs
        view.readsAsRoot = true
        return view
    }
}
