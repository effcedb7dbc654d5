// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension ExpressionContext: Decodable {
    private static let now = "now"
    private static let others: Set<String> = ["groups", "internalProperties", "linkedObjects", now]

    /// Reads a context: an object whose members are the roots (`user`, `device`, …), and beside them `groups`,
    /// `internalProperties`, `linkedObjects` and `now` (ISO 8601; not known if it is left out).
    ///
    /// A member that is null is null, and not unknown: who does not know a value leaves it out.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: AnyKey.self)
        var now: ExpressionTime?
        if let text = try members.decodeIfPresent(String.self, forKey: AnyKey(Self.now)) {
            guard let time = ExpressionTime(iso8601: text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: AnyKey(Self.now), in: members, debugDescription: "not a time such as 2026-09-05T00:00:00Z")
            }
            now = time
        }
        self.init(
            roots: try ExpressionMap(members, except: Self.others),
            groups: try members.decodeIfPresent([GroupMembership].self, forKey: AnyKey("groups")),
            internalProperties: try members.decodeIfPresent(ExpressionMap.self, forKey: AnyKey("internalProperties"))
                ?? [:],
            linkedObjects: try members.decodeIfPresent(ExpressionMap.self, forKey: AnyKey("linkedObjects")) ?? [:],
            now: now)
    }
}

extension ExpressionMap: Decodable {
    /// Reads an object of JSON.
    public init(from decoder: any Decoder) throws { try self.init(decoder.container(keyedBy: AnyKey.self)) }
}

extension GroupMembership: Decodable {
    private enum Member: String, CodingKey { case id, name, type, sourceID = "sourceId", profile }

    /// Reads `{"id": …, "name": …}`, with `type`, `sourceId` and `profile` where they are known.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        self.init(
            id: try members.decode(String.self, forKey: .id), name: try members.decode(String.self, forKey: .name),
            type: try members.decodeIfPresent(Kind.self, forKey: .type) ?? .native,
            sourceID: try members.decodeIfPresent(String.self, forKey: .sourceID),
            profile: try members.decodeIfPresent(ExpressionMap.self, forKey: .profile) ?? [:])
    }
}

extension GroupMembership.Kind: Decodable {}
