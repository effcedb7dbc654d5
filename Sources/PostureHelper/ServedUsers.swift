// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whom the posture helper serves.
///
/// Root and people: uids from 1000 on, as login.defs(5) of all large distributions gives them, with those of directories and of
/// systemd-homed. Not served are the accounts of services below 1000, services with a uid of the moment (systemd's
/// `DynamicUser`, 61184 to 65519), the overflow uid 65534 of processes whose user has no name here, and the two that are no
/// user (65535 and 4294967295).
///
/// Source: systemd, UIDS-GIDS; user_namespaces(7).
package enum ServedUsers {
    private static let ofPeople: [ClosedRange<UInt32>] = [1000...61183, 65520...65533, 65536...(UInt32.max - 1)]

    /// Whether a user is served.
    package static func contain(_ userID: UInt32) -> Bool {
        userID == 0 || ofPeople.contains { $0.contains(userID) }
    }
}
