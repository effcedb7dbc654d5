// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Who asks the management API, and what they may do: a token of a program's, an administrator who signed in to an app, or an app.
struct ManagementCaller: Sendable {
    /// The id of the token, of the person, or of the app.
    let id: String
    /// What they may do.
    let scopes: [APIScope]
    /// Who they are in the log.
    let entity: AuditEvent.Entity
    /// The app by which a person asks.
    var app: String?

    /// The one who presents a token.
    init(_ token: APITokenRecord) {
        id = token.id
        scopes = token.scopes
        entity = .apiToken(token)
    }

    /// An administrator who signed in to an app.
    init(_ user: User, by client: RegisteredClient, scopes: [APIScope]) {
        id = user.id
        self.scopes = scopes
        entity = .user(user)
        app = client.id
    }

    /// An app on its own behalf.
    init(service client: RegisteredClient, scopes: [APIScope]) {
        id = "client \(client.id)"
        self.scopes = scopes
        entity = .app(id: client.id, name: client.name)
    }

    /// Events, with who did it and from where.
    func signed(_ events: [AuditEvent], from address: String) -> [AuditEvent] {
        events.map { event in
            var event = event
            event.actor = entity
            event.address = address
            if let app { event.debugData["app"] = app }
            return event
        }
    }

    /// Whether they may do what a scope names.
    func allows(_ scope: APIScope) -> Bool { scopes.contains { $0.covers(scope) } }
}
