// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

/// Which keys can be spares.
@Suite struct SpareKeyRequestTests {
    @Test func theSameRequestAgainAnswersTheSameAndAddsNothing() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try SpareKey()
        let authority = try await agent.authority()
        let token = try await agent.update()
        let first = try await agent.add(spare, by: authority, update: token)
        #expect(try await agent.add(spare, by: authority, update: token) == first)
        #expect(try await agent.add(spare, by: authority) == first)
        #expect(try await agent.add(spare) == first)
        #expect(try await agent.record().spares.count == 1)
        #expect(try world.audit.events(.keyAdd).count == 1)
        // Also where the key has become the first of its purpose meanwhile.
        try await agent.removeKey(agent.proofOfPossession.keyID)
        #expect(try await agent.add(spare) == first)
        #expect(try await agent.keyIDs().first == first.id)
    }

    private static let changes: [(String, @Sendable (inout AddKeyRequest) throws -> Void)] = [
        ("request", { $0.requestID = try SecureRandom.identifier() }),
        ("purpose", { $0.keyType = .userVerification }),
        ("name", { $0.key.keyID = "renamed" }),
        ("numbers", { $0.key.publicKey = try PrivateKey.generate(.es256).publicKey }),
    ]

    @Test(arguments: changes.indices)
    func almostTheSameRequestIsRefused(_ index: Int) async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let spare = try await agent.addedSpare()
        let error = try await refusal("another \(Self.changes[index].0)") {
            try await agent.add(spare, changed: Self.changes[index].1)
        }
        #expect(error.status == 400)
        #expect(try await agent.record().spares.count == 1)
    }

    @Test func aKeyThatWasEverEnrolledIsRefused() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let other = try await world.enrolledAgent("mallory")
        let deleted = try await world.enrolledAgent()
        try await world.services.enrollmentDirectory.delete(try #require(deleted.enrollment).id)
        let othersSpare = try await other.addedSpare()
        let removed = try await agent.addedSpare()
        try await agent.removeKey(removed.signer.keyID)
        let known = [
            "own possession key": agent.proofOfPossession, "own verification key": try agent.signer(.userVerification),
            "own client instance key": agent.clientInstance, "another person's key": other.proofOfPossession,
            "another person's spare": othersSpare.signer, "a deleted enrolment's key": deleted.proofOfPossession,
            "a key that was removed": removed.signer,
        ]
        for (name, signer) in known {
            let error = try await refusal("\(name)") {
                try await agent.add(try SpareKey()) {
                    $0.key = JWK(keyID: try SecureRandom.identifier(), publicKey: signer.jwk.publicKey)
                }
            }
            #expect(error.status == 400 && error.summary.contains("enrolled before"), "\(name)")
        }
        #expect(try await agent.record().spares.isEmpty)
    }

    @Test func aSpareIsNotEnrolledAgainWithADevice() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        let spare = try await agent.addedSpare()
        var request = try TestAgent(world: world).request
        request.methods.signedNonce.keys.proofOfPossession = spare.signer.jwk
        let copied = request
        let authority = try await agent.authority()
        let error = try await refusal {
            try await world.services.enrollment.enroll(copied, authority: authority, address: VerifierWorld.address)
        }
        #expect(error.status == 400)
    }

    @Test func aNameThatAnotherKeyHasIsRefused() async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        let spare = try await agent.addedSpare()
        let taken = [
            agent.proofOfPossession.keyID, agent.clientInstance.keyID, spare.signer.keyID,
            try agent.signer(.userVerification).keyID,
        ]
        for name in taken {
            let error = try await refusal { try await agent.add(try SpareKey()) { $0.key.keyID = name } }
            #expect(error.status == 400 && error.summary.contains("kid"))
        }
        #expect(try await agent.record().spares.count == 1)
    }

    @Test func anEnrolmentHasEightKeysAtMost() async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        for number in 0..<6 { _ = try await agent.addedSpare(number < 3 ? .proofOfPossession : .userVerification) }
        #expect(try await agent.keyIDs().count == 8)
        let error = try await refusal { try await agent.addedSpare() }
        #expect(error.status == 400 && error.summary.contains("8 keys"))
        try await agent.removeKey(agent.proofOfPossession.keyID)
        _ = try await agent.addedSpare()
        #expect(try await agent.keyIDs().count == 8)
    }

    private static let statement = try? AttestationStatement(format: "none", parts: [:])
    private static let flaws: [(String, @Sendable (inout AddKeyRequest) throws -> Void)] = [
        ("short request id", { $0.requestID = "short" }),
        ("long request id", { $0.requestID = String(repeating: "r", count: 129) }),
        ("request id with a space", { $0.requestID = "0123456789 0123456789" }),
        ("no key id", { $0.key.keyID = nil }),
        ("empty key id", { $0.key.keyID = "" }),
        ("long key id", { $0.key.keyID = String(repeating: "k", count: 129) }),
        ("key id with a line", { $0.key.keyID = "a\nb" }),
        ("client instance key", { $0.keyType = .clientInstance }),
        (
            "statement about another purpose",
            {
                $0.attestations = .init(challenge: Array(repeating: 0, count: 32), userVerification: statement)
            }
        ),
        (
            "statements about both purposes",
            {
                $0.keyType = .userVerification
                $0.attestations = .init(
                    challenge: Array(repeating: 0, count: 32), proofOfPossession: statement, userVerification: statement
                )
            }
        ),
    ]

    @Test(arguments: flaws.indices)
    func anUnacceptableRequestIsRefusedAndUsesNothing(_ index: Int) async throws {
        let agent = try await VerifierWorld().enrolledAgent()
        try #require(Self.statement != nil)
        let authority = try await agent.authority()
        let token = try await agent.update()
        let error = try await refusal("\(Self.flaws[index].0)") {
            try await agent.add(try SpareKey(), by: authority, update: token, changed: Self.flaws[index].1)
        }
        #expect(error.status == 400 && error.summary.contains("The key is not acceptable"))
        #expect(try await agent.record().spares.isEmpty)
        try await agent.add(try SpareKey(), by: authority, update: token)
    }

    @Test func aRefusedKeyUsesNeitherSignInNorCodeNorToken() async throws {
        let world = try await VerifierWorld()
        let agent = try await world.enrolledAgent()
        for isCode in [false, true] {
            let authority: EnrollmentAuthority =
                isCode
                ? .code(try await world.services.codes.issue(username: "alice"))
                : try await agent.authority()
            let token = try await agent.update()
            _ = try await refusal {
                try await agent.add(try SpareKey(), by: authority, update: token) { [key = agent.clientInstance.jwk] in
                    $0.key.publicKey = key.publicKey
                }
            }
            try await agent.add(try SpareKey(), by: authority, update: token)
        }
    }
}
