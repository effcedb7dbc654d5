// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// One thing that happened, for those who must be able to tell later.
///
/// Never holds a token, a code, a PIN, a key or a signal's value.
package struct AuditEvent: Hashable, Sendable {
    /// How it ended.
    package struct Outcome: Hashable, Sendable, Codable {
        /// `SUCCESS`, `FAILURE`, `DENY` or `ALLOW`, as Okta's System Log has them.
        package var result: String
        /// Why, where it failed.
        package var reason: String?

        /// It succeeded.
        package static let success = Outcome(result: "SUCCESS", reason: nil)
        /// It failed.
        package static func failure(_ reason: String) -> Outcome { Outcome(result: "FAILURE", reason: reason) }
        /// Policy let it through.
        package static let allow = Outcome(result: "ALLOW", reason: nil)
        /// Policy did not let it through.
        package static func deny(_ reason: String) -> Outcome { Outcome(result: "DENY", reason: reason) }
    }

    /// Who did it, or to what it was done.
    package struct Entity: Hashable, Sendable, Codable {
        /// The entity's id.
        package var id: String
        /// `User`, `Device`, `AppInstance`, `Enrollment` or `SystemPrincipal`.
        package var type: String
        /// Its login or other name for programs.
        package var alternateId: String?
        /// Its name for people.
        package var displayName: String?

        /// A person.
        package static func user(id: String, username: String?) -> Entity {
            Entity(id: id, type: "User", alternateId: username)
        }

        /// A person.
        package static func user(_ user: User) -> Entity { .user(id: user.id, username: user.username) }

        /// A device.
        package static func device(id: String) -> Entity { Entity(id: id, type: "Device") }

        /// An app.
        package static func app(id: String, name: String) -> Entity {
            Entity(id: id, type: "AppInstance", displayName: name)
        }

        /// An enrolment.
        package static func enrollment(id: String) -> Entity { Entity(id: id, type: "Enrollment") }

        /// The verifier itself, or the administrator at its command line.
        package static let system = Entity(id: "verifier", type: "SystemPrincipal")
    }

    /// What happened.
    package var type: AuditEventType
    /// How it ended.
    package var outcome: Outcome
    /// Who did it.
    package var actor: Entity
    /// The client's network address.
    package var address: String?
    /// To what it was done.
    package var targets: [Entity]
    /// Details, such as the origin that was seen.
    package var debugData: [String: String]

    /// An event; the actor is the verifier where none is given.
    package init(
        _ type: AuditEventType, outcome: Outcome, actor: Entity = .system, address: String? = nil,
        targets: [Entity] = [], debugData: [String: String] = [:]
    ) {
        self.type = type
        self.outcome = outcome
        self.actor = actor
        self.address = address
        self.targets = targets
        self.debugData = debugData
    }
}
