// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import CLibcrypto
import Foundation
import Testing

@testable import Cryptography

@Suite struct CertificateChainTests {
    /// A chain that others made, and what `openssl verify` said of it when it was made (Vectors/chains.json).
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let expect: String
        let chain: [Data]
        let anchors: String
        let crls: [Data]
        let time: Int64
        let partial: Bool

        var testDescription: String { name }

        func verdict() throws -> String {
            let trusted = try TrustedCertificates(pem: Array(anchors.utf8), allowsPartialChain: partial)
            // An anchor that is no root belongs among the intermediates where a chain has to end at a root.
            let lists = try crls.map { try CertificateRevocationList(Array($0)) }
            do throws(CertificateChainError) {
                let verified = try UnverifiedCertificateChain(der: chain.map { Array($0) }).verify(
                    against: trusted, at: time, revocation: crls.isEmpty ? .notChecked : .leaf,
                    evidence: RevocationEvidence(lists: lists))
                #expect(verified.path.first == chain.first.map { Array($0) })
                #expect(verified.subjects.count == verified.path.count)
                return "verified"
            } catch {
                #expect(!error.description.isEmpty)
                return if case .violation = error { "violation" } else { Self.names[error] ?? "?" }
            }
        }

        private static let names: [CertificateChainError: String] = [
            .malformed: "malformed", .unsupportedKey: "unsupportedKey", .expired: "expired",
            .notYetValid: "notYetValid", .untrusted: "untrusted", .badSignature: "badSignature", .tooWeak: "tooWeak",
            .revoked: "revoked", .revocationUnknown: "revocationUnknown",
        ]
    }

    private struct File: Decodable { let vectors: [Vector] }

    static let vectors: [Vector] = {
        guard let url = Bundle.module.url(forResource: "Vectors/chains", withExtension: "json"),
            let data = try? Data(contentsOf: url), let file = try? JSONDecoder().decode(File.self, from: data)
        else { return [] }
        return file.vectors
    }()

    static func vector(_ name: String) throws -> Vector { try #require(vectors.first { $0.name == name }) }

    @Test func theVectorsAreThere() { #expect(Self.vectors.count >= 36) }

    @Test(arguments: vectors)
    func chainsCountOrNotAsOpenSSLsCommandSays(vector: Vector) throws {
        #expect(try vector.verdict() == vector.expect)
    }

    @Test func nothingIsTrustedByDefault() throws {
        let vector = try Self.vector("RSA root, P-256 leaf")
        let chain = try UnverifiedCertificateChain(der: vector.chain.map { Array($0) })
        #expect(throws: CertificateChainError.untrusted) { try chain.verify(against: .none, at: vector.time) }
    }

    @Test func aChainHasOneToEightCertificates() throws {
        let leaf = Array(try #require(try Self.vector("RSA root, P-256 leaf").chain.first))
        #expect(throws: CertificateChainError.malformed) { try UnverifiedCertificateChain(der: []) }
        #expect(throws: CertificateChainError.malformed) {
            try UnverifiedCertificateChain(der: .init(repeating: leaf, count: 9))
        }
        _ = try UnverifiedCertificateChain(der: .init(repeating: leaf, count: 8))
    }

    @Test func anyChangedByteOfALeafIsNoticed() throws {
        let vector = try Self.vector("RSA root, P-256 leaf")
        let trusted = try TrustedCertificates(pem: Array(vector.anchors.utf8))
        let der = vector.chain.map { Array($0) }
        for index in der[0].indices {
            var changed = der
            changed[0][index] ^= 0x01
            #expect(throws: CertificateChainError.self) {
                try UnverifiedCertificateChain(der: changed).verify(against: trusted, at: vector.time)
            }
        }
    }

    @Test func aRevocationListHasAtMost64MiB() throws {
        let list = Array(try #require(try Self.vector("on the list").crls.first))
        // What stands behind a list is not read.
        let longest = list + [UInt8](repeating: 0, count: CertificateRevocationList.maximumLength - list.count)
        #expect(CertificateRevocationList.maximumLength == 64 * 1024 * 1024)
        _ = try CertificateRevocationList(longest)
        #expect(throws: CryptographyError.malformedCertificate) { try CertificateRevocationList(longest + [0]) }
    }

    /// OpenSSL 3.0 asks without a lock whether a list is sorted, and sorts it where it is not: nothing may be left to sort when
    /// the list is shared.
    @Test func aRevocationListIsSortedWhenItIsRead() throws {
        let der = try #require(try Self.vector("on a list that is not in order").crls.first)
        let list = try CertificateRevocationList(Array(der))
        #expect(OPENSSL_sk_num(X509_CRL_get_REVOKED(list.pointer)) == 3)
        #expect(OPENSSL_sk_is_sorted(X509_CRL_get_REVOKED(list.pointer)) == 1)
    }

    @Test func policiesAboutRevocationDifferInWhatTheyWantToKnow() throws {
        let vector = try Self.vector("a clean list")
        let trusted = try TrustedCertificates(pem: Array(vector.anchors.utf8))
        let chain = try UnverifiedCertificateChain(der: vector.chain.map { Array($0) })
        let evidence = RevocationEvidence(lists: try vector.crls.map { try CertificateRevocationList(Array($0)) })
        func verified(_ policy: RevocationPolicy, _ evidence: RevocationEvidence) throws -> Bool {
            try chain.verify(against: trusted, at: vector.time, revocation: policy, evidence: evidence)
                .isKnownNotToBeRevoked
        }
        #expect(try verified(.leaf, evidence))
        #expect(try verified(.whereKnown, evidence))
        #expect(try !verified(.whereKnown, RevocationEvidence()))
        #expect(try !verified(.notChecked, evidence))
        #expect(throws: CertificateChainError.revocationUnknown) { try verified(.wholeChain, evidence) }
        #expect(throws: CertificateChainError.revocationUnknown) { try verified(.leaf, RevocationEvidence()) }
    }
}
