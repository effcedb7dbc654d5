// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// A request for a spare key whose every value was found acceptable by itself; made by nothing but the check.
struct AddedKeyProposal: Sendable {
    let request: AddKeyRequest
    var key: EnrolledKey

    /// Checks sizes, names and the key.
    ///
    /// - Throws: ``VerifierError`` with status 400.
    init(_ request: AddKeyRequest) throws(VerifierError) {
        self.request = request
        guard TextBounds.isIdentifier(request.requestID, upTo: 128), request.requestID.utf8.count >= 16 else {
            throw Self.refusal("requestId must be 16 to 128 printable ASCII characters")
        }
        let foreign: AttestationStatement?
        switch request.keyType {
        case .proofOfPossession: foreign = request.attestations?.userVerification
        case .userVerification: foreign = request.attestations?.proofOfPossession
        case .clientInstance: throw Self.refusal("keyType must be proofOfPossession or userVerification")
        }
        guard foreign == nil else {
            throw Self.refusal("attestations has a statement under another name than \(request.keyType.rawValue)")
        }
        guard let key = EnrolledKey(request.key), TextBounds.isIdentifier(key.keyID, upTo: 128) else {
            throw Self.refusal("key must have a kid of 1 to 128 printable ASCII characters")
        }
        self.key = key
    }

    /// The statement about the key.
    var attestation: AttestationStatement? {
        request.keyType == .userVerification
            ? request.attestations?.userVerification : request.attestations?.proofOfPossession
    }

    /// The key as this very request added it to an enrolment before, where it did.
    func made(in enrollment: EnrollmentRecord) -> SignInKey? {
        enrollment.signInKeys.first { enrolled in
            enrolled.keyType == request.keyType && enrolled.key.isSameKey(as: key)
                && enrolled.key.addition?.requestID == request.requestID
        }
    }

    private static func refusal(_ summary: String) -> VerifierError {
        VerifierError(400, .validation, "The key is not acceptable: \(summary).")
    }
}
