// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import VerifierServer

@Suite struct UsernameTests {
    static let names: [(String, String)] = [
        ("alice", "alice"), ("Alice@Example.COM", "alice@example.com"), (" bob ", "bob"), ("a.b_c-d+e", "a.b_c-d+e"),
        (String(repeating: "x", count: 100), String(repeating: "x", count: 100)),
    ]

    @Test(arguments: names)
    func namesAreLowerCased(_ typed: String, _ name: String) {
        #expect(Username(typed)?.text == name)
    }

    @Test(arguments: [
        "", " ", "a b", "a\nb", "\u{430}lice", "alice\u{0}", "al\u{200B}ice", "\u{FB01}", "\u{212A}", "a/b", "a\"b",
        String(repeating: "x", count: 101), String(repeating: " ", count: 300),
    ])
    func whatMightMisleadIsNoName(_ typed: String) {
        #expect(Username(typed) == nil)
    }
}
