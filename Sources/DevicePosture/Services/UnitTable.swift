// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import MessageBus

/// The states of units of the system's service manager, as it lists them.
struct UnitTable: Hashable, Sendable {
    /// The state of one unit.
    struct State: Hashable, Sendable {
        /// `loaded`, `not-found`, `masked`, …
        let load: String
        /// `active`, `inactive`, `failed`, …
        let active: String

        /// Whether it runs, or did what it had to.
        var isActive: Bool { active == "active" || active == "reloading" }
        /// Whether there is such a unit.
        var isInstalled: Bool { load == "loaded" }
    }

    private let states: [String: State]

    /// The answer to ``ServiceQuestion/units(_:)``, or `nil` where it is something else.
    init?(_ answer: BusValue) {
        guard case .list(let units) = answer else { return nil }
        var states: [String: State] = [:]
        for unit in units {
            guard case .list(let fields) = unit, fields.count == 10, case .string(let name) = fields[0],
                case .string(let load) = fields[2], case .string(let active) = fields[3]
            else { return nil }
            states[name] = State(load: load, active: active)
        }
        self.states = states
    }

    /// Asks for the states of these units.
    static func read(_ names: [String], in system: SystemView) -> Result<UnitTable, ServiceFailure> {
        system.services.answer(to: .units(names)).flatMap { answer in
            UnitTable(answer).map(Result.success) ?? .failure(.malformed)
        }
    }

    /// The state of a unit; `nil` where the service manager did not name it.
    subscript(name: String) -> State? { states[name] }

    /// The first of these units that is active.
    func firstActive(of names: [String]) -> String? { names.first { states[$0]?.isActive == true } }
}
