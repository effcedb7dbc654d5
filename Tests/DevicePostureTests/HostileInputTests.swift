// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import Testing

@testable import DevicePosture

/// What stands in the place of a file that is read, and what commands do that are called: nothing of it ends the program, holds it
/// up, or becomes a value.
@Suite struct HostileInputTests {
    private static let limit = Duration.seconds(10)

    private func snapshot(_ machine: MachineFixture, _ names: [SignalName]) async -> [SignalName: SignalState] {
        let start = ContinuousClock.now
        let readings = await PostureCollector(system: machine.system).snapshot(of: names).readings
        #expect(ContinuousClock.now - start < Self.limit)
        return readings.mapValues(\.state)
    }

    private static var names: [SignalName] { PostureCollector().names }

    @Test(arguments: HostileInput.all) func whatCannotBeReadIsNotKnown(of input: HostileInput) async throws {
        let machine = try input.machine()
        let bytes = try machine.system.read(input.path, limit: 1 << 24)
        for (name, state) in await snapshot(machine, input.signals) where state.value == nil {
            Issue.record("\(name) is not known to begin with: \(state)")
        }
        for form in HostileForm.allCases where form.isPossible && !(form == .truncated && input.isAttribute) {
            machine.put(form, at: input.path, insteadOf: bytes)
            for (name, state) in await snapshot(machine, input.signals) {
                guard let value = state.value, value != input.accepted[form]?[name] else { continue }
                Issue.record("\(form): \(name) became \(value)")
            }
        }
    }

    /// A broken file may take a value away; it never puts another one in its place, but for the files that say so.
    @Test(arguments: TestMachine.all) func aFileThatCannotBeReadChangesNoValue(on machine: TestMachine) async throws {
        let fixture = try machine.make()
        let before = await snapshot(fixture, Self.names)
        for path in try fixture.files() {
            let bytes = try fixture.system.read(path, limit: 1 << 24)
            for form in HostileForm.unusable where form.isPossible {
                fixture.put(form, at: path, insteadOf: bytes)
                for (name, state) in await snapshot(fixture, Self.names) {
                    guard let value = state.value, let other = before[name]?.value, value != other,
                        !Self.fallbacks.contains(where: { $0.signal == name && path.hasPrefix($0.path) })
                    else { continue }
                    Issue.record(
                        "\(machine.name): \(form) in the place of \(path): \(name) became \(value), was \(other)")
                }
            }
            fixture.remove(path)
            fixture.write(path, bytes)
        }
    }

    /// Every file of a machine at once.
    @Test(arguments: HostileForm.allCases) func aMachineOfNothingElseIsReadToItsEnd(form: HostileForm) async throws {
        for machine in TestMachine.all where form.isPossible {
            let fixture = try machine.make()
            for path in try fixture.files() {
                fixture.put(form, at: path, insteadOf: try fixture.system.read(path, limit: 1 << 24))
            }
            let states = await snapshot(fixture, Self.names)
            #expect(states.count == Self.names.count)
        }
    }

    @Test(arguments: HostileCommands.Behaviour.allCases)
    func whatCommandsDoIsNoValue(_ behaviour: HostileCommands.Behaviour) async throws {
        for machine in TestMachine.all {
            let fixture = try machine.make()
            let before = await snapshot(fixture, Self.names)
            fixture.commands = HostileCommands(behaviour: behaviour)
            for (name, state) in await snapshot(fixture, Self.names) {
                guard let value = state.value, value != before[name]?.value else { continue }
                Issue.record("\(machine.name): \(name) became \(value) of commands of which each one \(behaviour)")
            }
        }
    }
}
