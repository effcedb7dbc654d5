// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import BrowserPolicies

/// What the policies grant, and to whom.
@Suite struct PolicyDocumentTests {
    @Test func chromiumIsToldOriginsAndNothingMore() throws {
        let document = try PolicyTree.document("https://sso.example.org:8443", "https://id.example.com")
        #expect(
            String(decoding: document.chromiumFile(), as: UTF8.self) == """
                {
                  "LoopbackNetworkAllowedForUrls" : [
                    "https://id.example.com",
                    "https://sso.example.org:8443"
                  ]
                }

                """)
    }

    @Test func olderChromiumIsToldWhereThatIsWanted() throws {
        let document = try PolicyTree.document("https://id.example.com", older: true)
        #expect(document.policyNames == ["LocalNetworkAccessAllowedForUrls", "LoopbackNetworkAllowedForUrls"])
        #expect(String(decoding: document.chromiumFile(), as: UTF8.self).contains("LocalNetworkAccessAllowedForUrls"))
    }

    @Test func firefoxIsToldHosts() throws {
        let document = try PolicyTree.document(
            "https://id.example.com:8443", "https://id.example.com", "https://[::1]:1")
        #expect(
            String(decoding: document.firefoxFile(), as: UTF8.self) == """
                {
                  "policies" : {
                    "LocalNetworkAccess" : {
                      "SkipDomains" : [
                        "::1",
                        "id.example.com"
                      ]
                    }
                  }
                }

                """)
    }

    @Test func pageWithoutTLSIsGrantedNothing() throws {
        let origin = try #require(Origin("http://id.example.com"))
        #expect(throws: PolicyRefusal.insecure(origin)) { try PolicyTree.document("http://id.example.com") }
        #expect(try PolicyTree.document("http://localhost:8080").origins.count == 1)
    }

    @Test func numberOfOriginsHasABound() throws {
        #expect(throws: PolicyRefusal.noOrigin) { try PolicyDocument(origins: [], forOlderBrowsers: false) }
        let origins = (1...65).compactMap { Origin("https://h\($0).example.com") }
        #expect(throws: PolicyRefusal.tooManyOrigins) {
            try PolicyDocument(origins: origins, forOlderBrowsers: false)
        }
        #expect(try PolicyDocument(origins: Array(origins.dropLast()), forOlderBrowsers: false).origins.count == 64)
    }
}
