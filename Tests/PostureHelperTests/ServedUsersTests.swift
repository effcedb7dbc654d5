// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PostureHelper

@Suite struct ServedUsersTests {
    @Test(
        "root and people are served, accounts of services and users without a name are not",
        arguments: [
            (0, true), (1, false), (33, false), (999, false), (1000, true), (1001, true), (60_000, true),
            (60_513, true), (61_183, true), (61_184, false), (64_001, false), (65_519, false), (65_520, true),
            (65_533, true), (65_534, false), (65_535, false), (65_536, true), (1_234_600_001, true),
            (UInt32.max - 1, true), (UInt32.max, false),
        ] as [(UInt32, Bool)])
    func users(userID: UInt32, isServed: Bool) {
        #expect(ServedUsers.contain(userID) == isServed)
    }
}
