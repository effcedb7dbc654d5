// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import HTTPTypes
import ManagementQueries
import Testing
import WireProtocol

@testable import VerifierServer

/// An app for administrators, and a program that works on its own: who asks the management API with access tokens.
struct AdministratorsApp: Sendable {
    let verifier: TestVerifier
    let client: RoutesClient
    /// Alice's device.
    let agent: SoftwareAgent

    static let proof = String(repeating: "v", count: 43)
    static let callback = "https://console.example/callback"
    static let toml = """
        [[clients]]
        id = "console"
        type = "public"
        redirect_uris = ["\(callback)"]
        scopes = ["okta.users.manage", "okta.groups.read", "okta.logs.read"]
        [[clients]]
        id = "desk"
        secret = "\(TestVerifier.secret)"
        redirect_uris = ["\(callback)"]
        scopes = ["okta.users.read"]
        [[clients]]
        id = "robot"
        auth = "private_key_jwt"
        jwks_file = "client.jwks"
        service_scopes = ["okta.groups.manage", "okta.logs.read"]

        """

    /// Runs a test in which Alice is an administrator of these scopes, and has a device.
    static func run(
        alice scopes: [String] = ["okta.users.manage", "okta.groups.manage", "okta.logs.read"],
        policies: [String: String] = [:],
        _ test: @escaping @Sendable (AdministratorsApp) async throws -> Void
    ) async throws {
        try await TestVerifier.run(more: toml, policies: policies) { verifier, client in
            let agent = try await verifier.person("alice", client)
            if !scopes.isEmpty {
                try await verifier.services.administrators.set(
                    username: "alice", scopes: scopes.compactMap { APIScope($0) })
            }
            try await test(AdministratorsApp(verifier: verifier, client: client, agent: agent))
        }
    }

    /// What the app asks of the authorization endpoint.
    static func asking(_ scope: String, _ changes: [String: String?] = [:]) -> [(String, String)] {
        var all: [String: String?] = [
            "client_id": "console", "redirect_uri": callback, "scope": scope,
            "code_challenge": SHA256.base64URL(of: proof), "code_challenge_method": "S256",
        ]
        for (name, value) in changes { all[name] = value }
        return request(all)
    }

    /// What the app's callback gets after Alice signed in with her device.
    func signIn(
        _ scope: String, _ changes: [String: String?] = [:], in browser: TestBrowser? = nil
    ) async throws -> FormParameters {
        try await (browser ?? TestBrowser(client)).signIn(Self.asking(scope, changes), as: agent)
    }

    /// Exchanges a code of the app's.
    func redeem(_ code: String?) async throws -> RoutesResponse {
        try await exchange(
            try #require(code), client,
            changes: ["client_id": "console", "redirect_uri": Self.callback, "code_verifier": Self.proof],
            authorization: nil)
    }

    /// The access token of a sign-in of Alice's.
    func accessToken(_ scope: String) async throws -> String {
        try #require(try await redeem(try await signIn(scope)["code"]).json()["access_token"] as? String)
    }

    /// What a client gets with an assertion of its key, and of what it says of itself.
    func service(_ id: String = "robot", scope: String?) async throws -> RoutesResponse {
        let assertion = ClientAuthenticationTests.Assertion(iss: id, sub: id)
        return try await exchange(
            "", client,
            changes: [
                "grant_type": "client_credentials", "code": nil, "redirect_uri": nil, "scope": scope,
                "client_assertion_type": ClientAuthenticator.assertionType,
                "client_assertion": try await TestVerifier.clientKey.compactJWS(assertion, type: "JWT"),
            ], authorization: nil)
    }

    /// The management API, asked with an access token.
    func asker(_ token: String) -> AccessTokenAsker { AccessTokenAsker(app: self, token: token) }
}

/// Who asks the management API with an access token.
struct AccessTokenAsker: Sendable {
    private let administrator: Administrator
    private let headers: HTTPFields

    init(app: AdministratorsApp, token: String) {
        administrator = Administrator(verifier: app.verifier, client: app.client, token: "")
        headers = [.authorization: "Bearer \(token)"]
    }

    func get(_ path: String) async throws -> Administrator.Answer {
        try await administrator.get(path, headers: headers)
    }

    /// Makes somebody.
    func makeUser(_ login: String) async throws -> Administrator.Answer {
        try await administrator.post("/users", ["profile": ["login": .string(login)]], headers: headers)
    }

    /// Makes a group.
    func makeGroup(_ name: String) async throws -> Administrator.Answer {
        try await administrator.post("/groups", ["profile": ["name": .string(name)]], headers: headers)
    }
}
