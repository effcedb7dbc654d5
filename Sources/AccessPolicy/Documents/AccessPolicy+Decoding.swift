// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension AccessPolicy {
    /// The most rules of a policy.
    public static let maximumRules = 5000

    /// Reads a policy as Okta's API writes it.
    ///
    /// Its rules are under `_embedded.rules`, where `?expand=rules` puts them, or under `rules`. Members that are not known
    /// are ignored, but for those of conditions and constraints: what is asked for there and not understood is never met.
    ///
    /// - Throws: ``PolicyDocumentError`` with the place.
    public static func decode(_ bytes: [UInt8]) throws(PolicyDocumentError) -> AccessPolicy {
        try AccessPolicy(DocumentNode.read(bytes))
    }

    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        if let type = node.member("type"), try type.string().asciiUppercased != "ACCESS_POLICY" {
            throw type.error("is not ACCESS_POLICY")
        }
        if let conditions = node.member("conditions"), !conditions.value.isEmpty {
            throw conditions.error("must be null: an access policy has conditions in its rules alone")
        }
        metadata = try PolicyMetadata(node)
        summary = try node.member("description")?.string(atMost: 4096)
        let embedded = node.member("_embedded")
        resourceType = try embedded?.member("resourceType")?.choice(ResourceType.self) ?? .app
        rules = []
        let lists = [embedded?.member("rules"), node.member("rules")].compactMap(\.self)
        if lists.count > 1 { throw lists[1].error("stands beside _embedded.rules; keep one of the two") }
        for rule in try lists.first?.elements(atMost: Self.maximumRules) ?? [] {
            rules.append(try AccessPolicyRule(rule))
        }
    }
}

extension AccessPolicyRule {
    /// Reads a rule as Okta's API writes it.
    ///
    /// - Throws: ``PolicyDocumentError`` with the place.
    public static func decode(_ bytes: [UInt8]) throws(PolicyDocumentError) -> AccessPolicyRule {
        try AccessPolicyRule(DocumentNode.read(bytes))
    }

    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        if let type = node.member("type"), try type.string().asciiUppercased != "ACCESS_POLICY" {
            throw type.error("is not ACCESS_POLICY")
        }
        metadata = try PolicyMetadata(node)
        conditions =
            try node.member("conditions").map { (conditions) throws(PolicyDocumentError) in
                try RuleConditions(conditions)
            } ?? RuleConditions()
        action = try AppSignOnAction(node.required("actions").required("appSignOn"))
    }
}

extension PolicyMetadata {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        id = try node.member("id")?.string()
        name = try node.required("name").string()
        status = try node.member("status")?.choice(PolicyStatus.self) ?? .active
        priority = try node.member("priority")?.integer()
        isSystem = try node.member("system")?.boolean() ?? false
        created = try node.member("created")?.string()
        lastUpdated = try node.member("lastUpdated")?.string()
        links = node.member("_links")?.value
    }
}

extension AppSignOnAction {
    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        access = try node.required("access").choice(PolicyAccess.self)
        verificationMethod = try node.member("verificationMethod").map { (method) throws(PolicyDocumentError) in
            try VerificationMethod(method)
        }
        keepMeSignedIn = try node.member("keepMeSignedIn").map { (answer) throws(PolicyDocumentError) in
            KeepMeSignedIn(
                postAuthentication: try answer.member("postAuth")?.choice(KeepMeSignedIn.PostAuthentication.self),
                promptFrequency: try answer.member("postAuthPromptFrequency")?.duration())
        }
    }
}
