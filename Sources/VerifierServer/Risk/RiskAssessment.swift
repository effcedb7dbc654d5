// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy

/// What makes a sign-in look risky, by the names that rules see under `security.behaviors`.
enum RiskReason: String, Hashable, Sendable, CaseIterable {
    /// A device that never signed this person in.
    case newDevice = "New Device"
    /// A network that this person never signed in from.
    case newNetwork = "New Network"
    /// A security key's counter went back: there may be a copy of it.
    case counterRegress = "Counter Regress"
    /// The device met more policies of device assurance the last time.
    case postureDrop = "Posture Drop"
    /// A page of another origin tried to use a sign-in of this person's within a day.
    case refusedPhishing = "Refused Phishing"

    /// How much it counts: three points are a high risk.
    fileprivate var points: Int {
        switch self {
        case .newDevice, .newNetwork, .postureDrop: 1
        case .refusedPhishing: 2
        case .counterRegress: 3
        }
    }
}

/// How risky a sign-in looks, from what the verifier itself sees.
///
/// No reason is a low risk, reasons of one or two points a medium one, of three a high one. A person's first sign-in is new in
/// everything and says nothing.
struct RiskAssessment: Hashable, Sendable {
    /// The level.
    let level: RiskLevel
    /// Why.
    let reasons: [RiskReason]

    /// How long a refused attempt counts, in seconds.
    static let phishingMemory: Int64 = 86_400

    /// - Parameters:
    ///   - met: the ids of the device assurance policies that the device meets now.
    ///   - known: the ids of those that there are.
    init(
        _ memory: RiskMemory?, deviceID: String?, address: String, met: Set<String>, known: Set<String>,
        counterRegressed: Bool, now: Int64
    ) {
        var reasons: [RiskReason] = []
        if let memory, !memory.devices.isEmpty, let deviceID {
            if let before = memory.devices[deviceID] {
                // A policy that is not there any more is met by nobody, and says nothing.
                if !before.intersection(known).isSubset(of: met) { reasons.append(.postureDrop) }
            } else {
                reasons.append(.newDevice)
            }
        }
        // An address that is none is of no network that is known.
        if let memory, !memory.networks.isEmpty,
            NetworkName(of: address).map({ memory.networks.contains($0.text) }) != true
        {
            reasons.append(.newNetwork)
        }
        if counterRegressed { reasons.append(.counterRegress) }
        if let refusedAt = memory?.refusedPhishingAt, now - refusedAt < Self.phishingMemory {
            reasons.append(.refusedPhishing)
        }
        self.reasons = reasons
        let points = reasons.reduce(0) { $0 + $1.points }
        level = points == 0 ? .low : points < 3 ? .medium : .high
    }
}
