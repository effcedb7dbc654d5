// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import Cryptography
import DeviceAssurance
import DeviceSignals
import Foundation
import TOMLConfiguration
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct CurrentReleasesTests {
    private let folder: TemporaryFolder
    private let signer: InMemorySigner
    private let world: VerifierWorld
    private let releases: CurrentReleases

    init() async throws {
        let signer = InMemorySigner(keyID: "feed-1", key: try PrivateKey.generate(.es256))
        let folder = try TemporaryFolder()
        let releases = CurrentReleases(
            path: folder.file("feed.jws"), keys: ReleaseFeedKeys(keys: [signer.jwk]), shipped: Self.feed(issuedAt: 1000)
        )
        world = try await VerifierWorld { $0.releases = releases }
        (self.signer, self.folder, self.releases) = (signer, folder, releases)
    }

    /// A feed whose latest Debian is 99.
    private static func feed(issuedAt: Int64, expiresAt: Int64? = nil) -> ReleaseFeed {
        let release = ReleaseFeed.Release(
            osVersion: DottedVersion("99")!, displayName: "Debian 99", isLatest: true, distanceFromLatestMajor: 0,
            supportedMajor: true)
        return ReleaseFeed(
            issuedAt: issuedAt, expiresAt: expiresAt,
            operatingSystems: [
                .init(
                    platform: .linux, distribution: "debian", name: "Debian", majorComponents: 1, releases: [release])
            ])
    }

    /// Puts a feed into the file and has the verifier look.
    private func put(_ feed: ReleaseFeed, by other: InMemorySigner? = nil) async throws {
        let signed = try await (other ?? signer).compactJWS(feed, type: SignedReleaseFeed.type)
        // In place of the former, as administrators' programs do it: another file under the same name.
        try (signed + "\n").write(toFile: folder.file("feed.jws"), atomically: true, encoding: .utf8)
        try await world.services.refreshReleases()
    }

    private func outcomes() throws -> [String] { try world.audit.events(.releaseFeedUpdate).map(\.outcome.result) }

    @Test func aNewerFeedOfAPinnedKeyIsTakenAndToldOnce() async throws {
        let feed = Self.feed(issuedAt: 2000)
        try await put(feed)
        #expect(releases.feed == feed)
        try await world.services.refreshReleases()
        #expect(try outcomes() == ["SUCCESS"])
        let newer = Self.feed(issuedAt: 3000)
        try await put(newer)
        #expect(releases.feed == newer)
        #expect(try outcomes() == ["SUCCESS", "SUCCESS"])
    }

    @Test func whatIsRefusedLeavesTheFeedInForceAndIsToldOnce() async throws {
        let before = releases.feed
        let stranger = InMemorySigner(keyID: "feed-1", key: try PrivateKey.generate(.es256))
        let now = world.clock.now
        try await put(Self.feed(issuedAt: 2000), by: stranger)
        try await world.services.refreshReleases()
        #expect(try outcomes() == ["FAILURE"])
        for feed in [
            Self.feed(issuedAt: 999), Self.feed(issuedAt: now + 301), Self.feed(issuedAt: 2000, expiresAt: now),
        ] {
            try await put(feed)
            #expect(releases.feed == before)
        }
        #expect(try outcomes() == ["FAILURE", "FAILURE", "FAILURE", "FAILURE"])
        try FileManager.default.removeItem(atPath: folder.file("feed.jws"))
        try await world.services.refreshReleases()
        try await world.services.refreshReleases()
        #expect(try outcomes().count == 5)
        try String(repeating: "x", count: CurrentReleases.maximumLength + 1).write(
            toFile: folder.file("feed.jws"), atomically: true, encoding: .utf8)
        try await world.services.refreshReleases()
        #expect(releases.feed == before)
        #expect(try world.audit.events(.releaseFeedUpdate).last?.outcome.reason?.contains("longer than") == true)
    }

    @Test func anOldFeedIsNotPutBackWhileTheVerifierIsAway() async throws {
        try await put(Self.feed(issuedAt: 3000))
        let restarted = CurrentReleases(
            path: folder.file("feed.jws"), keys: ReleaseFeedKeys(keys: [signer.jwk]), shipped: Self.feed(issuedAt: 1000)
        )
        let services = try await VerifierWorld.services(
            in: world.folder, store: world.store, clock: world.clock, audit: world.audit
        ) { $0.releases = restarted }
        let later = VerifierWorld(world, services: services)
        let old = try await signer.compactJWS(Self.feed(issuedAt: 2000), type: SignedReleaseFeed.type)
        try old.write(toFile: folder.file("feed.jws"), atomically: true, encoding: .utf8)
        try await later.services.refreshReleases()
        #expect(restarted.feed?.issuedAt == 1000)
        let same = try await signer.compactJWS(Self.feed(issuedAt: 3000), type: SignedReleaseFeed.type)
        try same.write(toFile: folder.file("feed.jws"), atomically: true, encoding: .utf8)
        try await later.services.refreshReleases()
        #expect(restarted.feed?.issuedAt == 3000)
    }

    @Test(arguments: [false, true])
    func devicesAreJudgedByTheFeedInForce(_ isGoverned: Bool) async throws {
        let text = """
            {"name": "latest", "platform": "LINUX", "osVersionConstraints": [{"distribution": "debian",
             "dynamicVersionRequirement": {"type": "MINIMUM", "distanceFromLatestMajor": 0, "latestSecurityPatch": false}}]}
            """
        let policy = try JSON.decode(AssurancePolicy.self, from: Array(text.utf8))
        let condition = #"{"device": {"registered": true, "assurance": {"include": ["latest"]}}}"#
        let access = try AccessPolicy.rules(
            PolicyDocuments.allow("Latest", 1, if: condition), PolicyDocuments.deny("Rest", 2))
        let releases = CurrentReleases(
            path: folder.file("other.jws"), keys: ReleaseFeedKeys(keys: [signer.jwk]))
        let world = try await VerifierWorld {
            $0.assurancePolicies = [policy]
            $0.accessPolicies = [access]
            $0.releases = releases
        }
        world.clock.now = try ReleaseFeed.shipped().issuedAt + 1000
        let agent = try await world.enrolledAgent()
        func signIn() async throws -> String {
            let request = isGoverned ? SignInRequest.governed() : .fixture(requiresAssurance: true)
            let handle = try await world.signInOf("alice", request)
            let challenge = try await world.challenge(handle)
            let readings: [SignalName: String] = [.platform: "LINUX", .osName: "debian", .osVersion: "13.6"]
            let snapshot = PostureSnapshot(
                readings.mapValues { SignalReading(.known(.string($0)), source: "test", collectedAt: 1) })
            try await world.post(try await agent.response(to: challenge, snapshot: snapshot), to: challenge)
            return try await world.signIn.view(stateHandle: handle).name
        }
        #expect(try await signIn() == "success")
        let feed = try await signer.compactJWS(
            Self.feed(issuedAt: try ReleaseFeed.shipped().issuedAt + 1), type: SignedReleaseFeed.type)
        try feed.write(toFile: folder.file("other.jws"), atomically: true, encoding: .utf8)
        try await world.services.refreshReleases()
        #expect(try await signIn() == "denied")
    }

    @Test func theConfigurationNamesFileAndKeysTogether() throws {
        let keys = try JSON.encode(JWKSet(keys: [signer.jwk]))
        try Data(keys).write(to: URL(filePath: folder.file("keys.jwks")))
        func load(_ lines: String) throws -> CurrentReleases? {
            let toml =
                "issuer = \"http://localhost:8800\"\norganization = { id = \"00oTest\", name = \"Test\" }\n"
                + "[assurance]\n\(lines)\n"
            let configuration = try VerifierConfiguration(toml: toml, directory: folder.path)
            return try configuration.assurance.releaseFeed.map { try ConfigurationFile.releases($0) }
        }
        let both = try load("release_feed = \"feed.jws\"\nrelease_feed_keys = \"keys.jwks\"")
        #expect(both?.feed == (try ReleaseFeed.shipped()))
        #expect(try load("")?.feed == nil)
        for lines in [
            "release_feed = \"feed.jws\"", "release_feed_keys = \"keys.jwks\"",
            "release_feed = \"feed.jws\"\nrelease_feed_keys = \"none\"",
        ] { #expect(throws: ConfigurationError.self) { try load(lines) } }
    }
}
