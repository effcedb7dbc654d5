// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What an expression is evaluated for.
public struct ExpressionContext: Sendable {
    /// The values by their first name: `user`, `device`, `security`, `session`, `login`, `accessRequest`.
    ///
    /// What is not known is left out, at whatever depth: reading it is an error (``ExpressionError/Reason/missing``). It must not
    /// be put in as null: `null != 'GOOD'` is true.
    public var roots: ExpressionMap {
        didSet { leaves = ContextLeaves(roots) }
    }
    private(set) var leaves: ContextLeaves
    /// What is read more rarely, behind one reference, so that an evaluation holds on to little.
    private var rest: Rest

    private final class Rest: Sendable {
        let groups: [GroupMembership]?
        let internalProperties: ExpressionMap
        let linkedObjects: ExpressionMap
        let now: ExpressionTime?

        init(
            _ groups: [GroupMembership]?, _ internalProperties: ExpressionMap, _ linkedObjects: ExpressionMap,
            _ now: ExpressionTime?
        ) {
            self.groups = groups
            self.internalProperties = internalProperties
            self.linkedObjects = linkedObjects
            self.now = now
        }
    }

    /// A context.
    ///
    /// - Parameters:
    ///   - roots: ``roots``.
    ///   - groups: ``groups``.
    ///   - internalProperties: ``internalProperties``.
    ///   - linkedObjects: ``linkedObjects``.
    ///   - now: ``now``.
    public init(
        roots: ExpressionMap, groups: [GroupMembership]? = nil, internalProperties: ExpressionMap = [:],
        linkedObjects: ExpressionMap = [:], now: ExpressionTime?
    ) {
        self.roots = roots
        leaves = ContextLeaves(roots)
        rest = Rest(groups, internalProperties, linkedObjects, now)
    }

    /// The groups that the user is a member of; `nil` where they are not known.
    public var groups: [GroupMembership]? {
        get { rest.groups }
        set { rest = Rest(newValue, internalProperties, linkedObjects, now) }
    }

    /// What `user.getInternalProperty(name)` returns, by name.
    public var internalProperties: ExpressionMap {
        get { rest.internalProperties }
        set { rest = Rest(groups, newValue, linkedObjects, now) }
    }

    /// What `user.getLinkedObject(name)` returns, by name: a map with the linked user's profile.
    public var linkedObjects: ExpressionMap {
        get { rest.linkedObjects }
        set { rest = Rest(groups, internalProperties, newValue, now) }
    }

    /// The time that `DateTime.now()` returns; `nil` where it is not known.
    public var now: ExpressionTime? {
        get { rest.now }
        set { rest = Rest(groups, internalProperties, linkedObjects, newValue) }
    }
}

/// A group that a user is a member of.
public struct GroupMembership: Sendable, Hashable {
    /// Its id.
    public var id: String
    /// Its name.
    public var name: String
    /// Where it comes from.
    public var type: Kind
    /// The id of the app or directory that it is from, if there is one.
    public var sourceID: String?
    /// More of its profile, by name.
    public var profile: ExpressionMap

    /// Where a group comes from.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Kept by the verifier.
        case native = "OKTA_GROUP"
        /// Taken over from an app or directory.
        case app = "APP_GROUP"
        /// Always there, such as that of everybody.
        case builtIn = "BUILT_IN"
    }

    /// A group.
    public init(id: String, name: String, type: Kind = .native, sourceID: String? = nil, profile: ExpressionMap = [:]) {
        self.id = id
        self.name = name
        self.type = type
        self.sourceID = sourceID
        self.profile = profile
    }

    /// The group as `user.getGroups()` returns it.
    var value: ExpressionValue {
        var profile = profile
        profile["name"] = .string(name)
        var map: ExpressionMap = ["id": .string(id), "type": .string(type.rawValue), "profile": .map(profile)]
        if let sourceID { map["source"] = ["id": .string(sourceID)] }
        return .map(map)
    }
}
