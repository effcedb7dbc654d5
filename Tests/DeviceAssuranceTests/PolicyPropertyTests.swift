// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Foundation
import Testing

/// What holds of every policy and every device, tried on many that are made up.
@Suite struct PolicyPropertyTests {
    private typealias Condition = @Sendable (inout AssurancePolicy) -> Void

    /// Numbers that are the same in every run, so that a failure can be repeated.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let now: Int64 = 1_785_000_000

    /// Conditions, each of which sets a member that the others leave alone.
    private static let conditions: [Condition] = [
        { $0.osVersion = .atLeast("12") },
        { $0.osVersion = .dynamic(.init(.minimum(distance: 1))) },
        { $0.osVersion = .dynamic(.init(.exact(distance: 0), latestSecurityPatch: true)) },
        { $0.osVersion = .dynamic(.init(.exactAnySupported, latestSecurityPatch: false)) },
        {
            $0.osVersionConstraints = [
                .init(distribution: "debian", minimum: DottedVersion("12")), .init(distribution: "arch"),
                .init(.distribution("ubuntu"), .dynamic(.init(.exactAnySupported))),
                .init(.distribution("fedora"), .dynamic(.init(.notAllowed))),
            ]
        },
        { $0.diskEncryptionType = [.allInternalVolumes] }, { $0.diskEncryptionType = [.systemVolume, .user] },
        { $0.screenLockType = [.biometric] }, { $0.screenLockType = [.biometric, .passcode] },
        { $0.screenLockType = [.none] }, { $0.secureHardwarePresent = true }, { $0.linux.requiresFirewall = true },
        { $0.linux.requiresSecureBoot = true }, { $0.linux.requiresAutomaticUpdates = true },
        { $0.linux.mandatoryAccessControl = [.appArmor] }, { $0.linux.kernelLockdown = [.integrity] },
        { $0.linux.kernelLockdown = [.confidentiality] }, { $0.linux.minimumHSILevel = 2 },
        { $0.linux.forbidsAutoLogin = true }, { $0.linux.requiresManagement = true },
        {
            $0.linux.securityUpdates = ISO8601Duration("P2D").map { .init(maximumAge: $0, maximumPending: 1) }
        },
        { $0.linux.endpointProtection = .init(products: ["wazuh", "defender"], state: .running) },
        {
            $0.thirdPartySignalProviders.append(
                ProviderConditions(
                    .deviceTrustConnector,
                    [
                        "diskEncrypted": .boolean(true), "screenLockSecured": .boolean(false),
                        "osFirewall": .boolean(true), "safeBrowsingProtectionLevel": .string("STANDARD_PROTECTION"),
                    ]))
        },
        { $0.thirdPartySignalProviders.append(ProviderConditions(.devicePostureIdP, ["managed": .boolean(true)])) },
        { $0.devicePostureChecks.append(.init(variableName: "check", value: "1")) },
    ]

    /// Values of each signal, sensible ones and others.
    private static let values: [SignalName: [SignalValue]] = {
        let flags: [SignalValue] = [.boolean(true), .boolean(false), .string("true")]
        return [
            .platform: [.string("LINUX"), .string("LINUX"), .string("LINUX"), .string("MACOS"), .boolean(true)],
            .osName: ["debian", "ubuntu", "fedora", "arch", "slackware"].map { .string($0) },
            .osVersion: ["13.1", "12", "11", "24.04", "22.04", "44", "99", "sid"].map { .string($0) },
            .diskEncryptionType: ["ALL_INTERNAL_VOLUMES", "SYSTEM_VOLUME", "USER", "NONE", "x"].map { .string($0) },
            .screenLockType: ["BIOMETRIC", "PASSCODE", "NONE", "x"].map { .string($0) },
            .secureHardwarePresent: flags, .firewall: flags, .secureBoot: flags, .automaticUpdates: flags,
            .autoLogin: flags, .deviceManaged: flags,
            .mandatoryAccessControl: ["apparmor", "selinux", "none", "x"].map { .string($0) },
            .kernelLockdown: ["none", "integrity", "confidentiality", "x"].map { .string($0) },
            .hsiLevel: [-1, 0, 1, 2, 5, 9].map { .integer($0) },
            .securityUpdatesPending: [-1, 0, 1, 2].map { .integer($0) },
            .securityUpdatesAge: [-1, 0, 48, 49].map { .integer($0) },
            .endpointProtection: [
                .strings([]), .strings(["wazuh=running"]), .strings(["defender=installed", "wazuh=x"]), .string("x"),
            ],
        ]
    }()
    private static let facts: [String: [SignalValue]] = [
        "diskEncrypted": [.boolean(true), .boolean(false)], "screenLockSecured": [.boolean(true), .boolean(false)],
        "osFirewall": [.boolean(true), .boolean(false)],
        "safeBrowsingProtectionLevel": [.string("NO_SAFE_BROWSING"), .string("ENHANCED_PROTECTION"), .string("x")],
    ]
    private static let unknowns: [SignalState?] = [nil, .unknown(reason: "r"), .notApplicable(reason: "r")]

    private static func reading(_ state: SignalState) -> SignalReading {
        SignalReading(state, source: "property", collectedAt: now)
    }

    private static func device(_ numbers: inout Numbers) -> DeviceEvidence {
        func snapshot(_ values: [SignalName: [SignalValue]], _ numbers: inout Numbers) -> PostureSnapshot {
            var snapshot = PostureSnapshot()
            for (name, choices) in values.sorted(by: { $0.key < $1.key }) {
                let state: SignalState? =
                    Int.random(in: 0..<8, using: &numbers) == 0
                    ? unknowns.randomElement(using: &numbers) ?? nil
                    : .known(choices.randomElement(using: &numbers) ?? .boolean(true))
                snapshot[name] = state.map(reading)
            }
            return snapshot
        }
        let facts = Dictionary(uniqueKeysWithValues: facts.map { (SignalName(rawValue: $0.key), $0.value) })
        return DeviceEvidence(
            snapshot(values, &numbers),
            providers: [
                .deviceTrustConnector: snapshot(facts, &numbers),
                .devicePostureIdP: snapshot(
                    [SignalName(rawValue: "managed"): [.boolean(true), .boolean(false)]], &numbers),
            ],
            postureChecks: ["check": Bool.random(using: &numbers) ? .known("1") : .known("0")])
    }

    private static func policy(_ id: String, _ numbers: inout Numbers) -> AssurancePolicy {
        var policy = AssurancePolicy(id: id, name: id)
        for _ in 0..<Int.random(in: 1...3, using: &numbers) { conditions.randomElement(using: &numbers)?(&policy) }
        if Int.random(in: 0..<4, using: &numbers) == 0 {
            policy.gracePeriod = ISO8601Duration("P1D").map { .byDuration($0) }
        }
        return policy
    }

    /// The check that the policies ask for.
    private static let check = try? DevicePostureCheck.decode(
        Array(
            #"{"name":"c","variableName":"check","platform":"LINUX","mappingType":"TEXTBOX","query":"SELECT 1;"}"#.utf8),
        name: "check")

    private static func admits(_ policies: [AssurancePolicy], _ device: DeviceEvidence, _ feed: ReleaseFeed) -> Bool {
        let result = AssuranceEvaluator.evaluate(
            policies, device,
            AssuranceContext(
                now: now, firstNonCompliant: ["p": now - 10, "q": now - 100_000], releaseFeed: feed,
                postureChecks: check.map { ["check": $0] } ?? [:]))
        if case .notCompliant = result.verdict { return false }
        return true
    }

    @Test func addingAConditionNeverLetsMoreDevicesIn() throws {
        var numbers = Numbers(state: 1)
        let feed = try VectorFiles.feed()
        var counts = (admitted: 0, keptOut: 0)
        for _ in 0..<1500 {
            let policy = Self.policy("p", &numbers)
            let device = Self.device(&numbers)
            var more = policy
            Self.conditions.randomElement(using: &numbers)?(&more)
            guard Self.isStricter(more, than: policy) else { continue }
            let before = Self.admits([policy], device, feed)
            let after = Self.admits([more], device, feed)
            #expect(before || !after, "\(policy) \(more) \(device)")
            if before { counts.admitted += 1 }
            if before && !after { counts.keptOut += 1 }
        }
        // The devices are such that conditions do keep some of them out.
        #expect(counts.admitted > 100 && counts.keptOut > 30)
    }

    /// Whether every condition of one policy is one of the other's: one that replaced another says nothing.
    private static func isStricter(_ more: AssurancePolicy, than policy: AssurancePolicy) -> Bool {
        func kept<Value: Equatable>(_ path: KeyPath<AssurancePolicy, Value>, _ empty: Value) -> Bool {
            policy[keyPath: path] == empty || policy[keyPath: path] == more[keyPath: path]
        }
        // Where both stand, the constraints alone are looked at; no document states both.
        guard more.osVersion == nil || more.osVersionConstraints.isEmpty else { return false }
        return kept(\.osVersion, nil) && kept(\.osVersionConstraints, []) && kept(\.diskEncryptionType, [])
            && kept(\.screenLockType, []) && kept(\.linux.mandatoryAccessControl, [])
            && kept(\.linux.kernelLockdown, []) && kept(\.linux.minimumHSILevel, nil)
            && kept(\.linux.securityUpdates, nil) && kept(\.linux.endpointProtection, nil)
    }

    @Test func unknownNeverLetsInWhatAValueKeepsOut() throws {
        var numbers = Numbers(state: 2)
        let feed = try VectorFiles.feed()
        var mattered = 0
        for _ in 0..<120 {
            let policies = (0..<Int.random(in: 1...2, using: &numbers)).map {
                Self.policy($0 == 0 ? "p" : "q", &numbers)
            }
            let device = Self.device(&numbers)
            for (name, values) in Self.values {
                var changed = device
                func isAdmitted(_ state: SignalState?) -> Bool {
                    changed.signals[name] = state.map(Self.reading)
                    return Self.admits(policies, changed, feed)
                }
                let admitsUnknown = Self.unknowns.contains { isAdmitted($0) }
                let admitsEach = values.map { isAdmitted(.known($0)) }
                #expect(!admitsUnknown || admitsEach.allSatisfy(\.self), "\(name): \(policies) \(device)")
                if admitsEach.contains(true) && admitsEach.contains(false) { mattered += 1 }
            }
        }
        #expect(mattered > 30)
    }

    @Test func theSameHoldsOfOtherProvidersAndChecks() throws {
        var numbers = Numbers(state: 3)
        let feed = try VectorFiles.feed()
        for _ in 0..<250 {
            let policies = [Self.policy("p", &numbers)]
            let device = Self.device(&numbers)
            for (fact, values) in Self.facts {
                var changed = device
                func isAdmitted(_ state: SignalState?) -> Bool {
                    changed.providers[.deviceTrustConnector]?[SignalName(rawValue: fact)] = state.map(Self.reading)
                    return Self.admits(policies, changed, feed)
                }
                let admitsUnknown = Self.unknowns.contains { isAdmitted($0) }
                #expect(!admitsUnknown || values.allSatisfy { isAdmitted(.known($0)) }, "\(fact): \(policies)")
            }
            var changed = device
            func isAdmitted(_ result: PostureCheckResult?) -> Bool {
                changed.postureChecks["check"] = result
                return Self.admits(policies, changed, feed)
            }
            let admitsUnknown = [nil, .timedOut, .unknown(reason: "r")].contains { isAdmitted($0) }
            #expect(!admitsUnknown || [.known("1"), .known("0")].allSatisfy { isAdmitted($0) }, "\(policies)")
        }
    }

    /// What no policy of the set is about never decides.
    @Test func aSignalThatNoPolicyNeedsNeverDecides() throws {
        var numbers = Numbers(state: 4)
        let feed = try VectorFiles.feed()
        for _ in 0..<150 {
            let policy = Self.policy("p", &numbers)
            let device = Self.device(&numbers)
            let needed = Set(policy.requiredSignals)
            let expected = Self.admits([policy], device, feed)
            for name in Self.values.keys where !needed.contains(name) {
                var changed = device
                changed.signals[name] = nil
                #expect(Self.admits([policy], changed, feed) == expected, "\(name): \(policy)")
            }
        }
    }

    @Test func policiesAreReadAsTheyWereWritten() throws {
        var numbers = Numbers(state: 5)
        for _ in 0..<500 {
            let policy = Self.policy("p", &numbers)
            guard !policy.isEmpty, policy.osVersion == nil || policy.osVersionConstraints.isEmpty,
                Set(policy.thirdPartySignalProviders.map(\.provider)).count == policy.thirdPartySignalProviders.count,
                policy.devicePostureChecks.count < 2
            else { continue }
            let read = try AssurancePolicy.decode(Array(JSONEncoder().encode(policy)), name: "p")
            var sorted = policy
            sorted.thirdPartySignalProviders.sort { $0.provider.rawValue < $1.provider.rawValue }
            #expect(read == sorted)
        }
    }
}
