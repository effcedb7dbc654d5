// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import KeyAttestations
import Testing
import WireProtocol

@testable import VerifierServer

/// An authority for smart cards of a test's own, by OpenSSL's command.
private struct CardAuthority {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Cards -keyout ca.key -out ca.pem"
        )
        try Data("keyUsage=critical,digitalSignature\nbasicConstraints=CA:FALSE\n".utf8)
            .write(to: URL(filePath: folder.file("leaf.cnf")))
    }

    func anchors() throws -> TrustedCertificates {
        try TrustedCertificates(pem: Array(try Data(contentsOf: URL(filePath: folder.file("ca.pem")))))
    }

    /// A card's certificate for a key, in DER.
    func certificate(for key: PublicKey) throws -> [UInt8] {
        try Data(try key.subjectPublicKeyInfo()).write(to: URL(filePath: folder.file("leaf.spki")))
        try run("pkey -pubin -inform DER -in leaf.spki -out leaf.pub")
        try run(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Card -keyout other.key -out leaf.csr"
        )
        try run(
            "x509 -req -in leaf.csr -force_pubkey leaf.pub -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
                + "-extfile leaf.cnf -outform DER -out leaf.der")
        return Array(try Data(contentsOf: URL(filePath: folder.file("leaf.der"))))
    }

    private func run(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(filePath: folder.path)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}

/// A spare's hardware is judged as that of a first key.
@Suite struct SpareKeyAttestationTests {
    private struct Setting {
        let world: VerifierWorld
        let agent: TestAgent
        let authority: CardAuthority

        /// What a card says of a spare.
        func attestations(
            of spare: SpareKey, requestID: String? = nil, signer: SpareKey? = nil, certified: SpareKey? = nil,
            format: String = "piv-certificate"
        ) async throws -> EnrollmentRequest.Attestations {
            let challenge = try await world.services.enrollment.attestationChallenge(
                AttestationRequest(requestID: requestID ?? spare.requestID), address: VerifierWorld.address
            ).challenge
            let statement = try AttestationStatement(
                format: format,
                parts: [
                    "signature": try (signer ?? spare).key.sign(PIVEnrollmentSignature.message(challenge: challenge))
                ], certificates: [try authority.certificate(for: (certified ?? spare).key.publicKey)])
            return spare.keyType == .userVerification
                ? .init(challenge: challenge, userVerification: statement)
                : .init(challenge: challenge, proofOfPossession: statement)
        }
    }

    /// A person with a device, and from then on an organisation that wants attested hardware or does not.
    private func setting(requires: Bool, trusts: Bool = true) async throws -> Setting {
        let authority = try CardAuthority()
        let anchors = trusts ? try authority.anchors() : .none
        let former = try await VerifierWorld()
        let enrolled = try await former.enrolledAgent()
        let services = try await VerifierWorld.services(
            in: former.folder, store: former.store, clock: former.clock, audit: former.audit
        ) {
            $0.attestation.anchors.cards = anchors
            $0.attestation.requiresAttestation = requires
        }
        // Certificates that are made now do not count at the time of other tests.
        former.clock.now = Int64(Date().timeIntervalSince1970) + 5
        let world = VerifierWorld(former, services: services)
        return Setting(world: world, agent: TestAgent(enrolled, in: world), authority: authority)
    }

    @Test(arguments: [ResponseKeyType.proofOfPossession, .userVerification])
    func whatTheHardwareProvesIsKeptWithTheSpare(_ keyType: ResponseKeyType) async throws {
        let setting = try await setting(requires: true)
        let spare = try SpareKey(keyType)
        let attestations = try await setting.attestations(of: spare)
        let answer = try await setting.agent.add(spare) { $0.attestations = attestations }
        #expect(answer.attested == true)
        // The same request again answers the same.
        let again = try await setting.agent.add(spare) { $0.attestations = attestations }
        #expect(again == answer)
        let listed = try await setting.agent.keys()
        #expect(listed.allSatisfy { $0.attested == ($0.id == spare.signer.keyID) })
        let key = try #require(
            try await setting.agent.record().signInKey(thumbprint: spare.signer.jwk.thumbprint)?.key)
        #expect(key.hardware?.kind == .piv)
        #expect(key.hardware?.isAttested == true)
        let id = try #require(setting.agent.enrollment).id
        let entry = try #require(try await setting.world.services.enrollmentDirectory.keys(of: id).last)
        #expect(entry.isAttested && entry.hardware == .piv && entry.model == "smart card")
    }

    @Test func aSpareInAFileIsRefusedWhereHardwareIsWanted() async throws {
        let setting = try await setting(requires: true)
        let error = try await refusal { try await setting.agent.add(try SpareKey()) }
        #expect(error.status == 400 && error.summary.contains("attested hardware"))
        #expect(try await setting.agent.record().spares.isEmpty)
    }

    /// Another key of the enrolment is in attested hardware, but the spare signs in without it.
    @Test func anAttestedFirstKeyDoesNotSpeakForASpare() async throws {
        let setting = try await setting(requires: true)
        try await setting.agent.changeRecord {
            $0.proofOfPossession.hardware = EnrolledHardware(
                kind: .tpm, isAttested: true, model: nil, verifiesUser: false, wantsTouch: false)
        }
        #expect(try await refusal { try await setting.agent.add(try SpareKey()) }.status == 400)
    }

    @Test(arguments: [true, false])
    func aSpareThatNobodyVouchesForIsHardwareOfWhichNothingIsKnown(_ requires: Bool) async throws {
        let setting = try await setting(requires: requires, trusts: false)
        let spare = try SpareKey()
        let attestations = try await setting.attestations(of: spare)
        if requires {
            let error = try await refusal { try await setting.agent.add(spare) { $0.attestations = attestations } }
            #expect(error.status == 400 && error.summary.contains("attested hardware"))
        } else {
            #expect(try await setting.agent.add(spare) { $0.attestations = attestations }.attested == false)
            #expect(try await setting.agent.keys().allSatisfy { $0.attested == false })
            let key = try await setting.agent.record().spares.first?.key
            #expect(key?.hardware?.kind == .piv)
            #expect(key?.hardware?.isAttested == false)
        }
    }

    @Test(arguments: ["another request's challenge", "another key's signature", "another key's certificate", "format"])
    func aWrongStatementIsRefused(_ flaw: String) async throws {
        let setting = try await setting(requires: false)
        let spare = try SpareKey()
        let other = try SpareKey()
        let attestations =
            switch flaw {
            case "another request's challenge":
                try await setting.attestations(of: spare, requestID: other.requestID)
            case "another key's signature": try await setting.attestations(of: spare, signer: other)
            case "another key's certificate": try await setting.attestations(of: spare, certified: other)
            default: try await setting.attestations(of: spare, format: "unknown")
            }
        let error = try await refusal("\(flaw)") {
            try await setting.agent.add(spare) { $0.attestations = attestations }
        }
        #expect(error.status == 400)
        #expect(try await setting.agent.record().spares.isEmpty)
    }

    @Test func aChallengeThatIsTooOldIsRefused() async throws {
        let setting = try await setting(requires: false)
        let spare = try SpareKey()
        let attestations = try await setting.attestations(of: spare)
        setting.world.clock.advance(AttestationChallenges.lifetime + 1)
        let error = try await refusal { try await setting.agent.add(spare) { $0.attestations = attestations } }
        #expect(error.status == 400)
    }
}
