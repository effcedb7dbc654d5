// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a person can do about one requirement that their device does not meet.
public struct Remediation: Hashable, Sendable {
    /// Whether the requirement is known not to be met, or could not be judged.
    public enum Outcome: String, Hashable, Sendable, Codable {
        /// It is known that the requirement is not met.
        case notMet
        /// It could not be judged; the text says why.
        case indeterminate
    }

    /// Where a person reads on.
    public struct Link: Hashable, Sendable, Codable {
        /// The address of the page.
        public var url: String
        /// The words to click on, where there are some.
        public var label: String?

        /// A link.
        public init(url: String, label: String? = nil) {
            self.url = url
            self.label = label
        }
    }

    /// The stable key of the text, such as
    /// `idx.error.code.access_denied.device_assurance.remediation.linux.device_disk_encrypted`.
    public var key: String
    /// What the text's places are filled with.
    public var parameters: [String]
    /// The text in English: what is wrong and what to do.
    public var message: String
    /// Known not to be met, or not judged.
    public var outcome: Outcome
    /// Where a person reads on.
    public var links: [Link]
    /// Whether a person can do something about it; what is not is for the audit log, and people get the general help alone.
    public var isActionable: Bool
    /// The distribution that the text was chosen for, by its `ID` of os-release(5), where it was.
    public var distribution: String?
    /// The places that are filled with words of this build, which a translation says in its own language.
    var phrases: [Int: Phrase] = [:]

    /// An advice.
    public init(
        key: String, parameters: [String] = [], message: String, outcome: Outcome, links: [Link] = [],
        isActionable: Bool = true, distribution: String? = nil
    ) {
        self.key = key
        self.parameters = parameters
        self.message = message
        self.outcome = outcome
        self.links = links
        self.isActionable = isActionable
        self.distribution = distribution
    }
}

extension Remediation: Codable {
    private enum CodingKeys: String, CodingKey {
        case key, parameters, message, outcome, links, isActionable, distribution, phrases
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            key: try members.decode(String.self, forKey: .key),
            parameters: try members.decode([String].self, forKey: .parameters),
            message: try members.decode(String.self, forKey: .message),
            outcome: try members.decode(Outcome.self, forKey: .outcome),
            links: try members.decodeIfPresent([Link].self, forKey: .links) ?? [],
            isActionable: try members.decodeIfPresent(Bool.self, forKey: .isActionable) ?? true,
            distribution: try members.decodeIfPresent(String.self, forKey: .distribution))
        phrases = try members.decodeIfPresent([Int: Phrase].self, forKey: .phrases) ?? [:]
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(key, forKey: .key)
        try members.encode(parameters, forKey: .parameters)
        try members.encode(message, forKey: .message)
        try members.encode(outcome, forKey: .outcome)
        if !links.isEmpty { try members.encode(links, forKey: .links) }
        if !isActionable { try members.encode(false, forKey: .isActionable) }
        try members.encodeIfPresent(distribution, forKey: .distribution)
        if !phrases.isEmpty { try members.encode(phrases, forKey: .phrases) }
    }
}
