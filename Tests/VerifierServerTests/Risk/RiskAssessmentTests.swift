// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
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
}
