// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

extension DevicePostureCheck: Codable {
    /// Reads a check and refuses every member and value that is not understood.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: PolicyMember.self)
        try members.allow(
            PlatformSchema.readOnlyMembers.union([
                "id", "name", "description", "variableName", "platform", "type", "mappingType", "query",
                "remediationSettings",
            ]))
        guard let name = try members.title("name") else { throw members.refusal("name", "is missing") }
        let variableName = try members.required(String.self, "variableName")
        guard variableName.isVariableName else {
            throw members.refusal("variableName", "must have 1 to 128 letters, digits, dots, hyphens or underscores")
        }
        guard let platform = try members.choice(DevicePlatform.self, "platform"), Self.platforms.contains(platform)
        else { throw members.refusal("platform", "must be LINUX, MACOS or WINDOWS") }
        guard let mapping = try members.choice(MappingType.self, "mappingType") else {
            throw members.refusal("mappingType", "is missing")
        }
        self.init(
            id: try members.title("id") ?? variableName, name: name, variableName: variableName, platform: platform,
            kind: try members.choice(Kind.self, "type") ?? .custom, mappingType: mapping,
            query: try Self.query(members))
        description = try members.optional(String?.self, "description") ?? nil
        if let description, description.count > 1024 {
            throw members.refusal("description", "is longer than 1024 characters")
        }
        if try members.contains(PolicyMember("remediationSettings"))
            && !members.decodeNil(forKey: PolicyMember("remediationSettings"))
        {
            let settings = try members.nested("remediationSettings", allowing: ["message", "link"])
            message = try Self.advice(settings, "message", builtIn: "defaultI18nKey", custom: "customText")
            link = try Self.advice(settings, "link", builtIn: "defaultUrl", custom: "customUrl")
            if case .custom(let text) = link { link = .custom(text.withScheme) }
            for case .some(let address) in [link.text] where !address.isWebAddress {
                throw settings.refusal("link", "is not an address with https, or http, of a page")
            }
        }
    }

    private static func query(_ members: KeyedDecodingContainer<PolicyMember>) throws -> String {
        let query = try members.required(String.self, "query")
        guard query.utf8.count <= maximumQueryLength else {
            throw members.refusal("query", "is longer than \(maximumQueryLength) bytes")
        }
        guard query.utf8.last == UInt8(ascii: ";"), query.utf8.contains(where: { $0 > 32 && $0 != 59 }) else {
            throw members.refusal("query", "must be a statement that ends with ;")
        }
        return query
    }

    /// A part of the advice, of which at most one of two members has a text.
    private static func advice(
        _ settings: KeyedDecodingContainer<PolicyMember>, _ name: String, builtIn: String, custom: String
    ) throws -> Advice {
        guard settings.contains(PolicyMember(name)), try !settings.decodeNil(forKey: PolicyMember(name)) else {
            return .nothing
        }
        let inner = try settings.nested(name, allowing: [builtIn, custom])
        func text(_ member: String) throws -> String? {
            guard let text = try inner.optional(String?.self, member) ?? nil, !text.isEmpty else { return nil }
            guard text.count <= 1024 else { throw inner.refusal(member, "is longer than 1024 characters") }
            return text
        }
        switch (try text(builtIn), try text(custom)) {
        case (nil, nil): return .nothing
        case (let key?, nil): return .builtIn(key)
        case (nil, let text?): return .custom(text)
        case (.some, .some): throw inner.refusal(custom, "cannot stand beside \(builtIn)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: PolicyMember.self)
        let texts = [
            ("id", id), ("name", name), ("variableName", variableName), ("platform", platform.rawValue),
            ("type", kind.rawValue), ("mappingType", mappingType.rawValue), ("query", query),
        ]
        for (member, text) in texts { try members.encode(text, forKey: PolicyMember(member)) }
        try members.encodeIfPresent(description, forKey: PolicyMember("description"))
        var settings = members.nestedContainer(
            keyedBy: PolicyMember.self, forKey: PolicyMember("remediationSettings"))
        func write(_ name: String, _ advice: Advice, builtIn: String, custom: String) throws {
            var inner = settings.nestedContainer(keyedBy: PolicyMember.self, forKey: PolicyMember(name))
            try inner.encode(advice.builtInText, forKey: PolicyMember(builtIn))
            try inner.encode(advice.customText, forKey: PolicyMember(custom))
        }
        try write("message", message, builtIn: "defaultI18nKey", custom: "customText")
        try write("link", link, builtIn: "defaultUrl", custom: "customUrl")
    }

    /// Reads the check that a JSON document holds.
    ///
    /// - Parameters:
    ///   - bytes: the document.
    ///   - name: its name, for the error.
    /// - Throws: ``AssurancePolicyError`` naming the member that is not understood.
    public static func decode(_ bytes: [UInt8], name: String) throws(AssurancePolicyError) -> DevicePostureCheck {
        try StrictJSON.decode(DevicePostureCheck.self, bytes, upTo: maximumBytes, name: name)
    }
}

extension DevicePostureCheck.Advice {
    /// The text, whoever wrote it.
    var text: String? { builtInText ?? customText }

    /// The key or address that comes with the product.
    var builtInText: String? { if case .builtIn(let text) = self { text } else { nil } }

    /// The administrator's own text or address.
    var customText: String? { if case .custom(let text) = self { text } else { nil } }
}

extension String {
    /// The address with `https` where it names none, as Okta's own examples have it; anything else as it is.
    fileprivate var withScheme: String {
        guard let first = utf8.first, (0x30...0x39).contains(first) || (0x61...0x7A).contains(first | 0x20),
            !utf8.contains(UInt8(ascii: ":")), prefix(while: { $0 != "/" }).contains(".")
        else { return self }
        return "https://" + self
    }

    /// Whether it is the absolute address of a page, without anything that a page could take for markup or script.
    var isWebAddress: Bool {
        let scheme = hasPrefix("https://") ? 8 : hasPrefix("http://") ? 7 : 0
        return scheme > 0 && utf8.count > scheme && utf8.count <= 2048
            && utf8.allSatisfy { $0 > 32 && $0 < 127 && ![34, 39, 60, 62, 92, 96].contains($0) }
    }
}
