// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import VerifierServer

@Suite struct PKCETests {
    /// RFC 7636 appendix B.
    @Test func verifiesTheExampleOfTheSpecification() {
        #expect(
            PKCE.verifies(
                "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        )
    }

    @Test(arguments: [
        "", "short", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX+", String(repeating: "a", count: 129),
    ])
    func refusesAnyOtherVerifier(verifier: String) {
        #expect(!PKCE.verifies(verifier, challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"))
    }

    @Test(arguments: [
        String(repeating: "a", count: 42), String(repeating: "a", count: 129), String(repeating: "a", count: 42) + "+",
        String(repeating: "a", count: 42) + "ä",
    ])
    func refusesWhatIsNoVerifierThoughItsDigestIsRight(text: String) {
        #expect(!PKCE.verifies(text, challenge: SHA256.base64URL(of: text)))
    }

    @Test(arguments: ["", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"])
    func knowsWhatIsNoChallenge(text: String) {
        #expect(!PKCE.isChallenge(text))
    }
}
