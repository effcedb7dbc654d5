// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import WireProtocol

/// A document of a folder of policies.
enum PolicyFile {
    /// An access policy.
    case policy(AccessPolicy)
    /// A password policy.
    case passwords(PasswordPolicy)
    /// A network zone.
    case zone(NetworkZone)

    private struct Kind: Decodable { var type: String? }

    /// Reads a document; its `type` says what it is.
    init(_ name: String, _ bytes: [UInt8]) throws(PolicyDocumentError) {
        let kind = try? JSON.decode(Kind.self, from: bytes, limit: ConfigurationFile.maximumLength)
        if ["IP", "DYNAMIC", "DYNAMIC_V2"].contains(kind?.type?.uppercased()) {
            self = .zone(try NetworkZone.decode(bytes))
            return
        }
        if kind?.type?.uppercased() == "PASSWORD" {
            var policy = try PasswordPolicy.decode(bytes)
            if policy.metadata.id == nil { policy.metadata.id = String(name.dropLast(".json".count)) }
            self = .passwords(policy)
            return
        }
        var policy = try AccessPolicy.decode(bytes)
        if policy.metadata.id == nil { policy.metadata.id = String(name.dropLast(".json".count)) }
        self = .policy(policy)
    }
}
