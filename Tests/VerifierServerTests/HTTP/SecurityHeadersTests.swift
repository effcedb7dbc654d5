// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import NIOCore
import Testing
import VerifierServer

@Suite struct SecurityHeadersTests {
    private static func name(_ text: String) -> HTTPField.Name { HTTPField.Name(text)! }

    @Test(arguments: ["/signin", "/livez", "/oauth2/v1/keys", "/nowhere", "/oauth2/v1/authorize", "/oauth2/v1/logout"])
    func everyAnswerForbidsWhatIsNotNeeded(path: String) async throws {
        try await TestVerifier.run { _, client in
            let headers = try await TestBrowser(client).get(path, headers: [.accept: "text/html"]).headers
            let policy = try #require(headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'"))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(policy.contains("base-uri 'none'"))
            #expect(policy.contains("form-action"))
            #expect(!policy.contains("unsafe"))
            #expect(headers[Self.name("Referrer-Policy")] == "no-referrer")
            #expect(headers[.xContentTypeOptions] == "nosniff")
            #expect(headers[Self.name("X-Frame-Options")] == "DENY")
            #expect(headers[.cacheControl] != nil)
            #expect(headers[.strictTransportSecurity] == nil)
        }
    }

    @Test func signInPageReachesThisServerAndTheAgentsPortsAlone() async throws {
        try await TestVerifier.run(more: "[loopback]\nports = [4001, 4002]\n") { _, client in
            let headers = try await TestBrowser(client).get("/signin").headers
            let policy = try #require(headers[.contentSecurityPolicy])
            let directives = policy.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(directives.contains("script-src 'self'"))
            #expect(directives.contains("style-src 'self'"))
            #expect(directives.contains("img-src 'self' data:"))
            #expect(
                directives.contains(
                    "connect-src 'self' http://localhost:4001 http://127.0.0.1:4001 http://localhost:4002 http://127.0.0.1:4002"
                ))
            #expect(headers[Self.name("Permissions-Policy")] == "loopback-network=(self), local-network-access=(self)")
        }
    }

    @Test func httpsIsRemembered() async throws {
        try await TestVerifier.run(issuer: "https://id.example.com") { _, client in
            let headers = try await TestBrowser(client).get("/livez").headers
            #expect(headers[.strictTransportSecurity]?.hasPrefix("max-age=") == true)
        }
    }

    @Test func pageHasNothingInline() async throws {
        try await TestVerifier.run { _, client in
            let page = try await TestBrowser(client).get("/signin").text
            #expect(page.contains("Test &amp; Sons"))
            #expect(!page.contains("<style"))
            #expect(!page.contains("style="))
            #expect(!page.contains("onclick"))
            #expect(!page.contains("http"))
            #expect(page.contains("<noscript>"))
        }
    }

    @Test(arguments: ["signin.css", "signin.js", "accounts.js", "verifier.js", "loopback.js", "texts.js", "icon.svg"])
    func assetsAreServedWithTheirTypeAndTag(name: String) async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            let first = try await browser.get("/signin/assets/" + name)
            #expect(first.status == .ok)
            #expect(first.body.readableBytes > 100)
            let tag = try #require(first.headers[.eTag])
            let again = try await browser.get("/signin/assets/" + name, headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified)
            #expect(again.body.readableBytes == 0)
        }
    }

    @Test(arguments: ["signin.html", "..%2Fsignin.html", "other.js"])
    func nothingElseIsServed(name: String) async throws {
        try await TestVerifier.run { _, client in
            let response = try await TestBrowser(client).get("/signin/assets/" + name)
            #expect(response.status == .notFound)
        }
    }
}
