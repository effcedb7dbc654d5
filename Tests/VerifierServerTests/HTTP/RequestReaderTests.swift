// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import NIOCore
import Testing
import VerifierServer

@Suite struct RequestReaderTests {
    @Test(arguments: ["/idp/myaccount/app-authenticators", "/oauth2/v1/token", "/oauth2/v1/authorize"])
    func longBodyIsRefused(path: String) async throws {
        try await TestVerifier.run { _, client in
            let isJSON = path.hasPrefix("/idp")
            let response = try await TestBrowser(client).send(
                path, .post,
                headers: [
                    .contentType: isJSON ? "application/json" : "application/x-www-form-urlencoded",
                    .authorization: "OTDT \(String(repeating: "A", count: 24))",
                ], body: ByteBuffer(repeating: 0x61, count: RequestReader.maximumBody + 1))
            #expect(response.status == .contentTooLarge)
        }
    }

    @Test(arguments: ["/oauth2/v1/token", "/oauth2/v1/authorize"])
    func formOfAnotherTypeIsRefused(path: String) async throws {
        try await TestVerifier.run { _, client in
            let response = try await TestBrowser(client).send(
                path, .post, headers: [.contentType: "text/plain"],
                body: ByteBuffer(string: "client_id=spa&grant_type=authorization_code&code=c"))
            #expect(response.status == .unsupportedMediaType || response.text.contains("the form is broken"))
        }
    }

    @Test func nestedJSONDoesNotBringTheServerDown() async throws {
        try await TestVerifier.run { _, client in
            let body = String(repeating: "[", count: 100_000)
            let browser = TestBrowser(client)
            _ = try await browser.authorize(request())
            #expect(try await browser.ask("introspect", body).status == .badRequest)
        }
    }

    @Test func longQueryIsRefused() async throws {
        try await TestVerifier.run { _, client in
            let response = try await TestBrowser(client).get(
                "/oauth2/v1/authorize?x=" + String(repeating: "a", count: 20_000))
            #expect(response.status == .badRequest)
        }
    }

    @Test(arguments: ["a=%", "a=%zz", "a=%ff", String(repeating: "a=b&", count: 65)])
    func brokenFormIsRefused(form: String) {
        #expect(FormParameters(form) == nil)
    }

    @Test func formIsReadAsTheSpecificationSays() throws {
        let form = try #require(FormParameters("a=1+2&b=%C3%A9&c=&d&a=3&=x&e=a=b"))
        #expect(form["b"] == "é")
        #expect(form["c"] == nil)
        #expect(form.contains("c"))
        #expect(form.contains("d"))
        #expect(form["e"] == "a=b")
        #expect(form.repeated == ["a"])
        #expect(FormParameters.decode(Array("1+2".utf8)) == "1 2")
        #expect(FormParameters.encode("a b&é") == "a%20b%26%C3%A9")
    }

    @Test func errorsForPeopleArePages() async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            let page = try await browser.get("/nowhere", headers: [.accept: "text/html,*/*"])
            #expect(page.status == .notFound)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            let long = "/oauth2/v1/authorize?x=" + String(repeating: "a", count: 20_000)
            let refused = try await browser.get(long, headers: [.accept: "text/html"])
            #expect(refused.status == .badRequest)
            #expect(refused.text.contains("<h1>This did not work</h1>"))
            let json = try await browser.get("/nowhere")
            #expect(try json.json()["errorCode"] as? String == "E0000007")
            #expect(try json.json()["errorId"] is String)
        }
    }

    @Test func textOnAPageIsEscaped() {
        #expect(HTML.escape(#"<a href="x" title='y'>&"#) == "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;")
    }
}
