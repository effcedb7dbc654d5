// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import NetworkPlaces
import Testing

@testable import VerifierServer

@Suite struct RiskAssessmentTests {
    private static let home = "192.0.2.7"

    private static var memory: RiskMemory {
        var memory = RiskMemory(id: "00u")
        memory.note(deviceID: "laptop", address: home, met: ["disk"])
        return memory
    }

    private func assess(
        _ memory: RiskMemory?, device: String? = "laptop", address: String = home, met: Set<String> = ["disk"],
        known: Set<String> = ["disk", "screen"], regressed: Bool = false, now: Int64 = 100_000
    ) -> RiskAssessment {
        RiskAssessment(
            memory, deviceID: device, address: address, met: met, known: known,
            counterRegressed: regressed, now: now)
    }

    @Test func aFirstSignInSaysNothing() {
        #expect(assess(nil).level == .low)
        #expect(assess(RiskMemory(id: "00u")).reasons == [])
    }

    @Test func whatIsAsEverIsLow() { #expect(assess(Self.memory).reasons == []) }

    @Test func eachReasonIsNoticed() {
        #expect(assess(Self.memory, device: "tablet").reasons == [.newDevice])
        #expect(assess(Self.memory, address: "198.51.100.1").reasons == [.newNetwork])
        #expect(assess(Self.memory, met: []).reasons == [.postureDrop])
        #expect(assess(Self.memory, met: ["disk", "screen"]).reasons == [])
        let copied = assess(Self.memory, regressed: true)
        #expect(copied.reasons == [.counterRegress] && copied.level == .high)
    }

    @Test func anAddressOfAKnownNetworkIsNotNew() {
        #expect(assess(Self.memory, address: "192.0.2.200").reasons == [])
        #expect(assess(Self.memory, address: "192.0.3.7").reasons == [.newNetwork])
        #expect(assess(Self.memory, address: "unknown").reasons == [.newNetwork])
        #expect(assess(nil, address: "unknown").reasons == [])
    }

    @Test func aPolicyThatWasDeletedIsNoDrop() {
        #expect(assess(Self.memory, met: [], known: ["screen"]).reasons == [])
        #expect(assess(Self.memory, met: [], known: ["disk"]).reasons == [.postureDrop])
    }

    @Test func reasonsAddUp() {
        #expect(assess(Self.memory, device: "tablet").level == .medium)
        #expect(assess(Self.memory, device: "tablet", address: "198.51.100.1").level == .medium)
        var memory = Self.memory
        memory.refusedPhishingAt = 99_000
        #expect(assess(memory).level == .medium)
        #expect(assess(memory, device: "tablet").level == .high)
    }

    @Test func aRefusedAttemptIsForgottenAfterADay() {
        var memory = Self.memory
        memory.refusedPhishingAt = 100_000
        #expect(assess(memory, now: 100_000 + 86_399).reasons == [.refusedPhishing])
        #expect(assess(memory, now: 100_000 + 86_400).reasons == [])
    }

    @Test func memoryIsBounded() {
        var memory = RiskMemory(id: "00u")
        for number in 0..<200 {
            memory.note(deviceID: "device\(number)", address: "10.0.\(number).1", met: [])
        }
        #expect(memory.networks.count == RiskMemory.maximumNetworks)
        #expect(memory.devices.count == RiskMemory.maximumDevices)
        #expect(memory.devices["device199"] != nil)
    }

    // MARK: - Places

    private static let kiel = Place(latitude: 54.3213, longitude: 10.1349)
    private static let berlin = Place(latitude: 52.5200, longitude: 13.4050)
    private static let tokyo = Place(latitude: 35.6895, longitude: 139.6917)

    /// Kiel and Tokyo are 8,905 km apart, Kiel and Berlin 295 km.
    @Test(arguments: [
        (tokyo, 8 * 3600, true), (tokyo, 9 * 3600, false), (berlin, 0, true), (berlin, -3600, true),
        (berlin, 1000, true), (berlin, 1100, false), (kiel, 0, false), (nil, 0, false),
    ])
    func nobodyTravelsFasterThanAnAirliner(_ place: Place?, _ seconds: Int, _ isTooFast: Bool) {
        var memory = Self.memory
        memory.note(Self.kiel, at: 100_000)
        let now = 100_000 + Int64(seconds)
        let assessment = RiskAssessment(
            memory, deviceID: "laptop", address: Self.home, met: ["disk"], known: ["disk"], counterRegressed: false,
            place: place, now: now)
        #expect(assessment.reasons == (isTooFast ? [.impossibleTravel] : []))
        #expect(assessment.level == (isTooFast ? .medium : .low))
    }

    @Test func whoWasNeverAnywhereDoesNotTravel() {
        let assessment = RiskAssessment(
            Self.memory, deviceID: "laptop", address: Self.home, met: ["disk"], known: ["disk"],
            counterRegressed: false, place: Self.tokyo, now: 100_000)
        #expect(assessment.reasons == [])
    }

    @Test func anAddressThatNobodyKnowsLeavesTheLastPlace() {
        var memory = RiskMemory(id: "00u")
        memory.note(Self.kiel, at: 1)
        memory.note(nil, at: 2)
        #expect(memory.lastPlace == RiskMemory.PlacedSignIn(place: Self.kiel!, time: 1))
    }
}
