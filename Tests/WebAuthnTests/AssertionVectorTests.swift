// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Testing
import WebAuthn

@Suite struct AssertionVectorTests {
    /// An assertion that python-fido2 made and, where it counts, verified (Vectors/assertions.json).
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let publicKey: Data
        let authenticatorData: String
        let clientDataJSON: String
        let signature: String
        let expect: String

        var testDescription: String { name }
        var key: PublicKey { get throws { try PublicKey(subjectPublicKeyInfo: Array(publicKey)) } }
        var assertion: CarriedAssertion {
            get throws {
                CarriedAssertion(
                    authenticatorData: try Base64URL.decode(authenticatorData),
                    clientDataJSON: try Base64URL.decode(clientDataJSON), signature: try Base64URL.decode(signature))
            }
        }
    }

    struct File: Decodable, Sendable {
        let relyingPartyID: String
        let origin: String
        let message: String
        let vectors: [Vector]
    }

    private static let file: File? = {
        guard let url = Bundle.module.url(forResource: "Vectors/assertions", withExtension: "json") else { return nil }
        return try? JSONDecoder().decode(File.self, from: try Data(contentsOf: url))
    }()

    private static let vectors = file?.vectors ?? []

    @Test func theVectorsAreThere() { #expect(Self.vectors.count >= 20) }

    private func word(for facts: AssertionFacts) -> String {
        var words = ["verified"]
        if facts.userPresent { words.append("up") }
        if facts.userVerified { words.append("uv") }
        if facts.isBackupEligible { words.append("be") }
        return (words + ["\(facts.signCount)"]).joined(separator: " ")
    }

    private func word(for error: AssertionError) -> String {
        switch error {
        case .notOurClientData: "notOurClientData"
        case .challengeMismatch: "challengeMismatch"
        case .originMismatch: "originMismatch"
        case .malformedAuthenticatorData(let reason): "malformed \(reason)"
        case .unexpectedCredential: "unexpectedCredential"
        case .relyingPartyMismatch: "relyingPartyMismatch"
        case .signatureMismatch: "signatureMismatch"
        }
    }

    @Test(arguments: vectors)
    func assertionsCountOrNot(vector: Vector) throws {
        let file = try #require(Self.file)
        let assertion = try CarriedAssertion(reading: try vector.assertion.encoded())
        do throws(AssertionError) {
            let key: PublicKey
            do { key = try vector.key } catch { throw .notOurClientData }
            let facts = try assertion.verify(
                with: key, relyingPartyID: file.relyingPartyID, origin: file.origin, message: Array(file.message.utf8))
            #expect(word(for: facts) == vector.expect)
        } catch {
            #expect(word(for: error) == vector.expect)
        }
    }

    @Test func noChangedByteOfAnAssertionPasses() throws {
        let file = try #require(Self.file)
        let vector = try #require(file.vectors.first)
        let good = try vector.assertion
        let members: [WritableKeyPath<CarriedAssertion, [UInt8]>] = [
            \.authenticatorData, \.clientDataJSON, \.signature,
        ]
        for member in members {
            for index in good[keyPath: member].indices {
                var changed = good
                changed[keyPath: member][index] ^= 0x01
                #expect(throws: AssertionError.self) {
                    try changed.verify(
                        with: try vector.key, relyingPartyID: file.relyingPartyID, origin: file.origin,
                        message: Array(file.message.utf8))
                }
            }
        }
    }
}
