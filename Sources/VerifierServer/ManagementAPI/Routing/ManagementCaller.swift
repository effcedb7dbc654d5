// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Who asks the management API, and what they may do: a token of a program's, or an administrator who signed in.
struct ManagementCaller: Sendable {
    /// The id of the token, or of the person.
    let id: String
    /// What they may do.
    let scopes: [APIScope]
    /// Who they are in the log.
    let entity: AuditEvent.Entity

    /// The one who presents a token.
    init(_ token: APITokenRecord) {
        id = token.id
        scopes = token.scopes
        entity = .apiToken(token)
    }

    /// Whether they may do what a scope names.
    func allows(_ scope: APIScope) -> Bool { scopes.contains { $0.covers(scope) } }
}
