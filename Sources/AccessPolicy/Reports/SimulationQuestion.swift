// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The body of Okta's `POST /api/v1/policies/simulate`.
public struct SimulationQuestion: Hashable, Sendable {
    /// The app that somebody signs in to.
    public var appInstance: String?
    /// The id of the policy that the app is assigned to, which alone is asked; `nil` to ask all policies in their order.
    public var policyID: String?
    /// The types of policies that are asked about; empty for all.
    public var policyTypes: [String] = []
    /// The person, by id.
    public var userID: String?
    /// The person's groups, by id, in place of the person.
    public var groupIDs: [String]?
    /// The device.
    public var device = AccessRequest.Device()
    /// The address.
    public var address: String?
    /// The zones that the address is in.
    public var zoneIDs: [String] = []
    /// The level of risk.
    public var riskLevel: RiskLevel?

    /// Reads a question.
    ///
    /// - Throws: ``PolicyDocumentError`` with the place.
    public static func decode(_ bytes: [UInt8]) throws(PolicyDocumentError) -> SimulationQuestion {
        try SimulationQuestion(DocumentNode.read(bytes))
    }

    private init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        appInstance = try node.member("appInstance")?.string()
        // Okta's own example has the one, its description the other.
        policyTypes =
            try (node.member("policyTypes") ?? node.member("policyType"))?.strings(atMost: 100).map {
                $0.asciiUppercased
            } ?? []
        guard let context = node.member("policyContext") else { return }
        try context.object()
        userID = try context.member("user")?.member("id")?.string()
        groupIDs = try context.member("groups")?.member("ids")?.strings()
        address = try context.member("ip")?.string()
        zoneIDs = try context.member("zones")?.member("ids")?.strings() ?? []
        let risk = context.member("risk")?.member("level")
        riskLevel = try risk?.string().asciiUppercased == "ANY" ? nil : risk?.choice(RiskLevel.self)
        guard let device = context.member("device") else { return }
        try device.object()
        self.device.registered = try device.member("registered")?.boolean()
        self.device.managed = try device.member("managed")?.boolean()
        if let platform = try device.member("platform")?.choice(OperatingSystemType.self) {
            self.device.system = platform
            self.device.type = [.iOS, .android].contains(platform) ? .mobile : .desktop
        }
        if let id = try device.member("assuranceId")?.string() { self.device.assurance[id] = .compliant }
    }

    /// The question as a request; what it does not say is not known.
    ///
    /// - Parameter user: what is known of a person by their id; `nil` for the id alone.
    public func request(now: Int64, user: (String) -> AccessRequest.User?) -> AccessRequest {
        var request = AccessRequest(now: now)
        request.user = userID.map { user($0) ?? AccessRequest.User(id: $0) }
        if let groupIDs {
            var person = request.user ?? AccessRequest.User(id: nil)
            person.groups = groupIDs.map { AccessRequest.Group(id: $0, name: $0) }
            request.user = person
        }
        request.policyID = policyID
        request.device = device
        request.network.addresses = address.map { [$0] } ?? []
        for id in zoneIDs { request.network.zones[id] = true }
        request.risk.level = riskLevel
        return request
    }
}
