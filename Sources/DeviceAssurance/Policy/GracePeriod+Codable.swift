// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension GracePeriod: Codable {
    private enum Kind: String, CaseIterable, Codable {
        case byDateTime = "BY_DATE_TIME"
        case byDuration = "BY_DURATION"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: PolicyMember.self)
        try members.allow(["type", "expiry"])
        let text = try Self.expiry(members)
        switch try members.choice(Kind.self, "type") {
        case .byDateTime:
            guard let time = Timestamp(text) else {
                throw members.refusal("expiry", "is not a time such as 2026-09-05T00:00:00Z")
            }
            self = .byDateTime(time)
        case .byDuration:
            guard let duration = ISO8601Duration(text) else {
                throw members.refusal("expiry", "is not a duration such as P7D, of at most 100 years")
            }
            self = .byDuration(duration)
        case nil: throw members.refusal("type", "is missing")
        }
    }

    /// The expiry as text, as Okta's documentation has it, or in an object as Okta's own clients write it.
    private static func expiry(_ members: KeyedDecodingContainer<PolicyMember>) throws -> String {
        guard let inner = try? members.nestedContainer(keyedBy: PolicyMember.self, forKey: PolicyMember("expiry"))
        else { return try members.required(String.self, "expiry") }
        try inner.allow(["value"])
        return try inner.required(String.self, "value")
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: PolicyMember.self)
        switch self {
        case .byDateTime(let time):
            try members.encode(Kind.byDateTime, forKey: PolicyMember("type"))
            try members.encode(time.text, forKey: PolicyMember("expiry"))
        case .byDuration(let duration):
            try members.encode(Kind.byDuration, forKey: PolicyMember("type"))
            try members.encode(duration.text, forKey: PolicyMember("expiry"))
        }
    }
}
