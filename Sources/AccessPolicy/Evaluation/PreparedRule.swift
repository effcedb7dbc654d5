// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// A rule made ready to be asked often: ids as places, and only the conditions that say something, the quick ones first.
final class PreparedRule: Sendable {
    /// A condition that says something.
    enum Condition: Hashable, Sendable {
        case risk(RiskLevel)
        case registered(Bool)
        case managed(Bool)
        case platform(PlatformCondition)
        case userType(IDs)
        case people(users: IDs, groups: IDs)
        case network(IDs)
        case assurance(IDs)
        case unrecognized(String)
        /// The place of the expression in the table.
        case expression(Int)

        var kind: ConditionKind {
            switch self {
            case .risk: .risk
            case .registered: .deviceRegistered
            case .managed: .deviceManaged
            case .platform: .platform
            case .userType: .userType
            case .people: .people
            case .network: .network
            case .assurance: .deviceAssurance
            case .unrecognized: .unrecognized
            case .expression: .expression
            }
        }
    }

    /// An ``Inclusion`` to look things up in; a class, since what is asked a thousand times is handed on a thousand times.
    final class IDs: Hashable, Sendable {
        let include: [String]
        let exclude: [String]
        /// The places of the same in the table.
        let includePlaces: [Int]
        let excludePlaces: [Int]

        init(_ inclusion: Inclusion, _ table: inout ConditionTable) {
            include = inclusion.include
            exclude = inclusion.exclude
            includePlaces = include.map { table.index(ofID: $0) }
            excludePlaces = exclude.map { table.index(ofID: $0) }
        }

        var isEmpty: Bool { include.isEmpty && exclude.isEmpty }

        static func == (left: IDs, right: IDs) -> Bool {
            left.include == right.include && left.exclude == right.exclude
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(include)
            hasher.combine(exclude)
        }
    }

    let metadata: PolicyMetadata
    let action: AppSignOnAction
    /// The places of its conditions in the table.
    let conditions: [Int]

    /// - Parameter table: the conditions of all rules so far.
    init(_ rule: AccessPolicyRule, _ table: inout ConditionTable) {
        metadata = rule.metadata
        action = rule.action
        let said = rule.conditions
        var conditions: [Condition] = []
        if let level = said.riskScore?.level { conditions.append(.risk(level)) }
        if let registered = said.device?.registered { conditions.append(.registered(registered)) }
        if let managed = said.device?.managed { conditions.append(.managed(managed)) }
        if let platform = said.platform, !(platform.include.isEmpty && platform.exclude.isEmpty) {
            conditions.append(.platform(platform))
        }
        if let types = said.userType.map({ IDs($0, &table) }), !types.isEmpty { conditions.append(.userType(types)) }
        if let people = said.people {
            let users = IDs(people.users, &table)
            let groups = IDs(people.groups, &table)
            if !users.isEmpty || !groups.isEmpty { conditions.append(.people(users: users, groups: groups)) }
        }
        if let network = said.network, network.connection == .zone {
            conditions.append(.network(IDs(network.zones, &table)))
        }
        if let assurance = said.device?.assurance, !assurance.isEmpty {
            conditions.append(.assurance(IDs(Inclusion(include: assurance), &table)))
        }
        conditions += said.unrecognizedNames.map { .unrecognized($0) }
        if let expression = said.expression { conditions.append(.expression(table.index(of: expression))) }
        self.conditions = conditions.map { table.index(of: $0) }
    }
}

extension RuleConditions {
    /// The ways to what is not known here, such as `device.trustLevel`.
    var unrecognizedNames: [String] {
        var names = unrecognized.map(\.name)
        names += (people?.unrecognized ?? []).map { "people.\($0.name)" }
        names += (network?.unrecognized ?? []).map { "network.\($0.name)" }
        names += (device?.unrecognized ?? []).map { "device.\($0.name)" }
        names += (platform?.unrecognized ?? []).map { "platform.\($0.name)" }
        return names
    }
}
