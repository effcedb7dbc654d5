// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Testing
import VerifierServer
import WireProtocol

/// A verifier with a store of its own in a folder of the moment, and a clock that is set by hand.
final class TestVerifier: Sendable {
    let configuration: VerifierConfiguration
    let services: VerifierServices
    let audit = RecordingAuditSink()
    let clock = ManualClock(1_800_000_000)
    let directory: String

    static let secret = "0123456789abcdefghijklmnopqrstuv"
    static let clientKey: InMemorySigner = {
        guard let key = try? PrivateKey.generate(.es256) else { preconditionFailure("OpenSSL makes no key") }
        return InMemorySigner(keyID: "client-key", key: key)
    }()

    /// - Parameter policies: documents of a folder of policies, by file name; the policy `rstApp` is every app's where it is there.
    init(
        issuer: String = "http://localhost:8800", more: String = "", policies: [String: String] = [:]
    ) async throws {
        directory = NSTemporaryDirectory() + "verifier-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let keys = try JSON.encode(JWKSet(keys: [Self.clientKey.jwk]))
        try Data(keys).write(to: URL(filePath: directory + "/client.jwks"))
        var toml = Self.toml(issuer) + more
        if !policies.isEmpty {
            try FileManager.default.createDirectory(atPath: directory + "/policies", withIntermediateDirectories: true)
            for (name, text) in policies {
                try Data(text.utf8).write(to: URL(filePath: "\(directory)/policies/\(name)"))
            }
            let standard = policies.values.contains { $0.contains("rstApp") } ? "default = \"rstApp\"\n" : ""
            toml += "[policies]\ndirectory = \"policies\"\n" + standard
        }
        configuration = try VerifierConfiguration(toml: toml, directory: directory)
        try await FirstStore.copy(into: directory)
        services = try await VerifierServices(
            configuration: configuration, clock: clock.verifierClock,
            audit: AuditLog(sink: audit, clock: clock.verifierClock))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Runs a test against the routes.
    static func run(
        issuer: String = "http://localhost:8800", more: String = "", policies: [String: String] = [:],
        _ test: @escaping @Sendable (TestVerifier, RoutesClient) async throws -> Void
    ) async throws {
        let verifier = try await TestVerifier(issuer: issuer, more: more, policies: policies)
        try await test(verifier, verifier.routes)
    }

    /// Who asks its routes.
    var routes: RoutesClient {
        RoutesClient(VerifierApplication(configuration: configuration, services: services).router())
    }

    /// A person with an enrolled device.
    func person(_ username: String = "alice", _ client: RoutesClient) async throws -> SoftwareAgent {
        _ = try await services.users.add(username: username, displayName: "Alice Example")
        let code = try await services.codes.issue(username: username)
        return try await SoftwareAgent.enroll(code: code, at: client)
    }

    static func toml(_ issuer: String) -> String {
        """
        issuer = "\(issuer)"
        organization = { id = "00oTest", name = "Test & Sons" }
        [store]
        path = "verifier.sqlite"
        [sign_in]
        user_verification = "NONE"
        user_mediation = "NONE"
        session_minutes = 60
        [proxies]
        trusted = ["10.0.0.0/8"]
        [[clients]]
        id = "app"
        name = "The App"
        secret = "\(secret)"
        redirect_uris = ["https://app.example/callback", "https://app.example/other?x=1"]
        post_logout_redirect_uris = ["https://app.example/bye"]
        [[clients]]
        id = "poster"
        auth = "client_secret_post"
        secret = "\(secret)"
        redirect_uris = ["https://poster.example/callback"]
        id_token_signed_response_alg = "ES256"
        [[clients]]
        id = "signer"
        auth = "private_key_jwt"
        jwks_file = "client.jwks"
        redirect_uris = ["https://signer.example/callback"]
        [[clients]]
        id = "spa"
        type = "public"
        redirect_uris = ["https://spa.example/callback"]
        [[clients]]
        id = "open"
        secret = "\(secret)"
        redirect_uris = ["https://open.example/callback"]
        assurance = false
        [[clients]]
        id = "strict"
        secret = "\(secret)"
        redirect_uris = ["https://strict.example/callback"]
        user_verification = "REQUIRED"
        [[clients]]
        id = "hardware"
        secret = "\(secret)"
        redirect_uris = ["https://hardware.example/callback"]
        key_protection = "HARDWARE"

        """
    }
}
