// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import DeviceSignals
import FoundationEssentials
import Glibc
import HTTPSClient
import Logging
import NIOPosix
import Synchronization
import TestSupport
import WireProtocol

@testable import AuthenticatorAgent

/// An agent on ports of its own with one enrolment, its verifier's stub, and everything that a test looks at.
final class LoopbackFixture: Sendable {
    let verifier: StubHTTPServer
    private let folder: TemporaryFolder
    let store: SQLiteEnrollmentStore
    let prompt: ScriptedConsent
    let signals = CountingSignals()
    let reports = RecordingReports()
    let keyStore: MemoryKeyStore
    /// Where keys are that are not files; the enrolment has none to begin with.
    let hardware = MemoryKeyStore(kind: .tpm)
    let server: AgentServer
    /// The enrolments of which the agent was told that a key was refused.
    let refusals: RefusedKeys
    let port: Int
    let enrollment: Enrollment
    let challengeKey: InMemorySigner
    let page: String

    static let organization = "00oTest"
    static let user = "00uAlice"

    /// - Parameter change: changes the enrolment before it is stored.
    /// - Parameter respond: what the verifier answers; by default 200 to everything.
    init(
        prompt: ScriptedConsent = ScriptedConsent(), canVerify: Bool = false, pin: String = "123456",
        touch: ScriptedTouch? = nil, allowsLinks: Bool = false, limits: LoopbackLimits = LoopbackLimits(),
        uid: UInt32 = geteuid(),
        settings change: (inout ResponderSettings) -> Void = { _ in },
        respond: @escaping @Sendable (StubHTTPServer.Request) -> StubHTTPServer.Answer? = { _ in .init(200, body: "{}")
        }
    ) async throws {
        let verifier = try StubHTTPServer(respond)
        self.verifier = verifier
        page = verifier.origin
        self.prompt = prompt
        keyStore = MemoryKeyStore(pin: pin, touch: touch)
        challengeKey = InMemorySigner(keyID: "challenge-1", key: try .generate(.es256))
        folder = try TemporaryFolder()
        store = try await SQLiteEnrollmentStore.open(folder.path + "/agent.sqlite")
        enrollment = try await Self.enrollment(
            keyStore, issuer: verifier.origin, pinned: [challengeKey.jwk], canVerify: canVerify)
        try await store.insert(enrollment)
        var settings = ResponderSettings()
        settings.refusalDelay = .milliseconds(50)
        settings.grace = .milliseconds(200)
        change(&settings)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let refusals = RefusedKeys()
        self.refusals = refusals
        server = AgentServer(
            AgentServer.Parts(
                enrollments: store, keyStores: KeyStores([keyStore, hardware]), consent: prompt, signals: signals,
                reports: reports, http: HTTPSClient(), logger: logger,
                linkIssuers: allowsLinks ? [Origin(verifier.origin)!] : [], keyWasRefused: { refusals.note($0) }),
            uid: uid,
            limits: limits,
            settings: settings,
            eventLoop: MultiThreadedEventLoopGroup.singleton.any())
        let address = try await server.start(ports: Array(repeating: 0, count: 8))[0]
        port = Int(address.split(separator: ":")[1])!
    }

    /// Closes all sockets and files: hundreds of tests in one process have no more than it may have.
    deinit {
        verifier.stop()
        Task { [server] in await server.stop() }
    }

    static func enrollment(
        _ keys: MemoryKeyStore, issuer: String, id: String = "pfdTest", organization: String = organization,
        user: String = user, pinned: [JWK], canVerify: Bool = false, createdAt: Int64 = 1
    ) async throws -> Enrollment {
        Enrollment(
            id: id, methodID: "opf-\(id)", issuer: issuer, organizationID: organization, organizationName: "Test",
            userID: user, username: "alice", deviceID: "guoTest", clientInstanceID: "cliTest",
            pinned: PinnedKeySet(sequence: 1, keys: pinned, allowedOrigins: [Origin(issuer)!]),
            proofOfPossession: try await keys.generate(.proofOfPossession, presence: NobodyPresent()),
            userVerification: canVerify ? try await keys.generate(.userVerification, presence: NobodyPresent()) : nil,
            clientInstance: try await keys.generate(.clientInstance, presence: NobodyPresent()), createdAt: createdAt)
    }

    /// The claims of a challenge that every check lets pass, answered without a prompt.
    func claims() -> ChallengeClaims {
        ChallengeClaims(
            issuer: page, issuedAt: AgentClock.system.now(), tokenID: "jti", nonce: UUID().uuidString,
            transactionID: "tx-1", organizationID: Self.organization, userID: Self.user,
            verificationURI: page + "/idp/authenticators/aut/transactions/tx-1/verify", userVerification: .none,
            userMediation: .none, signals: [.platform], loginHint: "alice", appInstanceName: "Wiki",
            allowedOrigins: [Origin(page)!])
    }

    /// Lets pages of another origin bring challenges, too.
    func allow(origin: String) async throws {
        try await store.advance(
            issuer: page, from: 1,
            to: PinnedKeySet(
                sequence: 2, keys: [challengeKey.jwk], allowedOrigins: [Origin(page)!, Origin(origin)!]))
    }

    /// A signed challenge.
    func challenge(_ change: (inout ChallengeClaims) -> Void = { _ in }, signer: InMemorySigner? = nil) async throws
        -> String
    {
        var claims = claims()
        change(&claims)
        return try await (signer ?? challengeKey).compactJWS(claims, type: TokenType.deviceBind)
    }

    /// The header fields that a browser sends with a challenge.
    func headers(origin: String? = nil) -> [(String, String)] {
        [("Host", "localhost:\(port)"), ("Origin", origin ?? page), ("Content-Type", "application/json")]
    }

    /// Sends a request on a connection of its own.
    func ask(
        _ method: String, _ path: String, _ headers: [(String, String)], body: String = ""
    ) async throws -> RawHTTPConnection.Answer? {
        let connection = try RawHTTPConnection(port: port)
        connection.request(method, path, headers, body: body)
        return await connection.answer()
    }

    /// Posts a challenge on a connection of its own.
    func post(_ challenge: String, origin: String? = nil) async throws -> RawHTTPConnection.Answer? {
        let connection = try RawHTTPConnection(port: port)
        send(challenge, on: connection, origin: origin)
        return await connection.answer()
    }

    /// Sends a challenge without waiting for the answer.
    func send(_ challenge: String, on connection: RawHTTPConnection, origin: String? = nil) {
        connection.request(
            "POST", "/challenge", headers(origin: origin), body: #"{"challengeRequest":"\#(challenge)"}"#)
    }

    /// The responses that reached the verifier, in their order.
    func responses(count: Int) async throws -> [UnverifiedResponse] {
        let posts = await verifier.requests(count: count).filter { $0.path.hasSuffix("/verify") }
        return try posts.map {
            try UnverifiedResponse(try JSON.decode(ResponseEnvelope.self, from: Array($0.body.utf8)).challengeResponse)
        }
    }

    /// The one response that reached the verifier, checked under the key that the enrolment has for it.
    func verifiedResponse() async throws -> ResponseClaims? {
        guard let response = try await responses(count: 1).first else { return nil }
        let key: StoredKey? =
            switch response.claims.keyType {
            case .proofOfPossession: enrollment.proofOfPossession
            case .userVerification: enrollment.userVerification
            case .clientInstance: enrollment.clientInstance
            }
        guard let key, response.keyID == key.id else { return nil }
        return try response.verify(with: key.publicKey).claims
    }
}

/// Counts how often signals were read.
final class CountingSignals: SignalSource {
    private let reads = Mutex<[(names: [SignalName], isFresh: Bool)]>([])

    var names: [[SignalName]] { reads.withLock { $0.map(\.names) } }
    var fresh: [Bool] { reads.withLock { $0.map(\.isFresh) } }

    func snapshot(of names: [SignalName], isFresh: Bool) async -> PostureSnapshot {
        reads.withLock { $0.append((names, isFresh)) }
        return PostureSnapshot([.platform: SignalReading(.known(.string("LINUX")), source: "test", collectedAt: 1)])
    }
}

/// What the agent is told of refused keys.
final class RefusedKeys: Sendable {
    private let noted = Mutex<[String]>([])

    /// The ids of their enrolments.
    var all: [String] { noted.withLock { $0 } }

    func note(_ id: String) { noted.withLock { $0.append(id) } }
}
