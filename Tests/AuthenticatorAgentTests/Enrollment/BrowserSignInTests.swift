// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Glibc
import NIOPosix
import Synchronization
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

@Suite struct BrowserSignInTests {
    /// What a browser is sent to, taken apart.
    private struct Visit: Sendable {
        let url: String
        let fields: [String: String]
        var port: Int {
            Int(fields["redirect_uri"]?.split(separator: ":").last?.split(separator: "/").first ?? "") ?? 0
        }
        var state: String { fields["state"] ?? "" }
    }

    /// Enrols with a browser that does what a test tells it.
    private func enroll(
        _ verifier: StubVerifier, browser: @escaping @Sendable (Visit) async throws -> Void
    ) async throws -> Enrollment {
        var parts = verifier.parts()
        parts.progress = { step in
            guard case .signInAt(let url) = step, let query = url.split(separator: "?").last else { return }
            let visit = Visit(url: url, fields: FormEncoding.decode(query) ?? [:])
            Task { try await browser(visit) }
        }
        return try await EnrollmentFlow(parts).enroll(try verifier.wish(.browser))
    }

    private static func get(
        _ visit: Visit, _ query: String, path: String = "/login/callback", host: String? = nil, owner: UInt32? = nil
    ) async throws -> RawHTTPConnection.Answer? {
        let connection = try RawHTTPConnection(port: visit.port, owner: owner)
        connection.request("GET", "\(path)?\(query)", [("Host", host ?? "127.0.0.1:\(visit.port)")])
        return await connection.answer()
    }

    @Test func aSignInBringsATokenThatEnrols() async throws {
        let verifier = try await StubVerifier()
        let seen = Mutex<Visit?>(nil)
        _ = try await enroll(verifier) { visit in
            seen.withLock { $0 = visit }
            let answer = try await Self.get(visit, "code=the%20code&state=\(visit.state)")
            #expect(answer?.status == 200)
            #expect(answer?.headers["content-security-policy"]?.contains("default-src 'none'") == true)
        }
        let visit = try #require(seen.withLock { $0 })
        #expect(visit.url.hasPrefix(verifier.server.origin + "/oauth2/v1/authorize?"))
        #expect(visit.fields["response_type"] == "code")
        #expect(visit.fields["client_id"] == AuthenticatorConfiguration.agentClientID)
        #expect(visit.fields["scope"]?.contains(AuthenticatorConfiguration.enrollScope) == true)
        #expect(visit.fields["code_challenge_method"] == "S256")
        #expect(visit.fields["redirect_uri"] == "http://127.0.0.1:\(visit.port)/login/callback")
        let token = try #require(verifier.server.requests.first { $0.path == "/oauth2/v1/token" })
        let form = try #require(FormEncoding.decode(token.body))
        #expect(form["code"] == "the code")
        #expect(form["redirect_uri"] == visit.fields["redirect_uri"])
        #expect(SHA256.base64URL(of: form["code_verifier"] ?? "") == visit.fields["code_challenge"])
        #expect(try verifier.posted().first?.headers["authorization"] == "Bearer the-token")
    }

    @Test func whatIsNotThisSignInsRedirectIsRefusedAndDoesNotEndIt() async throws {
        let verifier = try await StubVerifier()
        let statuses = Mutex<[Int?]>([])
        _ = try await enroll(verifier) { visit in
            let bad: [(String, String, String?)] = [
                ("code=evil&state=wrong", "/login/callback", nil), ("code=evil", "/login/callback", nil),
                ("code=evil&state=\(visit.state)", "/other", nil), ("state=\(visit.state)", "/login/callback", nil),
                ("code=&state=\(visit.state)", "/login/callback", nil),
                ("code=evil&state=\(visit.state)&state=\(visit.state)", "/login/callback", nil),
                ("code=evil&state=\(visit.state)", "/login/callback", "evil.example.com"),
                ("code=evil&state=\(visit.state)", "/login/callback", "localhost:\(visit.port)"),
            ]
            for (query, path, host) in bad {
                let answer = try await Self.get(visit, query, path: path, host: host)
                statuses.withLock { $0.append(answer?.status) }
            }
            _ = try await Self.get(visit, "code=good&state=\(visit.state)")
        }
        #expect(statuses.withLock { $0 } == Array(repeating: 400, count: 8))
        let token = try #require(verifier.server.requests.first { $0.path == "/oauth2/v1/token" })
        #expect(FormEncoding.decode(token.body)?["code"] == "good")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give sockets away"))
    func anotherUsersBrowserIsNotServed() async throws {
        let verifier = try await StubVerifier()
        let foreign = Mutex<RawHTTPConnection.Answer??>(nil)
        _ = try await enroll(verifier) { visit in
            let answer = try? await Self.get(visit, "code=evil&state=\(visit.state)", owner: 12345)
            foreign.withLock { $0 = .some(answer) }
            _ = try await Self.get(visit, "code=good&state=\(visit.state)")
        }
        #expect(foreign.withLock { $0 } == .some(.none))
        let token = try #require(verifier.server.requests.first { $0.path == "/oauth2/v1/token" })
        #expect(FormEncoding.decode(token.body)?["code"] == "good")
    }

    @Test func aRefusedSignInIsTold() async throws {
        let verifier = try await StubVerifier()
        let error = await #expect(throws: EnrollmentError.self) {
            try await enroll(verifier) { visit in
                _ = try await Self.get(
                    visit, "error=access_denied&error_description=The+device%1B%5B2J+is+locked&state=\(visit.state)")
            }
        }
        #expect(error?.code == .refused)
        #expect(error?.message == "the verifier refused the sign-in: The device[2J is locked")
        #expect(await verifier.keys.all.isEmpty)
    }

    @Test func aCodeOfAnotherIssuerIsNotSent() async throws {
        let verifier = try await StubVerifier()
        let error = await #expect(throws: EnrollmentError.self) {
            try await enroll(verifier) { visit in
                _ = try await Self.get(visit, "code=c&iss=https%3A%2F%2Fevil.example.com&state=\(visit.state)")
            }
        }
        #expect(error?.code == .notAVerifier)
        #expect(!verifier.server.requests.contains { $0.path == "/oauth2/v1/token" })
    }

    @Test(arguments: ["issuer", "authorization_endpoint", "token_endpoint"])
    func metadataThatNameAnotherServerAreRefused(_ member: String) async throws {
        var script = StubVerifier.Script()
        script.foreignMember = member
        let verifier = try await StubVerifier(script)
        let error = await #expect(throws: EnrollmentError.self) {
            try await enroll(verifier) { visit in _ = try await Self.get(visit, "code=c&state=\(visit.state)") }
        }
        #expect(error?.code == .notAVerifier)
        #expect(try verifier.posted().isEmpty)
    }

    @Test(arguments: [
        #"{"access_token":"the-token","token_type":"mac"}"#, #"{"access_token":"a\nX-Evil: b","token_type":"Bearer"}"#,
        #"{"access_token":"","token_type":"Bearer"}"#,
    ])
    func tokenThatCannotBeSentIsRefused(_ token: String) async throws {
        var script = StubVerifier.Script()
        script.token = token
        let verifier = try await StubVerifier(script)
        let error = await #expect(throws: EnrollmentError.self) {
            try await enroll(verifier) { visit in _ = try await Self.get(visit, "code=c&state=\(visit.state)") }
        }
        #expect(error?.code == .refused)
        #expect(try verifier.posted().isEmpty)
    }

    @Test func redirectThatIsPostedIsRefused() async throws {
        let verifier = try await StubVerifier()
        let status = Mutex<Int?>(nil)
        _ = try await enroll(verifier) { visit in
            let connection = try RawHTTPConnection(port: visit.port)
            connection.request(
                "POST", "/login/callback?code=evil&state=\(visit.state)", [("Host", "127.0.0.1:\(visit.port)")])
            let answer = await connection.answer()
            status.withLock { $0 = answer?.status }
            _ = try await Self.get(visit, "code=good&state=\(visit.state)")
        }
        #expect(status.withLock { $0 } == 400)
        let token = try #require(verifier.server.requests.first { $0.path == "/oauth2/v1/token" })
        #expect(FormEncoding.decode(token.body)?["code"] == "good")
    }

    @Test func cancellingStopsListening() async throws {
        let listener = try await RedirectListener.start(state: "s", group: MultiThreadedEventLoopGroup.singleton)
        let port = try #require(Int(listener.redirectURI.split(separator: ":")[2].split(separator: "/")[0]))
        let task = Task { try await listener.wait(atMost: .seconds(60)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await listener.stop()
        #expect(throws: POSIXFailure.self) { try RawHTTPConnection(port: port) }
    }

    @Test func nobodyComingTimesOut() async throws {
        let listener = try await RedirectListener.start(state: "s", group: MultiThreadedEventLoopGroup.singleton)
        let error = await #expect(throws: EnrollmentError.self) {
            try await listener.wait(atMost: .milliseconds(50))
        }
        #expect(error?.code == .cancelled)
        await listener.stop()
    }
}
