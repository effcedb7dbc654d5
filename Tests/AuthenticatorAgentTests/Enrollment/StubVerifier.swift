// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import HTTPSClient
import Synchronization
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// A verifier that accepts whom a test tells it to, and the parts of an agent that enrols there.
final class StubVerifier: Sendable {
    /// What a test changes of the verifier's answers.
    struct Script: Sendable {
        var configuration: @Sendable (inout AuthenticatorConfiguration) -> Void = { _ in }
        /// The answer to the enrolment of this number, from 0; `nil` for the usual one.
        var enrollment: @Sendable (Int) -> StubHTTPServer.Answer?? = { _ in nil }
        /// The answer to who asks what an earlier request made: `nil` for the usual one, by what was posted before.
        var finishing: @Sendable (EnrollmentRequest) -> StubHTTPServer.Answer?? = { _ in nil }
        /// The answer to the key of this number, from 0; `nil` for the usual one.
        var addition: @Sendable (Int) -> StubHTTPServer.Answer?? = { _ in nil }
        /// Whether an enrolment is made although its answer is scripted, as when the answer is lost.
        var makesItAllTheSame = false
        /// Whether the answer to an enrolment lists its keys.
        var listsKeys = false
        var deletion: StubHTTPServer.Answer? = StubHTTPServer.Answer(204)
        /// The answer to who asks for the keys; `nil` for the usual one.
        var keyList: @Sendable () -> StubHTTPServer.Answer?? = { nil }
        /// The answer to who removes a key; `nil` for the usual one.
        var keyRemoval: @Sendable () -> StubHTTPServer.Answer?? = { nil }
        var dateField: String?
        /// The member of the OpenID configuration that names another server.
        var foreignMember: String?
        /// The answer of the token endpoint.
        var token = #"{"access_token":"the-token","token_type":"Bearer"}"#
    }

    let server: StubHTTPServer
    let folder: TemporaryFolder
    let keys = ListedKeyStore()
    var keyStores: KeyStores { KeyStores([keys]) }
    let store: SQLiteEnrollmentStore
    let progress = Mutex<[EnrollmentProgress]>([])
    let registry = KeyRegistry()

    init(_ script: Script = Script()) async throws {
        folder = try TemporaryFolder()
        store = try await SQLiteEnrollmentStore.open(folder.path + "/agent.sqlite")
        let challengeKey = JWK(keyID: "k1", publicKey: try PrivateKey.generate(.es256).publicKey)
        let count = Mutex(0)
        let made = Mutex<[String: String]>([:])
        let registry = registry
        server = try StubHTTPServer { request in
            let origin = "http://\(request.headers["host"] ?? "")"
            var headers: [String: String] = [:]
            headers["Date"] = script.dateField
            switch request.path.split(separator: "?").first.map(String.init) ?? "" {
            case "/.well-known/app-authenticator-configuration":
                var configuration = AuthenticatorConfiguration(
                    authenticatorID: "aut1", organizationID: "00o1", name: "Test organisation", issuer: origin,
                    settings: .init(
                        userVerification: "preferred", oauthClientID: AuthenticatorConfiguration.agentClientID),
                    enrollEndpoint: origin + "/idp/myaccount/app-authenticators",
                    pinnedKeySet: PinnedKeySet(sequence: 1, keys: [challengeKey], allowedOrigins: []))
                script.configuration(&configuration)
                let body = try? JSON.encode([configuration])
                return .init(200, headers: headers, body: String(decoding: body ?? [], as: UTF8.self))
            case "/.well-known/openid-configuration":
                func server(_ member: String) -> String {
                    member == script.foreignMember ? "https://other.example.com" : origin
                }
                let members = [
                    "issuer": server("issuer"),
                    "authorization_endpoint": server("authorization_endpoint") + "/oauth2/v1/authorize",
                    "token_endpoint": server("token_endpoint") + "/oauth2/v1/token",
                ]
                return .init(200, body: String(decoding: (try? JSON.encode(members)) ?? [], as: UTF8.self))
            case "/oauth2/v1/token":
                return .init(200, body: script.token)
            case "/idp/myaccount/app-authenticators":
                guard let posted = try? JSON.decode(EnrollmentRequest.self, from: Array(request.body.utf8)) else {
                    return .init(400)
                }
                if request.headers["authorization"]?.hasPrefix("SSWS ") == true {
                    if let scripted = script.finishing(posted) { return scripted }
                    return made.withLock { $0[posted.requestID] }.map { .init(200, body: $0) }
                        ?? Self.refused(404, .enrollmentNotFound)
                }
                let number = count.withLock { count in
                    defer { count += 1 }
                    return count
                }
                let scripted = script.enrollment(number)
                if scripted == nil || script.makesItAllTheSame { registry.enroll(posted.methods.signedNonce.keys) }
                let accepted = Self.accepted(id: "pfd\(number)", keys: script.listsKeys ? registry.entries : nil)
                if scripted == nil || script.makesItAllTheSame {
                    made.withLock { $0[posted.requestID] = $0[posted.requestID] ?? accepted }
                }
                if let scripted { return scripted }
                return .init(201, headers: headers, body: made.withLock { $0[posted.requestID] } ?? accepted)
            case let path where path.contains("/keys"): return registry.answer(to: request, script)
            default: return request.method == "DELETE" ? script.deletion : .init(404)
            }
        }
    }

    static func accepted(id: String, user: String = "00u1", keys: [EnrolledKeyList.Entry]? = nil) -> String {
        let response = EnrollmentResponse(
            id: id, user: .init(id: user, username: "alice"), device: .init(id: "guo1", clientInstanceID: "cli1"),
            methodID: "opf1", keys: keys)
        return String(decoding: (try? JSON.encode(response)) ?? [], as: UTF8.self)
    }

    /// What was said to stay in hardware.
    var remainders: [String] {
        progress.withLock { $0 }.compactMap { step in
            guard case .remains(let remainder) = step else { return nil }
            return remainder
        }
    }

    static func refused(_ status: Int, _ code: ErrorCode) -> StubHTTPServer.Answer {
        let envelope = ErrorEnvelope(code: code, summary: "Because of it.", id: "oae1")
        return .init(status, body: String(decoding: (try? JSON.encode(envelope)) ?? [], as: UTF8.self))
    }

    var lockPath: String { folder.path + "/enroll.lock" }

    func parts(store: (any EnrollmentStore)? = nil) -> EnrollmentFlow.Parts {
        EnrollmentFlow.Parts(
            keys: keyStores, enrollments: store ?? self.store, http: HTTPSClient(),
            presence: { _, _ in ScriptedPresence(newPIN: "123456", fingers: [nil]) }, lockPath: lockPath,
            allow: { _ in }, progress: { step in self.progress.withLock { $0.append(step) } })
    }

    func wish(_ proof: EnrollmentWish.Proof = .code("the-code"), userVerification: Bool = false) throws
        -> EnrollmentWish
    {
        EnrollmentWish(
            address: try IssuerAddress(typed: server.origin), proof: proof, userVerification: userVerification,
            device: DeviceDescription(
                displayName: "desk", osVersion: "12", manufacturer: nil, model: nil, agentVersion: "0.1.0"))
    }

    func enroll(_ proof: EnrollmentWish.Proof = .code("the-code"), userVerification: Bool = false) async throws
        -> Enrollment
    {
        try await EnrollmentFlow(parts()).enroll(try wish(proof, userVerification: userVerification))
    }

    /// The enrolments that were posted; `asking` for those that only ask what an earlier request made.
    func posted(asking: Bool = false) throws -> [(headers: [String: String], body: EnrollmentRequest)] {
        try server.requests.filter { $0.method == "POST" && $0.path == "/idp/myaccount/app-authenticators" }
            .map { ($0.headers, try JSON.decode(EnrollmentRequest.self, from: Array($0.body.utf8))) }
            .filter { ($0.0["authorization"]?.hasPrefix("SSWS ") == true) == asking }
    }

    var recovery: EnrollmentRecovery {
        EnrollmentRecovery(keys: keyStores, enrollments: store, http: HTTPSClient())
    }
}

/// Keys in memory, of which a test sees which there are.
actor ListedKeyStore: KeyStore {
    private var keys: [String: (StoredKey, PrivateKey)] = [:]
    private var obstacle: String?
    nonisolated var kind: KeyKind { .software }

    /// What was asked for so far.
    private(set) var requests: [KeyRequest] = []

    var all: Set<String> { Set(keys.keys) }

    func availability() -> KeyStoreAvailability { obstacle.map { .unavailable(reason: $0) } ?? .available }

    /// Lets no more keys be made.
    func close(because reason: String) { obstacle = reason }

    func generate(_ request: KeyRequest, presence: any UserPresence) async throws -> GeneratedKey {
        requests.append(request)
        if request.isBehindFinger {
            try await presence.verifyFinger()
        } else if request.purpose == .userVerification {
            _ = try await presence.newPIN(minimumLength: 6)
        }
        let key = try PrivateKey.generate(.es256)
        let stored = StoredKey(
            id: try SecureRandom.identifier(), kind: .software, purpose: request.purpose, publicKey: key.publicKey)
        keys[stored.id] = (stored, key)
        return GeneratedKey(stored: stored)
    }

    func open(_ key: StoredKey) throws -> any SigningKey {
        guard let (stored, key) = keys[key.id] else { throw DeviceKeyError(.keyNotFound, "the key is gone") }
        return Opened(stored: stored, key: key)
    }

    func delete(_ key: StoredKey) { keys[key.id] = nil }
    nonisolated func remainder(of key: StoredKey) -> String? {
        key.purpose == .clientInstance ? nil : "a slot keeps \(key.purpose)"
    }
    func deleteAll(except kept: [StoredKey]) { keys = keys.filter { key in kept.contains { $0.id == key.key } } }

    private struct Opened: SigningKey, UnlockedKey {
        let stored: StoredKey
        let key: PrivateKey
        var verification: UserVerificationMethod { .none }
        func unlock(for use: KeyUse, presence: any UserPresence) -> any UnlockedKey { self }
        func sign(
            presence: any UserPresence, _ message: @Sendable () async throws -> [UInt8]
        ) async throws -> [UInt8] { try key.sign(try await message()) }
    }
}

/// A store whose disk is full from some moment on.
struct FullStore: EnrollmentStore {
    struct Full: Error {}
    let store: SQLiteEnrollmentStore
    /// Whether there is room for what is asked, and only none for what came of it.
    var takesPending = false

    func all() async throws -> [Enrollment] { try await store.all() }
    func insert(_ enrollment: Enrollment) async throws { throw Full() }
    func delete(id: String) async throws { throw Full() }
    func advance(issuer: String, from sequence: Int, to pinned: PinnedKeySet) async throws { throw Full() }
    func pending() async throws -> [PendingEnrollment] { try await store.pending() }
    func add(_ pending: PendingEnrollment) async throws {
        guard takesPending else { throw Full() }
        try await store.add(pending)
    }
    func finish(_ pending: PendingEnrollment, as enrollment: Enrollment) async throws { throw Full() }
    func drop(_ pending: PendingEnrollment) async throws { throw Full() }
    func add(_ spare: EnrolledSpare, named name: KeyName?, to enrollmentID: String) async throws {
        guard takesPending else { throw Full() }
        try await store.add(spare, named: name, to: enrollmentID)
    }
    func confirmKey(id: String) async throws { throw Full() }
    func removeKey(id: String) async throws -> Bool { throw Full() }
    func noteAttested(_ attested: [String: Bool]) async throws { throw Full() }
    func nameKey(id: String, _ name: KeyName) async throws { throw Full() }
}
