// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The members of a browser's policies that decide about requests to loopback.
enum LoopbackPolicies: Hashable, Sendable {
    /// Those of Chromium and what is made of it, of all files together.
    case chromium([String: JSONValue])
    /// Firefox's `LocalNetworkAccess`, where it is set.
    case firefox([String: JSONValue])

    /// Puts Chromium's files together: of two values for one name the one in the file that sorts last stands.
    static func chromium(merging files: [JSONValue]) -> LoopbackPolicies? {
        var members: [String: JSONValue] = [:]
        for file in files {
            guard let object = file.object else { return nil }
            members.merge(object) { _, later in later }
        }
        return .chromium(members)
    }

    /// Takes Firefox's member out of its file.
    static func firefox(in file: JSONValue) -> LoopbackPolicies? {
        guard let policies = file["policies"]?.object else { return nil }
        guard let member = policies["LocalNetworkAccess"] else { return .firefox([:]) }
        return member.object.map(LoopbackPolicies.firefox)
    }

    /// What they say of an origin.
    func state(of origin: WebOrigin) -> LoopbackGrant.State {
        switch self {
        case .chromium(let members): Self.chromiumState(of: origin, members)
        case .firefox(let members): Self.firefoxState(of: origin, members)
        }
    }

    /// The more special policy stands before the older one, and to block before to allow.
    private static func chromiumState(of origin: WebOrigin, _ members: [String: JSONValue]) -> LoopbackGrant.State {
        let order: [(String, LoopbackGrant.State)] = [
            ("LoopbackNetworkBlockedForUrls", .blocked), ("LoopbackNetworkAllowedForUrls", .allowed),
            ("LocalNetworkAccessBlockedForUrls", .blocked), ("LocalNetworkAccessAllowedForUrls", .allowed),
        ]
        for (name, state) in order {
            guard let value = members[name] else { continue }
            guard let patterns = value.strings else { return .unknown("\(name) is not a list of texts") }
            if patterns.contains(where: { origin.matches(contentPattern: $0) }) { return state }
        }
        return members["LocalNetworkAccessRestrictionsTemporaryOptOut"]?.boolean == true ? .allowed : .notSet
    }

    private static func firefoxState(of origin: WebOrigin, _ members: [String: JSONValue]) -> LoopbackGrant.State {
        if members["Enabled"]?.boolean == false { return .allowed }
        if let value = members["SkipDomains"] {
            guard let domains = value.strings else { return .unknown("SkipDomains is not a list of texts") }
            if domains.contains(where: { origin.matches(firefoxDomain: $0) }) { return .allowed }
        }
        return members["Enabled"]?.boolean == true && members["EnablePrompting"]?.boolean == false ? .blocked : .notSet
    }
}
