// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceSignals
internal import Languages

@testable internal import DeviceAssurance
@testable internal import DevicePosture
@testable internal import LocalSockets
@testable internal import Pinentry

extension FuzzTarget {
    /// What the device's own files and programs say, and what an administrator wrote.
    static let deviceTargets: [String: Body] = [
        "languages": { input in
            let text = String(decoding: input, as: UTF8.self)
            _ = LanguagePreference(uiLocales: text, acceptLanguage: text).language
            _ = LanguagePreference.session(["LANGUAGE": text, "LANG": text]).language
        },
        "os-release": { input in
            let release = OSRelease(parsing: input)
            _ = release.id
            _ = OperatingSystemVersionCollector.version(of: release, at: "/etc/os-release", debianVersion: nil)
            _ = OperatingSystemVersionCollector.version(
                of: release, at: "/etc/os-release", debianVersion: String(decoding: input, as: UTF8.self))
        },
        "mountinfo": { input in
            guard let table = try? MountTable(parsing: input) else { return }
            for mount in table.mounts {
                _ = mount.option("upperdir")
                expect(
                    table.mount(holding: mount.mountPoint)?.mountPoint == mount.mountPoint,
                    "a mount point is on its mount")
            }
        },
        "swaps": { _ = try? SwapTable(parsing: $0) },
        "device-mapper-uuid": { _ = DeviceMapperKind(uuid: String(decoding: $0, as: UTF8.self)) },
        "firmware-text": { _ = FirmwareText.parse($0) },
        "secure-boot": { _ = SecureBootCollector.Variable(parsing: $0) },
        "kconfig": { input in
            let files = input.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
            let group = KConfigGroup("Daemon", in: files)
            _ = group.boolean("Autolock", default: true)
            _ = KDELock.judge(group)
        },
        "xfconf": { input in
            var channel = XfconfChannel()
            for file in input.split(separator: 0, omittingEmptySubsequences: false) { try? channel.add(Array(file)) }
            _ = XfceLock.judge(channel)
        },
        "gsettings": { _ = SettingsTable(parsing: $0) },
        "swayidle": { input in
            guard let lines = Swayidle.parse(input) else { return }
            var plan = IdlePlan()
            for words in lines { Swayidle.add(words, to: &plan) }
            _ = plan.judge(source: "swayidle")
        },
        "hypridle": { _ = Hypridle.judge($0) },
        "socket-table": { _ = SocketTable.parse($0) },
        "assurance-policy": { input in
            guard let policy = try? AssurancePolicy.decode(input, name: "policy.json") else { return }
            again(AssurancePolicy.self, input)
            expect(!policy.isEmpty, "a policy asks for something")
            // No policy is met by a device of which no more is known than its platform.
            let platform = SignalReading(.known(.string(policy.platform.rawValue)), source: "fuzz", collectedAt: 0)
            let judgement = AssuranceEvaluator.judge(
                policy, DeviceEvidence(PostureSnapshot([.platform: platform])),
                AssuranceContext(now: 1_785_000_000, releaseFeed: try? ReleaseFeed.shipped()))
            expect(judgement.outcome != .met, "a device of which nothing is known is not compliant")
        },
        "posture-check": { input in
            guard let check = try? DevicePostureCheck.decode(input, name: "check.json") else { return }
            again(DevicePostureCheck.self, input)
            expect(check.query.hasSuffix(";"), "a query is a whole statement")
        },
        "release-feed": { input in
            guard let feed = try? ReleaseFeed.decode(input, name: "feed.json") else { return }
            again(ReleaseFeed.self, input)
            expect(
                (try? SignedReleaseFeed.accept(feed, replacing: feed, now: feed.issuedAt)) != nil,
                "a feed may stand in its own place")
        },
        "remediation-texts": { input in
            guard let texts = try? RemediationCustomization.decode(input, name: "texts.json") else { return }
            again(RemediationCustomization.self, input)
            for text in texts.texts.values { _ = Translations.fill(text.message, ["{0}", "{1}"]) }
        },
        "assuan": { input in
            var bytes = input
            if let count = bytes.withUnsafeMutableBytes({ AssuanText.unescape($0) }) {
                expect(count <= input.count, "what is unescaped is not longer")
            }
            let secret = NormalizationFormC.normalized(SecretBytes(copying: input)).withUnsafeBytes { Array($0) }
            if let valid = String(validating: input, as: UTF8.self) {
                expect(String(decoding: secret, as: UTF8.self) == valid, "what is normalized is the same text")
            } else {
                expect(secret == input, "what is no text is left as it is")
            }
            let text = String(decoding: input, as: UTF8.self)
            var escaped = Array(AssuanText.escape(text).utf8)
            expect(!escaped.contains(10) && !escaped.contains(13), "an argument stays on its line")
            let count = escaped.withUnsafeMutableBytes { AssuanText.unescape($0) }
            expect(count.map { Array(escaped[..<$0]) } == Array(text.utf8), "what was escaped is unescaped as the same")
        },
    ]
}
