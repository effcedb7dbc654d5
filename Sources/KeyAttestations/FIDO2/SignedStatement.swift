// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WebAuthn

/// The statement of an attestation object, with what its signature is over (WebAuthn §8).
struct SignedStatement {
    let object: AttestationObject
    let credential: AuthenticatorData.AttestedCredential
    let clientDataHash: [UInt8]

    /// What a statement whose signature is right comes down to.
    enum Finding: Equatable {
        case none
        case selfSigned
        /// Signed by the first certificate, which is of the right kind and not trusted yet.
        case certificates(UnverifiedCertificateChain)

        static func == (left: Finding, right: Finding) -> Bool {
            switch (left, right) {
            case (.none, .none), (.selfSigned, .selfSigned): true
            default: false
            }
        }
    }

    func verify() throws(AttestationRefusal) -> Finding {
        switch object.format {
        case "packed": try packed()
        case "fido-u2f": try fidoU2F()
        case "none": try none()
        default: throw .unsupportedFormat
        }
    }

    // MARK: - none (WebAuthn §8.7)

    private func none() throws(AttestationRefusal) -> Finding {
        guard object.statement.pairs?.isEmpty == true else { throw .unexpected(part: "attStmt") }
        return .none
    }

    // MARK: - packed (WebAuthn §8.2)

    private func packed() throws(AttestationRefusal) -> Finding {
        let (number, signature) = (object.statement["alg"]?.integer, object.statement["sig"]?.bytes)
        guard let number, let signature, let count = object.statement.pairs?.count else {
            throw .malformed(part: "attStmt")
        }
        guard let algorithm = COSEKey.algorithm(number) else { throw .algorithmMismatch }
        let message = object.authenticatorDataBytes + clientDataHash
        guard object.statement["x5c"] != nil else {
            guard count == 2 else { throw .unexpected(part: "attStmt") }
            guard algorithm == credential.publicKey.algorithm else { throw .algorithmMismatch }
            guard credential.publicKey.verifies(nativeSignature: signature, of: message) else {
                throw .signatureMismatch
            }
            return .selfSigned
        }
        guard count == 3 else { throw .unexpected(part: "attStmt") }
        let chain = try certificates()
        guard chain.leaf.publicKey.algorithm == algorithm else { throw .algorithmMismatch }
        guard chain.leaf.publicKey.verifies(nativeSignature: signature, of: message) else { throw .signatureMismatch }
        try PackedCertificateProfile.check(chain.leaf, aaguid: credential.aaguid)
        return .certificates(chain)
    }

    // MARK: - fido-u2f (WebAuthn §8.6)

    private func fidoU2F() throws(AttestationRefusal) -> Finding {
        guard let signature = object.statement["sig"]?.bytes, object.statement.pairs?.count == 2 else {
            throw .malformed(part: "attStmt")
        }
        let chain = try certificates()
        guard chain.others.isEmpty else { throw .unexpected(part: "x5c") }
        guard case .p256 = chain.leaf.publicKey.material, case .p256(let x, let y) = credential.publicKey.material
        else {
            throw .algorithmMismatch
        }
        // U2F has no models; an identifier here would be one that nobody signed for.
        guard credential.aaguid == .zero else { throw .modelMismatch }
        // The signature is not over flags and counter: they must be those that every U2F key has (CTAP 2.1 §7.2.3).
        guard object.authenticatorData.flags == [.userPresent, .attestedCredentialData],
            object.authenticatorData.signCount == 0
        else { throw .unexpected(part: "authData") }
        let message: [UInt8] =
            [0] + object.authenticatorData.relyingPartyIDHash + clientDataHash + credential.credentialID + [4] + x + y
        guard chain.leaf.publicKey.verifies(nativeSignature: signature, of: message) else { throw .signatureMismatch }
        return .certificates(chain)
    }

    private func certificates() throws(AttestationRefusal) -> UnverifiedCertificateChain {
        guard let values = object.statement["x5c"]?.array else { throw .malformed(part: "x5c") }
        let der = values.compactMap(\.bytes)
        guard der.count == values.count, der.count <= AttestationEvidence.maximumCertificates else {
            throw .malformed(part: "x5c")
        }
        return try UnverifiedCertificateChain(of: der)
    }
}

/// What WebAuthn §8.2.1 wants of the certificate that signs a packed statement.
enum PackedCertificateProfile {
    /// `id-fido-gen-ce-aaguid`.
    static let aaguidExtension = "1.3.6.1.4.1.45724.1.1.4"
    /// Attributes of names (RFC 5280 appendix A.1).
    private static let (country, organization, unit, commonName) = ("2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.3")

    static func check(_ certificate: Certificate, aaguid: AAGUID) throws(AttestationRefusal) {
        guard certificate.version == 3 else { throw .certificateProfile(.version) }
        guard certificate.subjectValues(oid: country).first?.utf8.count == 2,
            certificate.subjectValues(oid: organization).first?.isEmpty == false,
            certificate.subjectValues(oid: unit) == ["Authenticator Attestation"],
            certificate.subjectValues(oid: commonName).first?.isEmpty == false
        else { throw .certificateProfile(.subject) }
        guard !certificate.isCA else { throw .certificateProfile(.isCA) }
        guard let found = certificate.extensionNamed(aaguidExtension) else { return }
        var reader = DERReader(found.value)
        guard !found.isCritical, let bytes = try? reader.contents(DERReader.Tag.octetString), reader.isAtEnd,
            let named = AAGUID(bytes: bytes)
        else { throw .certificateProfile(.modelExtension) }
        guard named == aaguid else { throw .modelMismatch }
    }
}
