// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import ManagementQueries
internal import WireProtocol

/// The documents that count, as the modules that decide by them read them.
///
/// A document that its module no longer understands, as after an upgrade, is an error: nobody is to be let in because a policy was
/// overlooked.
enum KeptPolicies {
    /// The access policies with their rules, the account management policy as well, in their order.
    static func accessPolicies(issuer: String, in reader: any StoreReader) throws -> [AccessPolicy] {
        try DocumentRecords.all(.policy, in: reader).map { record in
            var members = try record.value(issuer: issuer).members ?? [:]
            var embedded = members["_embedded"]?.members ?? [:]
            embedded["rules"] = .array(
                try DocumentRecords.all(.rule, parentID: record.id, in: reader).map { try $0.value(issuer: issuer) })
            members["_embedded"] = .object(embedded)
            return try AccessPolicy.decode(try JSON.encode(ResourceValue.object(members)))
        }
    }

    /// The network zones.
    static func zones(issuer: String, in reader: any StoreReader) throws -> [NetworkZone] {
        try DocumentRecords.all(.zone, in: reader).map { try NetworkZone.decode(try $0.document(issuer: issuer)) }
    }
}
