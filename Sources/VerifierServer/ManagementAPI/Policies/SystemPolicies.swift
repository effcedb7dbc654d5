// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The policies and rules that are there without anybody's doing.
enum SystemPolicies {
    static let catchAllName = "Catch-all Rule"

    private static let author = "system"

    private static let accountManagement = """
        {"name":"Okta Account Management Policy","type":"ACCESS_POLICY","description":"How people prove who they are when they \
        enrol, remove or recover authenticators."}
        """

    /// What the last rule of a new policy says: nobody whom no rule lets in.
    private static let denyAll = """
        {"name":"\(catchAllName)","type":"ACCESS_POLICY","actions":{"appSignOn":{"access":"DENY"}}}
        """

    /// Makes the account management policy where there is none yet. It denies, and counts only once an administrator changed its
    /// rules (``StoredPolicies``): that somebody looks at the policies changes nothing for anybody.
    static func prepare(_ services: VerifierServices) async throws {
        let isThere = try await services.store.read { try accountManagement(in: $0) != nil }
        if isThere { return }
        let author = DocumentRecords.Author(id: author, now: services.clock.now())
        _ = try await services.store.write(
            telling: services.audit, { $0.map { [DocumentRoutes.event(.create, of: $0)] } ?? [] }
        ) { writer -> DocumentRecord? in
            guard try accountManagement(in: writer) == nil else { return nil }
            let policy = try DocumentRecords.insert(
                .policy, name: "Okta Account Management Policy", body: accountManagement, priority: 1, isSystem: true,
                by: author, in: writer)
            try addCatchAll(to: policy, by: author, in: writer)
            return policy
        }
    }

    /// The account management policy.
    static func accountManagement(in reader: any StoreReader) throws -> DocumentRecord? {
        try DocumentRecords.all(.policy, in: reader).first(where: \.isSystem)
    }

    /// Gives a new policy its last rule, which cannot be deleted.
    static func addCatchAll(
        to policy: DocumentRecord, by author: DocumentRecords.Author, in writer: any StoreWriter
    ) throws {
        _ = try DocumentRecords.insert(
            .rule, parentID: policy.id, name: catchAllName, body: denyAll, priority: DocumentRecords.catchAllPriority,
            isSystem: true, by: author, in: writer)
    }
}
