// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import WebAuthn

@Suite struct RelyingPartyIDTests {
    @Test(arguments: [
        ("https://id.example.com", "id.example.com.countersign.invalid"),
        ("https://ID.Example.com:8443/tenant", "id.example.com.countersign.invalid"),
        ("http://127.0.0.1:8800", "127.0.0.1.countersign.invalid"),
        ("http://[::1]:8800", "--1.countersign.invalid"),
    ])
    func isTheHostBelowADomainThatNoWebSiteHas(issuer: String, id: String) {
        #expect(RelyingPartyID.derived(fromIssuer: issuer) == id)
    }

    @Test(arguments: ["", "id.example.com", "https://", "https:///x", "https://[::1"])
    func aTextWithoutAHostHasNone(issuer: String) {
        #expect(RelyingPartyID.derived(fromIssuer: issuer) == nil)
    }
}
