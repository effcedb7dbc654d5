// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPSClient
internal import WireProtocol

/// The keys of an enrolment (docs/protocol.md §9).
extension VerifierClient {
    /// What became of asking for the removal of a key.
    enum KeyRemovalAnswer: Hashable {
        /// The verifier does not have it, or not any more.
        case gone
        /// The enrolment cannot be without it.
        case isLast(EnrollmentError)
    }

    /// Adds a key; a request whose answer was lost is sent once more, by the same name.
    ///
    /// - Returns: whether the verifier knows by an attestation that the key is in hardware; `nil` where it does not say.
    /// - Throws: ``EnrollmentError``, with ``EnrollmentError/Code/refused`` only where the verifier surely added nothing.
    func add(
        _ request: AddKeyRequest, to enrollmentID: String, by authority: EnrollmentAuthority
    ) async throws -> Bool? {
        let response = try await sendByName(
            HTTPSRequest(
                .post, url(ofEnrollment: enrollmentID) + "/keys",
                headers: [
                    "Authorization": authority.header, "Content-Type": "application/json", "Accept": "application/json",
                ], body: try JSON.encode(request)), proof: authority.proof)
        guard let answer = try? JSON.decode(AddKeyResponse.self, from: response.body), answer.id == request.key.keyID
        else { throw EnrollmentError(.notAVerifier, "the verifier's answer to the new key makes no sense") }
        return answer.attested
    }

    /// The keys that an enrolment signs in with; `nil` where the verifier is of a version that keeps one of each purpose.
    ///
    /// - Throws: ``EnrollmentError``, with ``EnrollmentError/Code/refused`` where the enrolment does not stand.
    func keys(ofEnrollment id: String, token: String) async throws -> EnrolledKeyList? {
        let response = try await send(
            HTTPSRequest(
                .get, url(ofEnrollment: id) + "/keys",
                headers: ["Authorization": "SSWS \(token)", "Accept": "application/json"]))
        guard response.isSuccess else {
            let code = errorCode(of: response)
            if response.status == 404 || response.status == 405, code == nil || code == .notFound { return nil }
            var error = refusal(response, proof: .key)
            // That it was asked too often says nothing of the enrolment.
            if code == .rateLimited { error.code = .failed }
            throw error
        }
        do { return try JSON.decode(EnrolledKeyList.self, from: response.body) } catch {
            throw EnrollmentError(.notAVerifier, "the verifier's list of keys makes no sense: \(error)")
        }
    }

    /// Removes a key from an enrolment; one that is gone already is no error.
    func removeKey(_ keyID: String, ofEnrollment id: String, token: String) async throws -> KeyRemovalAnswer {
        let response = try await send(
            HTTPSRequest(
                .delete, url(ofEnrollment: id) + "/keys/\(FormEncoding.escape(keyID))",
                headers: ["Authorization": "SSWS \(token)", "Accept": "application/json"]))
        if response.isSuccess { return .gone }
        switch errorCode(of: response) {
        case ErrorCode.notFound?: return .gone
        case ErrorCode.userVerificationKeyRequired?:
            return .isLast(
                EnrollmentError(
                    .refused, "your organisation asks for a PIN on this device, and this is the last key that has one",
                    hint: "add another first, with 'agent enroll --add-key \(address.url) --user-verification'"))
        case ErrorCode.validation?: return .isLast(refusal(response, proof: .key))
        default: throw refusal(response, proof: .key)
        }
    }

    private func errorCode(of response: HTTPSResponse) -> ErrorCode? {
        (try? JSON.decode(ErrorEnvelope.self, from: response.body)).map { ErrorCode(rawValue: $0.errorCode) }
    }
}
