// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries

/// `/api/v1/users/{id}/lifecycle/…`. Who is in the state already stays so, without an event: a request may come twice.
struct UserLifecycleRoutes: Sendable {
    let gate: ManagementGate

    /// A change of a user's state.
    private struct Transition: Sendable {
        let name: String
        let origins: Set<User.Status>
        let destination: User.Status
        let event: AuditEventType
    }

    private static let transitions = [
        Transition(
            name: "activate", origins: [.staged, .deactivated], destination: .active, event: .userActivate),
        Transition(
            name: "deactivate", origins: [.active, .staged, .suspended], destination: .deactivated,
            event: .userDeactivate),
        Transition(name: "suspend", origins: [.active], destination: .suspended, event: .userSuspend),
        Transition(name: "unsuspend", origins: [.suspended], destination: .active, event: .userUnsuspend),
    ]

    func add(to router: Router<VerifierRequestContext>) {
        for transition in Self.transitions {
            gate.on(router, .post, "/users/:id/lifecycle/\(transition.name)", .users) { call in
                let now = call.now
                return try await call.change { writer in
                    var user = try UserRoutes.user(call, in: writer)
                    try call.checkMatch(UserResource(user: user, issuer: call.services.settings.issuer).value)
                    let answer = ManagementAnswer(value: [:])
                    if user.status == transition.destination { return answer }
                    guard transition.origins.contains(user.status) else {
                        throw ManagementError.validation(
                            "Cannot \(transition.name) a user in the status \(UserResource.status(user.status))")
                    }
                    try UserDirectory.set(&user, to: transition.destination, at: now, in: writer)
                    return answer.telling(AuditEvent(transition.event, outcome: .success, targets: [.user(user)]))
                }
            }
        }
    }
}
