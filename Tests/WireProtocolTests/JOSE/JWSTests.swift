// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@Suite struct JWSTests {
    private struct Claims: Codable, Equatable { var text: String }

    @Test(arguments: SignatureAlgorithm.allCases)
    func signedTokenVerifiesUnderItsKeyAlone(algorithm: SignatureAlgorithm) async throws {
        let key = try PrivateKey.generate(algorithm)
        let compact = try await InMemorySigner(keyID: "k", key: key).compactJWS(Claims(text: "ä"), type: "t")
        let jws = try UnverifiedJWS(compact)
        try jws.verify(type: "t", with: key.publicKey)
        #expect(try jws.claims(Claims.self) == Claims(text: "ä"))
        #expect(jws.header.keyID == "k")
        let other = try PrivateKey.generate(algorithm)
        #expect(throws: JWSError.signatureMismatch) { try jws.verify(type: "t", with: other.publicKey) }
    }

    @Test func oneByteOverTheLimitIsNotLookedAt() {
        let text = String(repeating: "a", count: UnverifiedJWS.maximumLength + 1)
        #expect(throws: JWSError.tooLong) { try UnverifiedJWS(text) }
    }

    @Test func payloadOfAnotherShapeIsMalformed() async throws {
        let signer = InMemorySigner(keyID: "k", key: try .generate(.es256))
        let jws = try UnverifiedJWS(try await signer.compactJWS(["a"], type: "t"))
        #expect(throws: JWSError.malformed) { try jws.claims(Claims.self) }
    }

    @Test func deeplyNestedHeaderIsMalformedAndDoesNotCrash() {
        let deep = String(repeating: "[", count: 20_000)
        let compact = Base64URL.encode(deep.utf8) + "." + Base64URL.encode("{}".utf8) + "." + "AA"
        #expect(throws: JWSError.malformed) { try UnverifiedJWS(compact) }
    }

    @Test func thumbprintIsThatOfRFC7638() throws {
        // RFC 7638 §3.1.
        let modulus =
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
            + "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
            + "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
            + "kEgU8awapJzKnqDKgw"
        let key = try PublicKey(.rsa(modulus: try Base64URL.decode(modulus), exponent: [1, 0, 1]))
        #expect(JWK(keyID: nil, publicKey: key).thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    @Test func aNameThatTwoKeysBearNamesNone() throws {
        let first = JWK(keyID: "a", publicKey: try PrivateKey.generate(.es256).publicKey)
        let second = JWK(keyID: "a", publicKey: try PrivateKey.generate(.es256).publicKey)
        #expect(JWKSet(keys: [first]).key(named: "a") == first.publicKey)
        #expect(JWKSet(keys: [first, second]).key(named: "a") == nil)
        #expect(JWKSet(keys: [first]).key(named: "b") == nil)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func keySurvivesJSON(algorithm: SignatureAlgorithm) throws {
        let key = JWK(
            keyID: "a", publicKey: try PrivateKey.generate(algorithm).publicKey, use: "sig",
            claimedProtection: "SOFTWARE")
        #expect(try JSON.decode(JWK.self, from: try JSON.encode(key)) == key)
    }
}
