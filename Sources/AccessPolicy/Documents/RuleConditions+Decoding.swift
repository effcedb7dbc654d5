// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

extension RuleConditions {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        people = try node.member("people").map { (n) throws(PolicyDocumentError) in try PeopleCondition(n) }
        userType = try node.member("userType").map { (n) throws(PolicyDocumentError) in try Inclusion(n) }
        network = try node.member("network").map { (n) throws(PolicyDocumentError) in try NetworkCondition(n) }
        device = try node.member("device").map { (n) throws(PolicyDocumentError) in try DeviceCondition(n) }
        platform = try node.member("platform").map { (n) throws(PolicyDocumentError) in try PlatformCondition(n) }
        riskScore = try node.member("riskScore").map { (n) throws(PolicyDocumentError) in try RiskScoreCondition(n) }
        expression = try node.member("elCondition").flatMap { (n) throws(PolicyDocumentError) in
            try Self.expression(n)
        }
        unrecognized = node.unrecognized(besides: [
            "people", "userType", "network", "device", "platform", "riskScore", "elCondition",
        ])
    }

    /// The expression of `elCondition`; none in `{}`, which Okta answers for a rule without one.
    private static func expression(
        _ node: DocumentNode
    ) throws(PolicyDocumentError) -> ExpressionLanguage.Expression? {
        try node.object()
        guard let condition = node.member("condition") else {
            if node.value.isEmpty { return nil }
            throw node.error("condition is missing")
        }
        try node.refuseUnrecognized(besides: ["condition"])
        let source = try condition.string(atMost: 4096)
        do {
            return try ExpressionLanguage.Expression(parsing: source)
        } catch {
            throw condition.error("\(error)")
        }
    }
}

extension Inclusion {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        include = try node.member("include")?.strings() ?? []
        exclude = try node.member("exclude")?.strings() ?? []
        try node.refuseUnrecognized(besides: ["include", "exclude"])
    }
}

extension PeopleCondition {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        users = try node.member("users").map { (n) throws(PolicyDocumentError) in try Inclusion(n) } ?? Inclusion()
        groups = try node.member("groups").map { (n) throws(PolicyDocumentError) in try Inclusion(n) } ?? Inclusion()
        unrecognized = node.unrecognized(besides: ["users", "groups"])
    }
}

extension NetworkCondition {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        connection = try node.required("connection").choice(Connection.self)
        zones = Inclusion(
            include: try node.member("include")?.strings() ?? [], exclude: try node.member("exclude")?.strings() ?? [])
        unrecognized = node.unrecognized(besides: ["connection", "include", "exclude"])
        for name in ["include", "exclude"] {
            guard let list = node.member(name), let ids = list.value.array?.compactMap(\.string) else { continue }
            if ids.count > 1, ids.contains(Self.allZones) {
                throw list.error("names \(Self.allZones) beside others; it stands alone")
            }
        }
        if connection == .zone, zones.include.isEmpty, zones.exclude.isEmpty {
            throw node.error("is of connection ZONE and names no zone under include or exclude")
        }
    }
}

extension DeviceCondition {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        registered = try node.member("registered")?.boolean()
        managed = try node.member("managed")?.boolean()
        if managed != nil, registered != true {
            throw node.error("asks for managed without \"registered\": true; only of a registered device is it known")
        }
        assurance = []
        unrecognized = node.unrecognized(besides: ["registered", "managed", "assurance"])
        guard let policies = node.member("assurance") else { return }
        try policies.object()
        assurance = try policies.member("include")?.strings() ?? []
        // `exclude` is not among Okta's members: whatever it says, nobody here can tell what is meant.
        unrecognized += policies.unrecognized(besides: ["include"]).map { JSONMember("assurance.\($0.name)", $0.value) }
    }
}

extension RiskScoreCondition {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        try node.refuseUnrecognized(besides: ["level"])
        let text = try node.required("level")
        level = try text.string().asciiUppercased == "ANY" ? nil : text.choice(RiskLevel.self)
    }
}

extension PlatformCondition {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        include = try Self.platforms(node.member("include"))
        exclude = try Self.platforms(node.member("exclude"))
        unrecognized = node.unrecognized(besides: ["include", "exclude"])
    }

    private static func platforms(_ node: DocumentNode?) throws(PolicyDocumentError) -> [Platform] {
        guard let node else { return [] }
        return try node.elements(atMost: 100).map { (element) throws(PolicyDocumentError) in try Platform(element) }
    }
}

extension PlatformCondition.Platform {
    fileprivate init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        // A member that is left out would make the platform wider than it was meant.
        try node.refuseUnrecognized(besides: ["type", "os"])
        let kind = node.member("type")
        let os = node.member("os")
        if kind == nil, os == nil { throw node.error("names neither type nor os") }
        type = try kind?.choice(PlatformType.self) ?? .any
        system = try os.map { (os) throws(PolicyDocumentError) in
            try os.object()
            try os.refuseUnrecognized(besides: ["type", "expression", "version"])
            return PlatformCondition.OperatingSystem(
                type: try os.member("type")?.choice(OperatingSystemType.self) ?? .any,
                expression: try Self.expression(os), version: try Self.version(os.member("version")))
        }
    }

    private static func version(_ node: DocumentNode?) throws(PolicyDocumentError) -> PlatformCondition.Version? {
        guard let node else { return nil }
        try node.refuseUnrecognized(besides: ["matchType", "value"])
        return PlatformCondition.Version(
            matchType: try node.required("matchType").choice(PlatformCondition.Version.MatchType.self),
            value: try node.required("value").string())
    }

    /// A pattern; one that is empty says nothing.
    private static func expression(_ os: DocumentNode) throws(PolicyDocumentError) -> String? {
        guard let node = os.member("expression"), node.value != .string("") else { return nil }
        return try node.string(atMost: 1024)
    }
}
