// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Languages

/// An administrator's own texts and links for what people are told.
public struct RemediationCustomization: Hashable, Sendable {
    /// A text of the administrator's own.
    public struct Text: Hashable, Sendable {
        /// The text; `{0}` and so on are filled as in the text that it replaces.
        public var message: String
        /// Where a person reads on.
        public var links: [Remediation.Link]

        /// A text.
        public init(message: String, links: [Remediation.Link] = []) {
            self.message = message
            self.links = links
        }
    }

    /// What keys of own texts begin with.
    public static let keyPrefix = "device.assurance.custom.remediation."
    /// The most bytes of a document.
    public static let maximumBytes = 256 * 1024
    private static let maximumTexts = 1024

    /// Own texts by key: ``keyPrefix`` and the key of the text that is replaced, or `PLATFORM.conditionId`, such as
    /// `device.assurance.custom.remediation.ANDROID.Okta:DeviceAssurance.Jailbreak`.
    public var texts: [String: Text]
    /// The organisation's help page.
    public var helpURL: String?

    /// A customization.
    public init(texts: [String: Text] = [:], helpURL: String? = nil) {
        self.texts = texts
        self.helpURL = helpURL
    }

    /// Reads the customization that a JSON document holds.
    ///
    /// - Throws: ``AssurancePolicyError`` naming the member that is not understood.
    public static func decode(_ bytes: [UInt8], name: String) throws(AssurancePolicyError) -> RemediationCustomization {
        try StrictJSON.decode(RemediationCustomization.self, bytes, upTo: maximumBytes, name: name)
    }

    /// Whether a key of an own text is that of a condition (`PLATFORM.conditionId`), and not that of a text or of an own check.
    public static func isKeyOfCondition(_ key: String) -> Bool { key.contains(":") }

    /// An advice in the words that stand here for its key, for people who read another language than the one that it was made in.
    ///
    /// - Parameter language: the language of what this build says in places of the words.
    public func translate(_ remediation: Remediation, in language: Language) -> Remediation {
        let key = remediation.key.hasPrefix(Self.keyPrefix) ? remediation.key : Self.keyPrefix + remediation.key
        guard let text = texts[key] else { return remediation }
        var translated = remediation
        translated.message = Translations.fill(text.message, remediation.parameters(in: language))
        if !text.links.isEmpty { translated.links = text.links }
        return translated
    }

    /// An advice in the administrator's words, where there are some.
    func apply(
        to remediation: Remediation, _ condition: AssuranceCondition, _ platform: DevicePlatform
    ) -> Remediation {
        for suffix in [remediation.key, "\(platform.rawValue).\(condition.id)"] {
            let key = Self.keyPrefix + suffix
            guard let text = texts[key] else { continue }
            var own = Remediation(
                key: key, parameters: remediation.parameters,
                message: Translations.fill(text.message, remediation.parameters), outcome: remediation.outcome,
                links: text.links)
            own.phrases = remediation.phrases
            return own
        }
        return remediation
    }
}

extension RemediationCustomization: Codable {
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: PolicyMember.self)
        try members.allow(["texts", "helpURL"])
        self.init(helpURL: try members.address("helpURL"))
        guard members.contains(PolicyMember("texts")) else { return }
        let inner = try members.nestedContainer(keyedBy: PolicyMember.self, forKey: PolicyMember("texts"))
        guard inner.allKeys.count <= Self.maximumTexts else {
            throw members.refusal("texts", "has more than \(Self.maximumTexts) texts")
        }
        for key in inner.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
            guard key.stringValue.hasPrefix(Self.keyPrefix), key.stringValue.count <= 512 else {
                throw inner.refusal(key.stringValue, "is not a key of an own text; those begin with \(Self.keyPrefix)")
            }
            texts[key.stringValue] = try Self.text(inner.nested(key.stringValue, allowing: ["message", "links"]))
        }
    }

    private static func text(_ members: KeyedDecodingContainer<PolicyMember>) throws -> Text {
        let message = try members.required(String.self, "message")
        guard (1...2048).contains(message.count) else {
            throw members.refusal("message", "must have 1 to 2048 characters")
        }
        let links = try members.objects("links", upTo: 8) { link in
            try link.allow(["url", "label"])
            guard let url = try link.address("url") else { throw link.refusal("url", "is missing") }
            return Remediation.Link(url: url, label: try link.title("label"))
        }
        return Text(message: message, links: links)
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: PolicyMember.self)
        try members.encodeIfPresent(helpURL, forKey: PolicyMember("helpURL"))
        guard !texts.isEmpty else { return }
        var inner = members.nestedContainer(keyedBy: PolicyMember.self, forKey: PolicyMember("texts"))
        for (key, text) in texts {
            var element = inner.nestedContainer(keyedBy: PolicyMember.self, forKey: PolicyMember(key))
            try element.encode(text.message, forKey: PolicyMember("message"))
            if !text.links.isEmpty { try element.encode(text.links, forKey: PolicyMember("links")) }
        }
    }
}

extension KeyedDecodingContainer<PolicyMember> {
    /// The address of a page.
    fileprivate func address(_ name: String) throws -> String? {
        guard let text = try optional(String.self, name) else { return nil }
        guard text.isWebAddress else { throw refusal(name, "is not an address with https, or http, of a page") }
        return text
    }
}
