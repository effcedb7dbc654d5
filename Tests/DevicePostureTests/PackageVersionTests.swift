// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DevicePosture

@Suite struct PackageVersionTests {
    private static let versions = [
        "1", "1.0", "1.0-1", "1.0-2", "1.0-10", "1:0.9-1", "0:1.0-1", "1.0~rc1-1", "1.0~~-1", "1.0+b1", "1.0-1+b1",
        "1.0-1~bpo12+1", "1.0-1+deb12u2", "1.0-1+deb12u10", "1.0a-1", "1.0.1-1", "1.00-1", "2.36-9+deb12u14", "1.0-1-1",
        "3.0.17-1~deb12u2", "3.0.17-1~deb12u3", "8.5.0-2ubuntu10.4", "8.5.0-2ubuntu10.6", "1.0-0ubuntu0.1", "1.0-1a",
        "1.0-1A",
        "1.0.", "9:1", "10:1", "1.0-1.1", "20240101", "1.2.3~git20240101.abcdef-1", "007", "7",
        "1.0_1".replacing("_", with: "+"),
    ]

    @Test(.enabled(if: Tool.exists("dpkg"), "dpkg is not installed"))
    func versionsAreOrderedAsDpkgOrdersThem() throws {
        let dpkg = try #require(Tool("dpkg"))
        for left in Self.versions {
            // One run for each pair would take a minute.
            for right in Self.versions.prefix(while: { $0 != left }) {
                let (one, other) = (try #require(PackageVersion(left)), try #require(PackageVersion(right)))
                let isOlder = try dpkg.run(["--compare-versions", left, "lt", right]).status == 0
                #expect((one < other) == isOlder, "\(left) < \(right)")
                if !isOlder {
                    let isSame = try dpkg.run(["--compare-versions", left, "eq", right]).status == 0
                    #expect((one == other) == isSame, "\(left) == \(right)")
                    #expect((other < one) == !isSame, "\(left) > \(right)")
                }
            }
        }
    }

    @Test(arguments: ["", " ", "1 0", "a:1", ":1", "1:", "-1", "1\n", "ü", "9999999999:1"] as [String])
    func whatIsNoVersionIsRefused(text: String) {
        #expect(PackageVersion(text) == nil)
    }
}
