// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import KeyAttestations
import Testing
import WebAuthn

/// A file of statements that others made, and what the verifier must say of each (Vectors/generate.py, Vectors/tpm.py).
struct AttestationVectors: Decodable, Sendable {
    let time: Int64
    let issuer: String
    let challenge: String
    let anchors: String
    let metadataRoot: String?
    let vectors: [AttestationVector]

    static func named(_ name: String) throws -> AttestationVectors {
        let url = try #require(Bundle.module.url(forResource: "Vectors/\(name)", withExtension: "json"))
        return try JSONDecoder().decode(AttestationVectors.self, from: try Data(contentsOf: url))
    }

    /// The vector of a name.
    func vector(_ name: String) throws -> AttestationVector { try #require(vectors.first { $0.name == name }) }
}

/// One statement.
struct AttestationVector: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let format: String
    let publicKey: Data
    let parts: [String: String]
    let x5c: [Data]
    let expect: String
    let purpose: String?
    let time: Int64?
    let anchors: String?
    let allow: [String]?
    // Facts that an accepted statement must tell.
    let verification: String?
    let serial: UInt32?
    let firmware: String?
    let pin: String?
    let touch: String?
    let shape: UInt8?
    let fips: Bool?
    let known: Bool?
    let manufacturer: String?
    let model: String?
    let version: String?
    let description: String?
    // Policy.
    let minimumFirmware: String?
    let crls: [Data]?
    let revocation: String?
    let policies: [String]?
    // TPMs.
    let identity: Identity?
    let secret: String?
    // FIDO metadata.
    let blob: String?
    let number: Int?
    let leastNumber: Int?

    struct Identity: Decodable {
        let endorsementCertificates: [Data]
        let endorsementKey: String
        let attestationKey: String

        func unverified() throws -> UnverifiedTPMIdentity {
            UnverifiedTPMIdentity(
                endorsementCertificates: endorsementCertificates.map { Array($0) },
                endorsementKey: try Base64URL.decode(endorsementKey),
                attestationKey: try Base64URL.decode(attestationKey))
        }
    }

    var testDescription: String { name }
}

extension AttestationVector {
    func evidence() throws -> AttestationEvidence {
        try AttestationEvidence(
            format: try #require(AttestationEvidence.Format(rawValue: format)),
            parts: try parts.mapValues { try Base64URL.decode($0) }, certificates: x5c.map { Array($0) })
    }

    func expectation(_ file: AttestationVectors) throws -> AttestationExpectation {
        var expectation = AttestationExpectation(
            publicKey: try PublicKey(subjectPublicKeyInfo: Array(publicKey)),
            purpose: purpose.flatMap(AttestationExpectation.Purpose.init(rawValue:)) ?? .proofOfPossession,
            challenge: try Base64URL.decode(file.challenge), issuer: file.issuer, time: time ?? file.time)
        if let identity, let secret {
            expectation.activation = TPMActivation(
                identity: try identity.unverified(), secret: SecretBytes(copying: try Base64URL.decode(secret)))
        }
        return expectation
    }

    func policy() throws -> AttestationPolicy {
        AttestationPolicy(
            allowedAAGUIDs: Set((allow ?? []).compactMap(AAGUID.init(_:))),
            minimumYubiKeyFirmware: minimumFirmware.flatMap(FirmwareVersion.init(_:)),
            cardRevocation: revocation.flatMap(RevocationPolicy.init(rawValue:)) ?? .whereKnown,
            cardRevocationEvidence: RevocationEvidence(
                lists: try (crls ?? []).map { try CertificateRevocationList(Array($0)) }),
            cardCertificatePolicies: Set(policies ?? []))
    }

    /// The anchors of the file, or the vector's own, for every kind of hardware, and the vector's metadata.
    func trusted(_ file: AttestationVectors) throws -> TrustAnchors {
        let pem = anchors ?? file.anchors
        let trusted = pem.isEmpty ? TrustedCertificates.none : try TrustedCertificates(pem: Array(pem.utf8))
        var anchors = TrustAnchors(securityKeys: trusted, yubiKeyPIV: trusted, cards: trusted, tpmMakers: trusted)
        if let blob, let root = file.metadataRoot {
            anchors.fidoMetadata = try FIDOMetadata(
                blob: Array(blob.utf8), roots: try TrustedCertificates(pem: Array(root.utf8)), at: time ?? file.time)
            if let leastNumber { try anchors.fidoMetadata?.demandNoOlder(than: leastNumber) }
        }
        return anchors
    }

    /// What the verifier says, in the words of the vectors' `expect`.
    func verdict(_ file: AttestationVectors) throws -> (text: String, key: AttestedKey?) {
        let anchors: TrustAnchors
        do { anchors = try trusted(file) } catch let error as FIDOMetadataError { return (word(for: error), nil) }
        if let number { #expect(anchors.fidoMetadata?.number == number) }
        do throws(AttestationRefusal) {
            let verifier = AttestationVerifier(anchors: anchors, policy: try unwrapped { try policy() })
            let key = try verifier.verify(
                try unwrapped { try evidence() }, expecting: try unwrapped { try expectation(file) })
            return ("\(key.protection.rawValue) \(key.attestationType.rawValue)", key)
        } catch {
            #expect(!error.description.isEmpty)
            return (word(for: error), nil)
        }
    }

    /// A vector that cannot be read is an error of the vectors; `tooLarge` comes from none of them.
    private func unwrapped<Value>(_ body: () throws -> Value) throws(AttestationRefusal) -> Value {
        do { return try body() } catch let error as AttestationRefusal { throw error } catch {
            Issue.record(error)
            throw .tooLarge
        }
    }
}

/// The vectors' word for a refusal.
func word(for refusal: AttestationRefusal) -> String {
    switch refusal {
    case .missing(let part): "missing \(part)"
    case .malformed(let part): "malformed \(part)"
    case .unexpected(let part): "unexpected \(part)"
    case .certificateProfile(let violation): "certificateProfile \(violation.rawValue)"
    case .modelReported(let status): "modelReported \(status)"
    case .firmwareNotAllowed: "firmwareNotAllowed"
    case .chain(let error): "chain \(word(for: error))"
    case .tpm(let violation): "tpm \(violation.rawValue)"
    case .tooLarge: "tooLarge"
    case .unsupportedFormat: "unsupportedFormat"
    case .algorithmMismatch: "algorithmMismatch"
    case .notOurClientData: "notOurClientData"
    case .challengeMismatch: "challengeMismatch"
    case .originMismatch: "originMismatch"
    case .relyingPartyMismatch: "relyingPartyMismatch"
    case .userNotPresent: "userNotPresent"
    case .userNotVerified: "userNotVerified"
    case .verificationNotEnforced: "verificationNotEnforced"
    case .backupEligible: "backupEligible"
    case .keyMismatch: "keyMismatch"
    case .signatureMismatch: "signatureMismatch"
    case .modelMismatch: "modelMismatch"
    case .modelNotAllowed: "modelNotAllowed"
    case .metadataOutdated: "metadataOutdated"
    case .noTrustAnchors: "noTrustAnchors"
    }
}

func word(for error: CertificateChainError) -> String {
    if case .violation = error { return "violation" }
    return names[error] ?? "?"
}

private let names: [CertificateChainError: String] = [
    .malformed: "malformed", .unsupportedKey: "unsupportedKey", .expired: "expired", .notYetValid: "notYetValid",
    .untrusted: "untrusted", .badSignature: "badSignature", .tooWeak: "tooWeak", .revoked: "revoked",
    .revocationUnknown: "revocationUnknown",
]

private func word(for error: FIDOMetadataError) -> String {
    switch error {
    case .tooLong: "blob tooLong"
    case .malformed: "blob malformed"
    case .unsupported: "blob unsupported"
    case .chain(let error): "blob chain \(word(for: error))"
    case .wrongSigner: "blob wrongSigner"
    case .signatureMismatch: "blob signatureMismatch"
    case .olderThanLast: "blob olderThanLast"
    }
}
