// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Foundation
import Testing

@Suite struct ReleaseFeedTests {
    /// A signature that counts where it is the word `signed`.
    private struct Verifier: ReleaseFeedSignatureVerifier {
        struct Refusal: Error, Equatable {}
        var payload: [UInt8]

        func payload(of compactJWS: String) throws -> [UInt8] {
            guard compactJWS == "signed" else { throw Refusal() }
            return payload
        }
    }

    private static let now: Int64 = 1_780_000_000

    private func feed(issuedAt: Int64, name: String = "Debian", expiresAt: Int64? = nil) -> ReleaseFeed {
        ReleaseFeed(
            issuedAt: issuedAt, expiresAt: expiresAt,
            operatingSystems: [
                .init(
                    platform: .linux, distribution: "debian", name: name, majorComponents: 1,
                    releases: [
                        .init(
                            osVersion: DottedVersion("13")!, displayName: "Debian 13", isLatest: true,
                            distanceFromLatestMajor: 0, supportedMajor: true)
                    ])
            ])
    }

    private func accept(_ new: ReleaseFeed, over old: ReleaseFeed?) throws -> ReleaseFeed {
        try SignedReleaseFeed.accept(
            "signed", replacing: old, now: Self.now, verifiedBy: Verifier(payload: Array(JSONEncoder().encode(new))))
    }

    @Test func aNewerFeedTakesThePlaceOfAnOlderOne() throws {
        let old = feed(issuedAt: Self.now - 10)
        let new = feed(issuedAt: Self.now - 5, name: "Debian GNU/Linux")
        #expect(try accept(new, over: old) == new)
        #expect(try accept(new, over: nil) == new)
        #expect(try accept(old, over: old) == old)
    }

    @Test func anOlderFeedNeverReturns() throws {
        let current = feed(issuedAt: Self.now - 10)
        #expect(throws: ReleaseFeedRefusal.older) { try accept(feed(issuedAt: Self.now - 11), over: current) }
        #expect(throws: ReleaseFeedRefusal.older) {
            try accept(feed(issuedAt: Self.now - 10, name: "another"), over: current)
        }
    }

    @Test func aFeedOfTheFutureOrOfThePastIsRefused() throws {
        #expect(throws: ReleaseFeedRefusal.ofTheFuture) { try accept(feed(issuedAt: Self.now + 301), over: nil) }
        #expect(try accept(feed(issuedAt: Self.now + 300), over: nil).issuedAt == Self.now + 300)
        #expect(throws: ReleaseFeedRefusal.expired) {
            try accept(feed(issuedAt: Self.now - 10, expiresAt: Self.now), over: nil)
        }
        #expect(try accept(feed(issuedAt: Self.now - 10, expiresAt: Self.now + 1), over: nil).expiresAt != nil)
    }

    @Test func nothingIsReadThatIsNotSigned() throws {
        let payload = try Array(JSONEncoder().encode(feed(issuedAt: 0)))
        #expect(throws: Verifier.Refusal()) {
            try SignedReleaseFeed.accept(
                "forged", replacing: nil, now: Self.now, verifiedBy: Verifier(payload: payload))
        }
        let error = #expect(throws: ReleaseFeedRefusal.self) {
            try SignedReleaseFeed.accept(
                "signed", replacing: nil, now: Self.now, verifiedBy: Verifier(payload: Array("{}".utf8)))
        }
        guard case .notUnderstood(let problem) = error else {
            Issue.record("it was understood")
            return
        }
        #expect(problem.member == "issuedAt")
    }

    @Test func aFeedThatIsTooLongIsRefused() {
        let long = Array(repeating: UInt8(ascii: " "), count: ReleaseFeed.maximumBytes + 1)
        #expect(throws: AssurancePolicyError.self) { try ReleaseFeed.decode(long, name: "long") }
    }

    // MARK: - The one that is shipped

    @Test func theShippedFeedIsOfOnePiece() throws {
        let feed = try ReleaseFeed.shipped()
        #expect(feed.issuedAt <= Int64(Date.now.timeIntervalSince1970))
        let issued = Timestamp(seconds: feed.issuedAt).text.prefix(10)
        for system in feed.operatingSystems where !system.isRolling {
            #expect(system.platform == .linux)
            #expect(system.releases.filter(\.isLatest).count == 1, Comment(rawValue: system.name))
            #expect(system.releases.first { $0.isLatest }?.distanceFromLatestMajor == 0)
            #expect(system.releases.map(\.osVersion).max() == system.releases.first { $0.isLatest }?.osVersion)
            // Versions and distances fall together.
            let sorted = system.releases.sorted { $0.osVersion > $1.osVersion }.map(\.distanceFromLatestMajor)
            #expect(sorted == sorted.sorted(), Comment(rawValue: system.name))
            for release in system.releases {
                guard let end = release.supportEnd else { continue }
                #expect(release.supportedMajor == (end.text >= issued), Comment(rawValue: release.displayName))
            }
        }
        for name in [
            "debian", "ubuntu", "fedora", "rhel", "opensuse-leap", "opensuse-tumbleweed", "arch", "alpine", "nixos",
        ] {
            #expect(feed.operatingSystem(.linux, distribution: name) != nil, Comment(rawValue: name))
        }
    }

    /// Debian and Ubuntu say themselves until when they support a release, in distro-info-data.
    @Test(arguments: ["debian", "ubuntu"]) func theShippedFeedAgreesWithTheDistributionsOwnData(name: String) throws {
        let root = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let table = try String(
            contentsOf: URL(filePath: "/\(root)/DevicePostureTests/Fixtures/distro-info/\(name).csv"), encoding: .utf8)
        let lines = table.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let header = try #require(lines.first)
        let column = try #require(header.firstIndex(of: "eol"))
        let system = try #require(try ReleaseFeed.shipped().operatingSystem(.linux, distribution: name))
        var compared = 0
        for release in system.releases {
            let major = release.osVersion.description.split(separator: ".").prefix(system.majorComponents)
                .joined(separator: ".")
            guard let line = lines.first(where: { $0[0].split(separator: " ").first ?? "" == major }),
                column < line.count
            else { continue }
            #expect(release.supportEnd?.text == String(line[column]), Comment(rawValue: release.displayName))
            compared += 1
        }
        #expect(compared >= 4)
    }
}
