// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import NetworkPlaces

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
    /// Nobody travels that fast from where the last sign-in came from.
    case impossibleTravel = "Velocity"
    /// A page of another origin tried to use a sign-in of this person's within a day.
    case refusedPhishing = "Refused Phishing"

    /// How much it counts: three points are a high risk.
    fileprivate var points: Int {
        switch self {
        case .newDevice, .newNetwork, .postureDrop: 1
        case .refusedPhishing, .impossibleTravel: 2
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
    ///   - place: where the address is said to be; `nil` where nobody knows.
    init(
        _ memory: RiskMemory?, deviceID: String?, address: String, met: Set<String>, known: Set<String>,
        counterRegressed: Bool, place: Place? = nil, now: Int64
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
        if let last = memory?.lastPlace, let place, Self.isTooFast(from: last, to: place, now: now) {
            reasons.append(.impossibleTravel)
        }
        if counterRegressed { reasons.append(.counterRegress) }
        if let refusedAt = memory?.refusedPhishingAt, now - refusedAt < Self.phishingMemory {
            reasons.append(.refusedPhishing)
        }
        self.reasons = reasons
        let points = reasons.reduce(0) { $0 + $1.points }
        level = points == 0 ? .low : points < 3 ? .medium : .high
    }

    /// The speed of an airliner, in kilometres an hour.
    static let greatestSpeed = 1000.0
    /// How far apart places have to be to say anything, in kilometres: networks are not placed more exactly.
    static let leastDistance = 200.0

    private static func isTooFast(from last: RiskMemory.PlacedSignIn, to place: Place, now: Int64) -> Bool {
        let distance = last.place.distance(to: place)
        guard distance >= leastDistance else { return false }
        // A clock that was put back makes no time to travel in.
        let hours = Double(max(0, now - last.time)) / 3600
        return distance > greatestSpeed * hours
    }
}
