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

    /// A certificate with some of its bytes replaced; reading one checks no signature.
    private static func changed(_ der: [UInt8], _ bytes: [UInt8], to others: [UInt8]) throws -> [UInt8] {
        let start = try #require(
            der.indices.first { der[$0...].starts(with: bytes) }, "the certificate does not have these bytes")
        return Array(der[..<start]) + others + der[(start + bytes.count)...]
    }

    @Test func noExtensionStandsTwiceInACertificate() throws {
        let der = Array(try CertificateChainTests.vector("two unknown extensions").chain[0])
        #expect(try Certificate(der: der).extensions.map(\.oid) == ["1.2.3.4", "1.2.3.5"])
        let twice = try Self.changed(der, [0x06, 3, 0x2A, 3, 5], to: [0x06, 3, 0x2A, 3, 4])
        #expect(throws: CryptographyError.malformedCertificate) { try Certificate(der: twice) }
    }

    @Test func extensionsThatCannotBeReadAreRefused() throws {
        let der = Array(try CertificateChainTests.vector("one authority too many").chain[2])
        let constraints: [UInt8] = [0x30, 6, 0x01, 1, 0xFF, 0x02, 1, 0]
        let broken = try Self.changed(der, constraints, to: [0x30, 6, 0x01, 1, 0xFF, 0x04, 1, 0])
        #expect(throws: CryptographyError.malformedCertificate) { try Certificate(der: broken) }
    }

    @Test func pemFilesHaveBounds() throws {
        let good = Array(try CertificateChainTests.vector("P-384 root").anchors.utf8)
        let long = [UInt8](repeating: 0x0A, count: 4 * 1024 * 1024) + good
        let many = Array(repeatElement(good, count: 1025).joined())
        #expect(many.count < 4 * 1024 * 1024)
        for pem in [long, many] {
            #expect(throws: CryptographyError.malformedCertificate) { try TrustedCertificates(pem: pem) }
        }
        #expect(try TrustedCertificates(pem: Array(many.dropLast(good.count))).anchors.count == 1024)
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
