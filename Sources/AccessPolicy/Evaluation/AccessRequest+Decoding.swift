// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance
internal import DeviceSignals
internal import ExpressionLanguage

extension AccessRequest {
    /// Reads a request, as `verifier policy explain` takes it.
    ///
    /// This form is this product's own, so that a member that is not known is an error: a fact that was misspelt would
    /// otherwise count as not known.
    ///
    /// - Throws: ``PolicyDocumentError`` with the place.
    public static func decode(_ bytes: [UInt8]) throws(PolicyDocumentError) -> AccessRequest {
        try AccessRequest(DocumentNode.read(bytes))
    }

    private init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object(of: [
            "now", "policy", "user", "device", "network", "risk", "session", "login", "accessRequest",
        ])
        self.init(now: try node.required("now").time())
        policyID = try node.member("policy")?.string()
        user = try node.member("user").map { (n) throws(PolicyDocumentError) in try User(n) }
        if let device = node.member("device") { self.device = try Device(device) }
        if let network = node.member("network") { self.network = try Network(network) }
        if let risk = node.member("risk") {
            try risk.object(of: ["level", "behaviors"])
            self.risk = Risk(
                level: try risk.member("level")?.choice(RiskLevel.self),
                behaviors: try risk.member("behaviors")?.strings())
        }
        if let session = node.member("session") {
            try session.object(of: ["id", "amr"])
            self.session = Session(
                id: try session.member("id")?.string(), methods: try session.member("amr")?.strings())
        }
        try node.member("login")?.object(of: ["identifier"])
        loginIdentifier = try node.member("login")?.member("identifier")?.string()
        account = try node.member("accessRequest").map { (n) throws(PolicyDocumentError) in try AccountChange(n) }
    }
}

extension AccessRequest.User {
    fileprivate init(_ node: DocumentNode) throws(PolicyDocumentError) {
        let times = ["created", "lastUpdated", "passwordChanged", "lastLogin"]
        try node.object(of: ["id", "type", "groups", "profile", "status"] + times)
        self.init(id: try node.member("id")?.string())
        type = try node.member("type")?.string()
        groups = try node.member("groups")?.elements(atMost: 10_000).map { (n) throws(PolicyDocumentError) in
            try AccessRequest.Group(n)
        }
        profile = try node.member("profile")?.values(keepingNull: true) ?? [:]
        attributes["status"] = try node.member("status").map { (n) throws(PolicyDocumentError) in
            .string(try n.string())
        }
        for name in times {
            guard let time = node.member(name) else { continue }
            attributes[name] = .time(ExpressionTime(seconds: try time.time()))
        }
    }
}

extension AccessRequest.Group {
    fileprivate init(_ node: DocumentNode) throws(PolicyDocumentError) {
        if let id = node.value.string {
            self.init(id: id, name: id)
            return
        }
        try node.object(of: ["id", "name", "type", "source"])
        let id = try node.required("id").string()
        self.init(
            id: id, name: try node.member("name")?.string() ?? id,
            type: try node.member("type")?.choice(GroupMembership.Kind.self) ?? .native,
            sourceID: try node.member("source")?.string())
    }
}

extension AccessRequest.Device {
    fileprivate init(_ node: DocumentNode) throws(PolicyDocumentError) {
        self.init()
        try node.object(of: [
            "id", "registered", "managed", "type", "os", "osVersion", "profile", "screenLockType", "provider", "caller",
            "assurance",
        ])
        id = try node.member("id")?.string()
        registered = try node.member("registered")?.boolean()
        managed = try node.member("managed")?.boolean()
        type = try node.member("type")?.choice(PlatformType.self)
        system = try node.member("os")?.choice(OperatingSystemType.self)
        if let version = node.member("osVersion") {
            guard let dotted = DottedVersion(try version.string()) else { throw version.error("is no version") }
            systemVersion = dotted
        }
        profile = try node.member("profile")?.values(keepingNull: false) ?? [:]
        screenLockType = try node.member("screenLockType")?.string()
        caller = try node.member("caller")?.values(keepingNull: false) ?? [:]
        for member in node.member("provider")?.value.members ?? [] {
            providers[member.name] = try node.member("provider")?.member(member.name)?.values(keepingNull: false)
        }
        guard let assurance = node.member("assurance") else { return }
        try assurance.object()
        for member in assurance.value.members ?? [] {
            self.assurance[member.name] = try assurance.required(member.name).assuranceVerdict()
        }
    }
}

extension AccessRequest.Network {
    fileprivate init(_ node: DocumentNode) throws(PolicyDocumentError) {
        self.init()
        try node.object(of: ["addresses", "zones", "asn", "location", "proxy", "serviceCategories"])
        addresses = try node.member("addresses")?.strings(atMost: 100) ?? []
        if let zones = node.member("zones") {
            try zones.object()
            for member in zones.value.members ?? [] {
                self.zones[member.name] = try zones.required(member.name).boolean()
            }
        }
        autonomousSystem = try node.member("asn")?.string()
        proxy = try node.member("proxy")?.choice(AccessRequest.ProxyType.self)
        serviceCategories = try node.member("serviceCategories").map { (n) throws(PolicyDocumentError) in
            Set(try n.strings())
        }
        guard let place = node.member("location") else { return }
        try place.object(of: ["country", "region"])
        location = AccessRequest.Location(
            country: try place.required("country").string(), region: try place.member("region")?.string())
    }
}

extension AccessRequest.AccountChange {
    fileprivate init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object(of: ["operation", "authenticator", "metadata"])
        let operation = try node.required("operation")
        guard let known = AccountOperation(rawValue: try operation.string()) else {
            let names = AccountOperation.allCases.map(\.rawValue).joined(separator: ", ")
            throw operation.error("is not one of \(names)")
        }
        try node.member("authenticator")?.object(of: ["id", "key"])
        try node.member("metadata")?.object(of: ["type"])
        self.init(
            known, authenticatorKey: try node.member("authenticator")?.member("key")?.string(),
            authenticatorID: try node.member("authenticator")?.member("id")?.string(),
            metadataType: try node.member("metadata")?.member("type")?.string())
    }
}

extension DocumentNode {
    /// Demands an object of these members alone.
    fileprivate func object(of known: [String]) throws(PolicyDocumentError) {
        try object()
        for member in value.members ?? [] where !known.contains(member.name) {
            throw error("\(member.name) is not known here; \(known.joined(separator: ", ")) are")
        }
    }

    /// A time as text (RFC 3339) or in seconds since 1970-01-01 UTC.
    fileprivate func time() throws(PolicyDocumentError) -> Int64 {
        if case .integer(let seconds) = value, ExpressionTime.range.contains(seconds) { return seconds }
        guard let time = Timestamp(try string()) else { throw error("is no time, such as \"2026-11-26T06:00:00Z\"") }
        return time.seconds
    }

    /// What a device assurance policy says.
    fileprivate func assuranceVerdict() throws(PolicyDocumentError) -> AccessRequest.AssuranceVerdict {
        switch try string() {
        case "COMPLIANT": return .compliant
        case "IN_GRACE_PERIOD": return .inGracePeriod
        case "NOT_COMPLIANT": return .notCompliant
        case "INDETERMINATE": return .indeterminate(reason: "nobody can tell")
        default: throw error("is not one of COMPLIANT, IN_GRACE_PERIOD, NOT_COMPLIANT, INDETERMINATE")
        }
    }

    /// Values by name, for expressions.
    ///
    /// - Parameter keepingNull: whether `null` is a value; otherwise it is not known, and so missing.
    fileprivate func values(keepingNull: Bool) throws(PolicyDocumentError) -> [String: ExpressionValue] {
        try object()
        var values: [String: ExpressionValue] = [:]
        for member in value.members ?? [] where keepingNull || member.value != .null {
            values[member.name] = ExpressionValue(keepingNull ? member.value : member.value.withoutNulls)
        }
        return values
    }
}

extension JSONValue {
    /// The value without members that are `null`, at every depth; elements of arrays keep their places.
    fileprivate var withoutNulls: JSONValue {
        switch self {
        case .object(let members):
            .object(members.filter { $0.value != .null }.map { JSONMember($0.name, $0.value.withoutNulls) })
        case .array(let elements): .array(elements.map(\.withoutNulls))
        default: self
        }
    }
}

extension ExpressionValue {
    /// A value of JSON as an expression sees it.
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .boolean(let boolean): self = .boolean(boolean)
        case .integer(let number): self = ExpressionValue(number)
        case .decimal(let number): self = .decimal(number)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map { ExpressionValue($0) })
        case .object(let members):
            self = .map(ExpressionMap(members.map { ($0.name, ExpressionValue($0.value)) }))
        }
    }
}
