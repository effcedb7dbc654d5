// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Testing

@Suite struct CertificateTests {
    private static func leaf() throws -> [UInt8] {
        Array(try #require(try CertificateChainTests.vector("a name inside the constraints").chain.first))
    }

    @Test func aCertificateTellsItsParts() throws {
        let vector = try CertificateChainTests.vector("a name inside the constraints")
        let certificate = try Certificate(der: Array(vector.chain[0]))
        #expect(certificate.subject == "CN=Leaf")
        #expect(certificate.issuer == "CN=Middle")
        #expect(certificate.subjectValues(oid: "2.5.4.3") == ["Leaf"])
        #expect(certificate.version == 3)
        #expect(certificate.notBefore == 1_735_689_600)
        #expect(certificate.notAfter == 2_682_374_400)
        #expect(!certificate.isCA && certificate.pathLengthConstraint == nil)
        #expect(certificate.publicKey.algorithm == .es256)
        #expect(!certificate.serialNumber.isEmpty)
        #expect(certificate.maySign)
        #expect(certificate.extensions.map(\.oid) == ["2.5.29.17"])
        #expect(certificate.extensionValue(oid: "2.5.29.17")?.isEmpty == false)
        #expect(certificate.extensionValue(oid: "2.5.29.18") == nil)
        #expect(certificate.isFor(host: "a.example.com"))
        #expect(!certificate.isFor(host: "example.com") && !certificate.isFor(host: "b.a.example.com"))
        #expect(try certificate.keyIdentifier().count == 20)

        let authority = try Certificate(der: Array(try CertificateChainTests.vector("one authority too many").chain[2]))
        #expect(authority.isCA && authority.pathLengthConstraint == 0)
        #expect(authority.extensionNamed("2.5.29.19")?.isCritical == true)
    }

    @Test func bytesThatAreNoCertificateAreRefused() throws {
        let der = try Self.leaf()
        #expect(throws: CryptographyError.malformedCertificate) { try Certificate(der: []) }
        #expect(throws: CryptographyError.malformedCertificate) { try Certificate(der: der + [0]) }
        #expect(throws: CryptographyError.malformedCertificate) {
            try Certificate(der: [UInt8](repeating: 0x30, count: Certificate.maximumLength + 1))
        }
        for length in stride(from: 1, to: der.count, by: 11) {
            #expect(throws: CryptographyError.malformedCertificate) { try Certificate(der: Array(der.prefix(length))) }
        }
    }

    @Test func pemFilesAreReadWithWhatIsBetween() throws {
        let vector = try CertificateChainTests.vector("two roots of one name")
        let text = "a note\n" + vector.anchors + "\nanother\n"
        let trusted = try TrustedCertificates(pem: Array(text.utf8))
        #expect(trusted.anchors.count == 2 && trusted.intermediates.isEmpty)
        #expect(throws: CryptographyError.malformedCertificate) { try Certificate(pem: Array(text.utf8)) }
        let single = try CertificateChainTests.vector("RSA root, P-256 leaf").anchors
        #expect(try Certificate(pem: Array(single.utf8)).isCA)
    }

    @Test func pemFilesWithoutCertificatesOrWithBrokenOnesAreRefused() throws {
        let good = try CertificateChainTests.vector("RSA root, P-256 leaf").anchors
        let broken = good.replacingOccurrences(of: "A", with: "!")
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
        for text in ["", "nothing", broken, good + broken, key, String(good.dropLast(30))] {
            #expect(throws: CryptographyError.malformedCertificate) { try TrustedCertificates(pem: Array(text.utf8)) }
        }
        #expect(try TrustedCertificates(pem: Array((key + good).utf8)).anchors.count == 1)
    }

    @Test func intermediatesInAFileOfRootsAreOnlyHelpers() throws {
        let vector = try CertificateChainTests.vector("an intermediate as anchor")
        let trusted = try TrustedCertificates(pem: Array(vector.anchors.utf8))
        #expect(trusted.isEmpty && trusted.intermediates.count == 1)
        #expect(try !TrustedCertificates(pem: Array(vector.anchors.utf8), allowsPartialChain: true).isEmpty)
    }
}
