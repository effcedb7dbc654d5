// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import TestSupport
import Testing

@testable import AuthenticatorAgent

/// What stands between a key and the person passes on all that a key may ask for.
@Suite struct WrappedPresenceTests {
    /// The ways in which a key meets the person: as one of several, by its name, and before it is known what they are told.
    enum Way: CaseIterable {
        case oneOfSeveral, named, late

        func wrap(_ presence: any UserPresence) -> any UserPresence {
            switch self {
            case .oneOfSeveral: PluggedInPresence(presence)
            case .named: NamedKeyPresence(presence, name: "blue key")
            case .late: LatePresence(Task { presence })
            }
        }
    }

    @Test(arguments: Way.allCases)
    func allThatAKeyAsksForReachesThePerson(_ way: Way) async throws {
        let person = ScriptedPresence(pins: ["1234"], newPIN: "567890", fingers: [nil])
        let presence = way.wrap(person)
        #expect(
            try await presence.pin(
                PINRequest(deviceName: "key", triesLeft: 3, lastEntryWasWrong: false)
            ).count == 4)
        #expect(try await presence.newPIN(minimumLength: 6).count == 6)
        try await presence.verifyFinger()
        #expect(person.timesFingerWasAskedFor == 1)
        #expect(try await presence.whileWaiting(for: HardwareAction(.touch, deviceName: "key")) { 7 } == 7)
        let name = way == .named ? "blue key" : "key"
        #expect(person.requests.map(\.deviceName) == [name])
        #expect(person.actions == [HardwareAction(.touch, deviceName: name)])
    }

    @Test func aKeyThatWantsAFingerIsHere() async {
        await #expect(throws: ArrivalPresence.Arrived.self) { try await ArrivalPresence().verifyFinger() }
    }
}
