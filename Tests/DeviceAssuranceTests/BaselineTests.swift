// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Foundation
import Testing

/// The baselines that come with the product, on the distributions whose machines the posture's tests know.
@Suite struct BaselineTests {
    struct Device: Decodable {
        var name: String
        var signals: [String: VectorJSON]
        /// What is missing by each baseline: keys after their prefix.
        var missing: [String: [String]]
    }

    private static let baselines = ["relaxed", "cis-like", "strict"]
    /// The day on which those machines were made.
    private static let now = Timestamp("2026-09-21T12:00:00Z")
    private static let prefix = "idx.error.code.access_denied.device_assurance.remediation."

    private func baseline(_ name: String) throws -> AssurancePolicy {
        // The tests of parsers are also built in a package of their own, further down.
        var folder = #filePath.split(separator: "/")
        var file: String { "/\(folder.joined(separator: "/"))/docs/baselines/\(name).json" }
        while !folder.isEmpty, !FileManager.default.fileExists(atPath: file) { folder.removeLast() }
        return try AssurancePolicy.decode(Array(try Data(contentsOf: URL(filePath: file))), name: name)
    }

    @Test(arguments: baselines) func tellsWhatEachDistributionIsMissing(name: String) throws {
        let policy = try baseline(name)
        let now = try #require(Self.now).seconds
        let feed = try ReleaseFeed.shipped()
        for device in try VectorFiles.read([Device].self, "distributions.json") {
            let judgement = AssuranceEvaluator.judge(
                policy, DeviceEvidence(PostureSnapshot(vector: device.signals)),
                AssuranceContext(now: now, releaseFeed: feed))
            let missing = judgement.remediations.map { String($0.key.dropFirst(Self.prefix.count)) }
            #expect(missing == device.missing[name], Comment(rawValue: "\(name), \(device.name)"))
        }
    }

    /// Who meets a baseline meets every weaker one.
    @Test func eachBaselineAsksForMoreThanTheOneBefore() throws {
        let devices = try VectorFiles.read([Device].self, "distributions.json")
        for (weak, strong) in zip(Self.baselines, Self.baselines.dropFirst()) {
            for device in devices where device.missing[strong] == [] {
                #expect(device.missing[weak] == [], Comment(rawValue: device.name))
            }
            #expect(devices.contains { $0.missing[weak] == [] && $0.missing[strong] != [] })
        }
        #expect(devices.contains { $0.missing["strict"] == [] })
    }

    @Test func advisesEachFamilyInItsOwnWords() throws {
        let policy = try baseline("cis-like")
        var advice: [String: String] = [:]
        for name in ["debian", "ubuntu", "fedora", "rhel", "opensuse-leap", "arch", "alpine", "nixos", "gentoo"] {
            let snapshot = PostureSnapshot(vector: [
                "platform": .text("LINUX"), "osName": .text(name), "firewall": .boolean(false),
            ])
            let judgement = AssuranceEvaluator.judge(
                policy, DeviceEvidence(snapshot), AssuranceContext(now: 0))
            let firewall = try #require(judgement.findings.first { $0.condition == .firewall }?.remediation)
            #expect(firewall.key == "\(Self.prefix)linux.enable_firewall")
            advice[name] = firewall.message
        }
        #expect(advice["debian"]?.contains("apt install ufw") == true && advice["debian"] == advice["ubuntu"])
        #expect(advice["fedora"]?.contains("firewalld") == true && advice["fedora"] == advice["rhel"])
        #expect(advice["opensuse-leap"]?.contains("firewalld") == true)
        #expect(advice["arch"]?.contains("pacman") == true)
        #expect(advice["alpine"]?.contains("apk add") == true)
        #expect(advice["nixos"]?.contains("networking.firewall.enable") == true)
        #expect(advice["gentoo"]?.contains("Run:") == false)
    }
}
