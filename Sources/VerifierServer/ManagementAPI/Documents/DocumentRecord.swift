// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import ManagementQueries
internal import WireProtocol

/// A document as it was sent, byte for byte, with what the verifier says of it.
package struct DocumentRecord: StoredRecord, Hashable {
    package static let collection = "documents"

    /// Whether a document counts.
    package enum Status: String, Hashable, Sendable, Codable {
        /// It does.
        case active = "ACTIVE"
        /// It does not, for now.
        case inactive = "INACTIVE"
    }

    /// The document's id.
    package let id: String
    /// What it is.
    package let kind: DocumentKind
    /// The policy that a rule is of.
    package let parentID: String?
    /// Its name, unique among its kind or its policy's rules, in any case.
    package var name: String
    /// Its text, as it was sent.
    package var body: String
    /// How often it was changed.
    package var revision: Int
    /// Whether it counts.
    package var status: Status
    /// Its place among the policies or the policy's rules; the least comes first.
    package var priority: Int?
    /// Whether it is the system's own.
    package let isSystem: Bool
    /// When it was made, in seconds since 1970.
    package let createdAt: Int64
    /// By which token.
    package let createdBy: String
    /// When it was changed last.
    package var updatedAt: Int64
    /// By which token.
    package var updatedBy: String

    package var indexKeys: [IndexSlot: String] {
        [
            .unique: "\(kind.rawValue) \(parentID ?? "-") \(name.lowercased())",
            .first: Self.listKey(kind, parentID: parentID),
        ]
    }

    /// When it was changed last, for people.
    package var updatedAtText: String { Instant(seconds: updatedAt).text }

    static func listKey(_ kind: DocumentKind, parentID: String? = nil) -> String {
        parentID.map { "\(kind.rawValue) \($0)" } ?? kind.rawValue
    }

    /// Members that the verifier says, whatever a client sends.
    private static let ownMembers: Set = [
        "id", "created", "lastUpdated", "createdBy", "createdDate", "lastUpdate", "lastUpdatedBy", "_links",
        "_embedded",
        "status", "priority", "system",
    ]

    /// The members of the document that are its own.
    var content: [String: ResourceValue] {
        get throws {
            let value = try JSON.decode(ResourceValue.self, from: Array(body.utf8))
            return (value.members ?? [:]).filter { !Self.ownMembers.contains($0.key) }
        }
    }

    /// The document as the management API tells of it.
    func value(issuer: String) throws -> ResourceValue {
        var members = try content
        members["id"] = .string(id)
        let (created, updated) = (UserResource.time(createdAt), UserResource.time(updatedAt))
        switch kind {
        case .deviceAssurance, .postureCheck:
            members["createdDate"] = created
            members["createdBy"] = .string(createdBy)
            members["lastUpdate"] = updated
            members["lastUpdatedBy"] = .string(updatedBy)
            if kind == .postureCheck { members["type"] = members["type"] ?? "CUSTOM" }
        case .policy, .rule, .passwordPolicy, .passwordRule, .zone:
            members["created"] = created
            members["lastUpdated"] = updated
            members["status"] = .string(status.rawValue)
            members["system"] = .boolean(isSystem)
            if let priority { members["priority"] = .integer(Int64(priority)) }
        }
        members["_links"] = .object(links(issuer: issuer))
        if kind == .policy {
            members["conditions"] = .null
            members["_embedded"] = ["resourceType": .string(isSystem ? "END_USER_ACCOUNT_MANAGEMENT" : "APP")]
        }
        if let type = kind.policyType { members["type"] = .string(type) }
        if kind == .zone { members["usage"] = members["usage"] ?? "POLICY" }
        return .object(members)
    }

    private func links(issuer: String) -> [String: ResourceValue] {
        let path =
            switch kind {
            case .deviceAssurance: "device-assurances/\(id)"
            case .postureCheck: "device-posture-checks/\(id)"
            case .policy, .passwordPolicy: "policies/\(id)"
            case .rule, .passwordRule: "policies/\(parentID ?? "")/rules/\(id)"
            case .zone: "zones/\(id)"
            }
        let own = "\(issuer)/api/v1/\(path)"
        var methods: [ResourceValue] = ["GET"]
        if !(kind == .policy && isSystem) { methods += kind == .rule && isSystem ? ["PUT"] : ["PUT", "DELETE"] }
        var links: [String: ResourceValue] = ["self": ["href": .string(own), "hints": ["allow": .array(methods)]]]
        if kind.rules != nil {
            links["rules"] = ["href": .string("\(own)/rules"), "hints": ["allow": ["GET", "POST"]]]
        }
        return links
    }

    /// The text of the document with the id and standing that the verifier gives it, as its module reads it.
    package func document(issuer: String) throws -> [UInt8] {
        guard var members = try value(issuer: issuer).members else { return [] }
        members["_links"] = nil
        return try JSON.encode(ResourceValue.object(members))
    }
}

/// A document as it once was.
package struct DocumentVersion: StoredRecord, Hashable {
    package static let collection = "document_versions"
    package static let isRemembered = false

    /// The document's id and the number, padded.
    package let id: String
    /// The document.
    package let documentID: String
    /// Which version.
    package let revision: Int
    /// What was done.
    package let change: DocumentChange
    /// The document's state afterwards; before it, where it was deleted.
    package let record: DocumentRecord
    /// When it is forgotten: only versions of a document that was deleted are.
    var endsAt: Int64?

    package var expiresAt: Int64? { endsAt }

    package var indexKeys: [IndexSlot: String] {
        var keys = [IndexSlot.first: documentID]
        keys[.second] = record.parentID
        return keys
    }

    /// How many versions of a document are kept.
    static let maximumCount = 100
    /// For how long those of a document that was deleted are kept, in seconds.
    static let memory: Int64 = 90 * 86_400

    init(_ record: DocumentRecord, _ change: DocumentChange) {
        id = Self.id(record.id, record.revision)
        documentID = record.id
        revision = record.revision
        self.change = change
        self.record = record
    }

    static func id(_ documentID: String, _ revision: Int) -> String {
        let digits = String(revision)
        return "\(documentID) \(String(repeating: "0", count: max(0, 9 - digits.count)))\(digits)"
    }
}
