// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import NIOCore
import Synchronization
import Testing
import VerifierServer

/// A browser's tab that keeps cookies, and asks what the sign-in page asks.
final class TestBrowser: Sendable {
    /// The cookies of a browser, the oldest first.
    private final class Jar: Sendable {
        let cookies = Mutex<[(name: String, value: String)]>([])
    }

    private let client: RoutesClient
    private let jar: Jar
    private let place = Mutex("")

    init(_ client: RoutesClient) {
        self.client = client
        jar = Jar()
    }

    private init(sharing other: TestBrowser) {
        client = other.client
        jar = other.jar
    }

    /// Another tab of the same browser.
    func newTab() -> TestBrowser { TestBrowser(sharing: self) }

    /// The query of the sign-in page that the tab shows.
    var query: String { place.withLock { $0 } }

    var cookies: [String: String] {
        Dictionary(jar.cookies.withLock { $0.map { ($0.name, $0.value) } }) { _, last in last }
    }

    /// The cookies of sign-ins under way.
    var signIns: [String] { cookies.keys.filter { $0.contains("cs_transaction") } }

    func setCookie(_ name: String, _ value: String?) {
        jar.cookies.withLock { cookies in
            let index = cookies.firstIndex { $0.name == name }
            switch (index, value) {
            case (let index?, let value?): cookies[index].value = value
            case (let index?, nil): cookies.remove(at: index)
            case (nil, let value?): cookies.append((name, value))
            case (nil, nil): break
            }
        }
    }

    func get(_ uri: String, headers: HTTPFields = [:]) async throws -> RoutesResponse {
        try await send(uri, .get, headers: headers, body: nil)
    }

    func post(_ uri: String, form: [(String, String)], headers: HTTPFields = [:]) async throws -> RoutesResponse {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        let text = form.map { "\(FormParameters.encode($0.0))=\(FormParameters.encode($0.1))" }.joined(separator: "&")
        return try await send(uri, .post, headers: headers, body: ByteBuffer(string: text))
    }

    /// What the page's script sends, and the answer.
    func ask(_ path: String, _ body: String = "{}", headers: HTTPFields = pageHeaders) async throws -> RoutesResponse {
        try await send("/idp/idx/" + path + "?" + query, .post, headers: headers, body: ByteBuffer(string: body))
    }

    static let pageHeaders: HTTPFields = [.contentType: "application/json", HTTPField.Name("X-Countersign")!: "1"]

    func send(
        _ uri: String, _ method: HTTPRequest.Method, headers: HTTPFields, body: ByteBuffer?
    ) async throws -> RoutesResponse {
        var headers = headers
        let cookies = jar.cookies.withLock { $0.map { "\($0.name)=\($0.value)" } }.joined(separator: "; ")
        if !cookies.isEmpty { headers[.cookie] = cookies }
        let response = try await client.execute(uri: uri, method: method, headers: headers, body: body)
        for line in response.headers[values: .setCookie] {
            let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let isGone = line.contains("Max-Age=0")
            setCookie(String(pair[0]), isGone ? nil : String(pair[1]))
        }
        return response
    }

    /// Says who signs in, and gives the challenge that the page would hand to the agent.
    func challenge(for name: String = "alice") async throws -> String {
        let answer = try await ask("identify", #"{"identifier":"\#(name)","rememberMe":false}"#).json()
        return try #require((answer["challenge"] as? [String: Any])?["challengeRequest"] as? String)
    }

    /// Signs in from an authorization request to the app's callback, which it answers.
    func signIn(
        _ parameters: [(String, String)], as agent: SoftwareAgent, name: String = "alice"
    ) async throws -> FormParameters {
        let start = try await authorize(parameters)
        #expect(start.leadsToSignIn)
        #expect(try await agent.answer(try await challenge(for: name), at: client).status == .ok)
        let done = try await ask("authenticators/poll").json()
        #expect(done["state"] as? String == "success")
        let redirect = try #require(done["redirect"] as? String)
        return try await get(redirect).callback()
    }

    func authorize(_ parameters: [(String, String)]) async throws -> RoutesResponse {
        let response = try await get(
            FormParameters.append(parameters.map { ($0.0, $0.1) }, to: "/oauth2/v1/authorize"))
        if response.leadsToSignIn {
            place.withLock { $0 = String(response.headers[.location]?.split(separator: "?").last ?? "") }
        }
        return response
    }

    /// Opens a page of the verifier's that may begin a sign-in.
    func open(_ uri: String) async throws -> RoutesResponse {
        let response = try await get(uri)
        if response.leadsToSignIn {
            place.withLock { $0 = String(response.headers[.location]?.split(separator: "?").last ?? "") }
        }
        return response
    }

    /// Goes on after a sign-in that succeeded, or gives one up.
    func go(_ step: String) async throws -> RoutesResponse { try await get("/oauth2/v1/authorize/\(step)?\(query)") }
}

/// The parameters of an authorization request of the client `app`, changed.
func request(_ changes: [String: String?] = [:]) -> [(String, String)] {
    var parameters: [String: String?] = [
        "client_id": "app", "redirect_uri": "https://app.example/callback", "response_type": "code",
        "scope": "openid profile", "state": "st&te", "nonce": "n0nce",
    ]
    for (name, value) in changes { parameters[name] = value }
    return parameters.compactMap { name, value in value.map { (name, $0) } }.sorted { $0.0 < $1.0 }
}

extension RoutesResponse {
    var text: String { String(buffer: body) }

    /// Whether the browser is sent to the sign-in page.
    var leadsToSignIn: Bool { headers[.location]?.hasPrefix("/signin?sign_in=") == true }

    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any])
    }

    /// The parameters of the app's callback that the browser is sent to.
    func callback(_ base: String = "https://") throws -> FormParameters {
        let location = try #require(headers[.location])
        #expect(status == .seeOther)
        #expect(location.hasPrefix(base))
        let query = location.split(separator: "?", maxSplits: 1).last ?? ""
        return try #require(FormParameters(query))
    }
}
