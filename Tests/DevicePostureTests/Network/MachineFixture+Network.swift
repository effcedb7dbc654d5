// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import MessageBus

@testable import DevicePosture

/// Commands that print what they were given.
struct ScriptedCommands: CommandRunner {
    var answers: [Command: Result<[UInt8], CommandFailure>] = [:]

    func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
        answers[command] ?? .failure(.notInstalled)
    }
}

/// systemd with these units, and no other.
struct ScriptedUnits: ServiceReader {
    /// Load state and active state by name.
    var units: [String: (load: String, active: String)] = [:]
    var others: [ServiceQuestion: Result<BusValue, ServiceFailure>] = [:]

    func answer(to question: ServiceQuestion) -> Result<BusValue, ServiceFailure> {
        guard case .method("ListUnitsByNames", let arguments) = question.kind,
            case .strings(let names)? = arguments.first
        else { return others[question] ?? .failure(.notRunning) }
        return .success(
            .list(
                names.map { name in
                    let unit = units[name] ?? ("not-found", "inactive")
                    return .list(
                        [name, "", unit.load, unit.active, "dead", "", "/"].map(BusValue.string)
                            + [.integer(0), .string(""), .string("/")])
                }))
    }
}

extension MachineFixture {
    /// What the collectors say of a signal, for this user.
    func reading(
        _ name: SignalName, as userID: UInt32 = 1000, services: (any ServiceReader)? = nil,
        origins: [String] = []
    ) async -> SignalReading? {
        var view = system
        view.userID = userID
        if let services { view.services = services }
        view.organizationOrigins = origins
        return await PostureCollector(system: view).snapshot(of: [name])[name]
    }

    /// A process by the name that the kernel keeps of it.
    func named(_ id: Int, _ name: String) { write("/proc/\(id)/comm", name + "\n") }
}

extension SignalState {
    /// Why it is unknown.
    var reason: String? { if case .unknown(let reason) = self { reason } else { nil } }
}

/// Runs on this thread with the rights of nobody where files are concerned, whoever runs the tests.
func withoutRights<Value>(_ body: () throws -> Value) rethrows -> Value {
    // The kernel keeps this one identity per thread, and glibc leaves it so (setfsuid(2)).
    typealias SetUser = @convention(c) (UInt32) -> Int32
    let setUser = dlsym(nil, "setfsuid").map { unsafeBitCast($0, to: SetUser.self) }
    _ = setUser?(65_534)
    defer { _ = setUser?(getuid()) }
    return try body()
}
