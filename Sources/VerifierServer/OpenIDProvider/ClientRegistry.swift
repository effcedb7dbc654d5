// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

/// The clients that are known: those of the configuration, and the agents' own.
package struct ClientRegistry: Sendable {
    private let clients: [String: RegisteredClient]

    /// A registry of these clients, whose ids differ.
    ///
    /// - Parameters:
    ///   - enrollmentProtection: what protection the key needs that signs in to enrol another device.
    ///   - enrollmentMode: what comes of a device that is not compliant where it signs in to enrol another.
    package init(
        _ clients: [RegisteredClient], enrollmentProtection: KeyProtection, enrollmentMode: AssuranceMode
    ) {
        var agent = RegisteredClient.agent
        agent.keyProtection = enrollmentProtection
        agent.assuranceMode = enrollmentMode
        self.clients = Dictionary((clients + [agent]).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The client of an id.
    package func client(_ id: String) -> RegisteredClient? { clients[id] }

    /// The client and redirect URI of an authorization request.
    ///
    /// - Throws: ``UntrustedAuthorizationRequest`` where nobody may be redirected.
    package func recipient(
        of parameters: FormParameters
    ) throws(UntrustedAuthorizationRequest) -> (client: RegisteredClient, redirectURI: String) {
        guard parameters.repeated.isDisjoint(with: ["client_id", "redirect_uri"]) else {
            throw UntrustedAuthorizationRequest("The app names itself or its address more than once.")
        }
        guard let id = parameters["client_id"], let client = client(id) else {
            throw UntrustedAuthorizationRequest("The app is not registered here: its client_id is unknown.")
        }
        guard let redirectURI = parameters["redirect_uri"] else {
            throw UntrustedAuthorizationRequest(
                "The app does not say where to go after the sign-in: redirect_uri is missing.")
        }
        guard client.accepts(redirectURI: redirectURI) else {
            throw UntrustedAuthorizationRequest(
                "The app wants to be sent to an address that is not registered for it to the letter (redirect_uri).")
        }
        return (client, redirectURI)
    }
}
