// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceSignals
import Foundation
import Testing
import WireProtocol

@testable import VerifierServer

/// A verifier's domain with a store, a clock and an audit log of a test's own.
struct VerifierWorld: Sendable {
    static let issuer = "https://id.example.com"
    static let address = "192.0.2.7"

    let folder: TemporaryFolder
    let clock: ManualClock
    let audit: RecordingAuditSink
    let store: SQLiteStore
    let services: VerifierServices

    init(_ configure: (inout VerifierSettings) -> Void = { _ in }) async throws {
        clock = ManualClock()
        audit = RecordingAuditSink()
        folder = try TemporaryFolder()
        try await FirstStore.copy(into: folder.path)
        store = try SQLiteStore(path: folder.file("verifier.sqlite"))
        services = try await Self.services(in: folder, store: store, clock: clock, audit: audit, configure)
    }

    /// A world as it is, served by others.
    init(_ world: VerifierWorld, services: VerifierServices) {
        folder = world.folder
        store = world.store
        self.services = services
        clock = world.clock
        audit = world.audit
    }

    static func services(
        in folder: TemporaryFolder, store: any VerifierStore, clock: ManualClock, audit: RecordingAuditSink,
        _ configure: (inout VerifierSettings) -> Void = { _ in }
    ) async throws -> VerifierServices {
        var settings = try #require(
            VerifierSettings(
                issuer: issuer, organizationID: "00oTest", organizationName: "Test",
                keyFilePath: folder.file("verifier.sqlite.key")))
        settings.allowedOrigins = [try #require(Origin("https://login.example.com"))]
        configure(&settings)
        return try await VerifierServices(
            settings: settings, store: store, clock: clock.verifierClock,
            audit: AuditLog(sink: audit, clock: clock.verifierClock))
    }

    var signIn: any SignInService { services.signIn }

    /// Adds a user and enrols a device for them with a code.
    func enrolledAgent(_ username: String = "alice", verifiesUser: Bool = true) async throws -> TestAgent {
        if try await services.users.find(username: username) == nil {
            _ = try await services.users.add(username: username)
        }
        let agent = try TestAgent(world: self, verifiesUser: verifiesUser)
        let code = try await services.codes.issue(username: username)
        return try await agent.enrolled(by: .code(code))
    }

    /// Begins a sign-in and says who signs in; answers the state handle.
    func signInOf(_ username: String = "alice", _ request: SignInRequest = .fixture()) async throws -> String {
        let handle = try await signIn.begin(request, address: Self.address)
        _ = try await signIn.identify(stateHandle: handle, username: username, address: Self.address)
        return handle
    }

    /// The challenge that a sign-in waits for.
    func challenge(_ handle: String) async throws -> String {
        guard case .challenge(let compact, _, _) = try await signIn.view(stateHandle: handle).view else {
            throw TestFailure("no challenge")
        }
        return compact
    }

    /// Takes the identity of a sign-in that succeeded.
    @discardableResult
    func finish(_ handle: String) async throws -> AuthenticatedIdentity {
        try await store.write { [signIn] in try signIn.finish(stateHandle: handle, in: $0).1 }
    }

    /// Starts a session; answers its secret token.
    func session(of identity: AuthenticatedIdentity) async throws -> String {
        let token = try SecretToken()
        try await store.write { [sessions = services.sessions] in
            try sessions.insert(token, identity: identity, isAssured: true, in: $0)
        }
        return token.text
    }

    /// The authority of a person who signed in to enrol a device.
    func authority(of userID: String, by methods: [String] = ["swk"]) async throws -> EnrollmentAuthority {
        let identity = AuthenticatedIdentity(
            userID: userID, deviceID: nil, enrollmentID: nil, authenticatedAt: clock.now, methods: methods,
            contextClass: nil)
        let token = try await services.sessions.issueAccessToken(
            identity: identity, clientID: AuthenticatorConfiguration.agentClientID,
            scopes: [AuthenticatorConfiguration.enrollScope], lifetime: 600)
        return .accessToken(id: try #require(SecretToken.hash(of: token)))
    }

    func transactionID(_ challenge: String) throws -> String { try UnverifiedChallenge(challenge).claims.transactionID }

    /// Posts a response to its transaction.
    func post(_ response: String, to challenge: String) async throws {
        try await signIn.respond(
            transactionID: try transactionID(challenge), response: response, address: Self.address)
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension SignInRequest {
    static func fixture(
        userVerification: UserVerificationRequirement = .none, userMediation: UserMediation = .none,
        keyProtection: KeyProtection = .any, acceptsEnrollmentCode: Bool = false, requiresAssurance: Bool = false,
        assuranceMode: AssuranceMode? = nil
    ) -> SignInRequest {
        SignInRequest(
            authorization: .fixture, hintedUserID: nil, appName: "Payroll", userVerification: userVerification,
            userMediation: userMediation, keyProtection: keyProtection,
            acceptsEnrollmentCode: acceptsEnrollmentCode, requiresAssurance: requiresAssurance,
            assuranceMode: assuranceMode)
    }
}

extension AuthorizationRequest {
    /// What an app asks.
    static let fixture: AuthorizationRequest = {
        var client = RegisteredClient.agent
        client.id = "app"
        client.isAgent = false
        client.authentication = .clientSecretBasic
        let form = FormParameters("response_type=code&scope=openid&login_hint=alice")
        guard let form,
            let request = try? AuthorizationRequest(form, client: client, redirectURI: "https://app.example/")
        else { preconditionFailure("the request is not acceptable") }
        return request
    }()
}

extension SignInStanding {
    var name: String { view.name }
    var identity: AuthenticatedIdentity? { view.identity }
}

extension SignInView {
    /// The view's name, and the failure's where it is one.
    var name: String {
        switch self {
        case .identify: "identify"
        case .challenge: "challenge"
        case .enrollmentCode: "code"
        case .success: "success"
        case .denied: "denied"
        case .warned: "warned"
        case .failed(let failure): failure.rawValue
        }
    }

    var identity: AuthenticatedIdentity? {
        if case .success(let identity) = self { identity } else { nil }
    }
}
