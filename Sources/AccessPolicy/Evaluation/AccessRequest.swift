// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import ExpressionLanguage

/// What is known of one sign-in, or of one change of an account.
///
/// A value that is `nil` or a key that is missing is *not known*: a condition on it is undecided. What is known not to be
/// there is said: no groups are `[]`, a device that is not registered is `registered: false`.
public struct AccessRequest: Hashable, Sendable {
    /// The person; `nil` as long as nobody knows who it is.
    public var user: User?
    /// The device.
    public var device = Device()
    /// The network.
    public var network = Network()
    /// How risky it looks.
    public var risk = Risk()
    /// The session.
    public var session = Session()
    /// What the person typed to say who they are.
    public var loginIdentifier: String?
    /// The change of the account; `nil` for a sign-in to an app.
    public var account: AccountChange?
    /// The id of the policy that the app is assigned to; `nil` to ask all policies in their order.
    public var policyID: String?
    /// Seconds since 1970-01-01 UTC.
    public var now: Int64

    /// A request of which nothing is known but the time.
    public init(now: Int64) { self.now = now }

    /// A person.
    public struct User: Hashable, Sendable {
        /// Their id.
        public var id: String?
        /// Their groups, all of them.
        public var groups: [Group]?
        /// The id of their type.
        public var type: String?
        /// `user.status`, `created`, `lastUpdated`, `passwordChanged`, `lastLogin`, as an expression sees them.
        public var attributes: [String: ExpressionValue] = [:]
        /// `user.profile`; an attribute that the person has no value for is ``ExpressionValue/null``.
        public var profile: [String: ExpressionValue] = [:]

        /// A person.
        public init(id: String?, groups: [Group]? = nil) {
            self.id = id
            self.groups = groups
        }
    }

    /// A group that a person is in.
    public struct Group: Hashable, Sendable {
        /// Its id.
        public var id: String
        /// Its name.
        public var name: String
        /// What made it.
        public var type: GroupMembership.Kind
        /// Where it comes from, for a group of an app.
        public var sourceID: String?

        /// A group.
        public init(id: String, name: String, type: GroupMembership.Kind = .native, sourceID: String? = nil) {
            self.id = id
            self.name = name
            self.type = type
            self.sourceID = sourceID
        }
    }

    /// A network that a request comes from.
    public struct Network: Hashable, Sendable {
        /// The addresses that the request came over, the nearest last; what the verifier saw itself is the last one.
        public var addresses: [String] = []
        /// Zones that it is known to be in or not in, by id, beside those that its addresses tell.
        public var zones: [String: Bool] = [:]
        /// The number of the autonomous system.
        public var autonomousSystem: String?
        /// Where on Earth the address is said to be.
        public var location: Location?
        /// Whether and which proxy it is; ``ProxyType/none`` is known to be none.
        public var proxy: ProxyType?
        /// The services that the address is known to belong to, all of them, such as `NORDVPN`.
        public var serviceCategories: Set<String>?

        /// A network of which nothing is known.
        public init() {}
    }

    /// A place.
    public struct Location: Hashable, Sendable {
        /// The country in two letters (ISO 3166-1).
        public var country: String
        /// The region (ISO 3166-2), such as `DE-BY`.
        public var region: String?

        /// A place.
        public init(country: String, region: String? = nil) {
            self.country = country
            self.region = region
        }
    }

    /// A kind of proxy.
    public enum ProxyType: String, Hashable, Sendable, CaseIterable {
        /// No proxy.
        case none = "NONE"
        /// An exit of Tor.
        case tor = "TOR"
        /// Another proxy that hides who uses it.
        case notTor = "NOT_TOR"
    }

    /// What is thought of a sign-in.
    public struct Risk: Hashable, Sendable {
        /// The level.
        public var level: RiskLevel?
        /// What was seen, such as `New Device`.
        public var behaviors: [String]?

        /// Nothing is thought yet.
        public init(level: RiskLevel? = nil, behaviors: [String]? = nil) {
            self.level = level
            self.behaviors = behaviors
        }
    }

    /// A session of the person.
    public struct Session: Hashable, Sendable {
        /// Its id.
        public var id: String?
        /// How the person proved themselves, in the words of RFC 8176.
        public var methods: [String]?

        /// A session of which nothing is known.
        public init(id: String? = nil, methods: [String]? = nil) {
            self.id = id
            self.methods = methods
        }
    }

    /// What somebody wants to change of their own account.
    public struct AccountChange: Hashable, Sendable {
        /// What they want to do.
        public var operation: AccountOperation
        /// The authenticator that it is about.
        public var authenticatorKey: String?
        /// Its id.
        public var authenticatorID: String?
        /// `accessRequest.metadata.type`: `expiry` where a password has to be changed.
        public var metadataType: String?

        /// A change.
        public init(
            _ operation: AccountOperation, authenticatorKey: String? = nil, authenticatorID: String? = nil,
            metadataType: String? = nil
        ) {
            self.operation = operation
            self.authenticatorKey = authenticatorKey
            self.authenticatorID = authenticatorID
            self.metadataType = metadataType
        }
    }
}

/// What somebody does with their own account.
public enum AccountOperation: String, Hashable, Sendable, CaseIterable {
    /// Enrol an authenticator.
    case enroll
    /// Remove an authenticator.
    case unenroll
    /// Set a new password without the old one.
    case recover
    /// Unlock an account that is locked.
    case unlockAccount
}
