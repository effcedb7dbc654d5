// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Testing
import VerifierServer

@Suite struct BrowserCookiesTests {
    private func attributes(_ line: String) -> [String] {
        line.split(separator: ";").dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }.sorted()
    }

    @Test func cookiesAreForThisHostAndNoScript() async throws {
        try await TestVerifier.run { verifier, client in
            let response = try await TestBrowser(client).authorize(request())
            let line = try #require(response.headers[.setCookie])
            #expect(line.hasPrefix("cs_transaction_"))
            #expect(attributes(line) == ["HttpOnly", "Max-Age=3600", "Path=/", "SameSite=Lax"])
        }
    }

    @Test func cookiesOfHTTPSAreSecureAndBoundToTheHost() async throws {
        try await TestVerifier.run(issuer: "https://id.example.com") { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            let start = try await browser.authorize(request())
            let line = try #require(start.headers[.setCookie])
            #expect(line.hasPrefix("__Host-cs_transaction_"))
            #expect(attributes(line) == ["HttpOnly", "Max-Age=3600", "Path=/", "SameSite=Lax", "Secure"])
            _ = try await browser.signIn(request(), as: agent)
            #expect(browser.cookies["__Host-cs_session"] != nil)
            #expect(browser.cookies["cs_session"] == nil)
        }
    }

    @Test func cookieWithoutThePrefixIsNoCookieOnHTTPS() async throws {
        try await TestVerifier.run(issuer: "https://id.example.com") { verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            _ = try await browser.signIn(request(), as: agent)
            let session = browser.cookies["__Host-cs_session"]
            browser.setCookie("__Host-cs_session", nil)
            browser.setCookie("cs_session", session)
            #expect(try await browser.authorize(request()).leadsToSignIn)
        }
    }

    @Test func stateHandleStandsInNoAddress() async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            let response = try await browser.authorize(request())
            let cookie = try #require(browser.signIns.first)
            let handle = try #require(browser.cookies[cookie])
            #expect(response.headers[.location]?.contains(handle) == false)
            #expect(try await browser.ask("introspect").text.contains(handle) == false)
        }
    }

    @Test func browserKeepsABoundedNumberOfSignIns() async throws {
        try await TestVerifier.run { _, client in
            let browser = TestBrowser(client)
            var tabs: [TestBrowser] = []
            for _ in 0..<20 {
                let tab = browser.newTab()
                _ = try await tab.authorize(request())
                tabs.append(tab)
                #expect(browser.signIns.count <= BrowserCookies.maximumSignIns)
            }
            for tab in tabs.suffix(BrowserCookies.maximumSignIns) {
                #expect(try await tab.ask("introspect").status == .ok)
            }
            #expect(try await tabs[11].ask("introspect").status == .gone)
        }
    }
}
