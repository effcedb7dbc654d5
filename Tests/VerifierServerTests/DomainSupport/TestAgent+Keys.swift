// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

/// A key that an agent made to be a spare.
struct SpareKey: Sendable {
    let signer: InMemorySigner
    let key: PrivateKey
    let keyType: ResponseKeyType
    let requestID: String

    init(_ keyType: ResponseKeyType = .proofOfPossession) throws {
        key = try PrivateKey.generate(.es256)
        signer = InMemorySigner(keyID: try SecureRandom.identifier(), key: key)
        self.keyType = keyType
        requestID = try SecureRandom.identifier()
    }
}

extension TestAgent {
    /// The claims of an honest token about the enrolment.
    func updateClaims() throws -> EnrollmentUpdateClaims {
        guard let enrollment else { throw TestFailure("not enrolled") }
        return EnrollmentUpdateClaims(
            enrollmentID: enrollment.id, audience: VerifierWorld.issuer, userID: enrollment.user.id,
            issuedAt: world.clock.now, tokenID: try SecureRandom.identifier())
    }

    /// A token about the enrolment: by the client instance key unless another is named.
    func update(
        by signer: InMemorySigner? = nil, type: String = TokenType.enrollmentUpdate,
        changed change: (inout EnrollmentUpdateClaims) -> Void = { _ in }
    ) async throws -> String {
        var claims = try updateClaims()
        change(&claims)
        return try await (signer ?? clientInstance).compactJWS(claims, type: type)
    }

    /// A fresh sign-in of the enrolment's person.
    func authority() async throws -> EnrollmentAuthority {
        try await world.authority(of: try #require(enrollment).user.id)
    }

    /// Asks to add a spare, honestly but for what is given or changed.
    @discardableResult
    func add(
        _ spare: SpareKey, by authority: EnrollmentAuthority? = nil, update: String? = nil,
        at services: VerifierServices? = nil, changed change: (inout AddKeyRequest) throws -> Void = { _ in }
    ) async throws -> AddKeyResponse {
        let token: String
        if let update { token = update } else { token = try await self.update() }
        var request = AddKeyRequest(
            requestID: spare.requestID, update: token, keyType: spare.keyType, key: spare.signer.jwk)
        try change(&request)
        let given: EnrollmentAuthority
        if let authority { given = authority } else { given = try await self.authority() }
        return try await (services ?? world.services).enrollment.addKey(
            request, to: try #require(enrollment).id, authority: given, address: VerifierWorld.address)
    }

    /// Makes a spare and adds it.
    func addedSpare(_ keyType: ResponseKeyType = .proofOfPossession) async throws -> SpareKey {
        let spare = try SpareKey(keyType)
        try await add(spare)
        return spare
    }

    /// The keys as the verifier lists them.
    func keys(token: String? = nil) async throws -> [EnrolledKeyList.Entry] {
        let given: String
        if let token { given = token } else { given = try await update() }
        return try await world.services.enrollment.keys(
            of: try #require(enrollment).id, token: given, address: VerifierWorld.address
        ).keys
    }

    /// The names of the keys that sign in.
    func keyIDs() async throws -> [String] { try await record().signInKeys.map(\.key.keyID) }

    /// The enrolment as it is stored.
    func record() async throws -> EnrollmentRecord {
        let id = try #require(enrollment).id
        return try #require(try await world.store.read { try $0.record(EnrollmentRecord.self, id: id) })
    }

    /// Changes the enrolment as it is stored.
    func changeRecord(_ change: @escaping @Sendable (inout EnrollmentRecord) -> Void) async throws {
        let id = try #require(enrollment).id
        try await world.store.write { writer in
            var record = try #require(try writer.record(EnrollmentRecord.self, id: id))
            change(&record)
            try writer.save(record)
        }
    }

    /// Removes a key by the device's own word.
    func removeKey(_ keyID: String, token: String? = nil) async throws {
        let given: String
        if let token { given = token } else { given = try await update() }
        try await world.services.enrollment.removeKey(
            keyID, of: try #require(enrollment).id, token: given, address: VerifierWorld.address)
    }

    /// Answers a challenge with a spare, for its own purpose unless another is named.
    func response(to challenge: String, by spare: SpareKey, as keyType: ResponseKeyType? = nil) async throws -> String {
        let keyType = keyType ?? spare.keyType
        let claims = try await claims(
            to: challenge, consent: keyType == .userVerification ? .approvedUserVerification : .none, keyType: keyType)
        return try await spare.signer.compactJWS(claims, type: TokenType.deviceBind)
    }
}

/// The refusal of what must be refused.
func refusal<Result>(
    _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, of body: () async throws -> Result
) async throws -> VerifierError {
    try await #require(throws: VerifierError.self, comment, sourceLocation: sourceLocation) { _ = try await body() }
}
