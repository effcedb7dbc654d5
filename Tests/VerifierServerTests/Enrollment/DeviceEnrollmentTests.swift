// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct DeviceEnrollmentTests {
    private func fresh(
        _ configure: (inout VerifierSettings) -> Void = { _ in }
    ) async throws -> (world: VerifierWorld, user: User, agent: TestAgent) {
        let world = try await VerifierWorld(configure)
        let user = try await world.services.users.add(username: "bob", displayName: "Bob")
        return (world, user, try TestAgent(world: world))
    }

    @Test func aCodeEnrolsADeviceForItsUser() async throws {
        let (world, user, agent) = try await fresh()
        let code = try await world.services.codes.issue(username: "bob")
        let response = try await agent.enroll(by: .code(code))
        #expect(response.user.id == user.id)
        #expect(response.user.username == "bob")
        let entries = try await world.services.enrollmentDirectory.list(username: "bob")
        #expect(entries.map(\.id) == [response.id])
        #expect(entries.first?.deviceName == "laptop")
        #expect(entries.first?.verifiesUser == true)
        let notices = try await world.services.notices.takeForPage(userID: user.id)
        #expect(notices.count == 2)
        #expect(notices.contains { $0.contains("\"laptop\"") })
        #expect(try world.audit.events(.deviceEnroll).count == 1)
        #expect(try world.audit.events(.codeUse).count == 1)
    }

    @Test func aSignedInPersonEnrolsAnotherDevice() async throws {
        let (world, user, agent) = try await fresh()
        let response = try await agent.enroll(by: try await world.authority(of: user.id))
        #expect(response.user.id == user.id)
        #expect(try world.audit.events(.deviceEnroll).first?.debugContext.debugData["authority"] == "sign-in")
    }

    @Test func tooManyEnrolmentsOfOneAddressWait() async throws {
        let (_, user, agent) = try await fresh { $0.rateLimits.enrollmentsPerAddress = RateLimit(2, per: 60) }
        for _ in 0..<2 { _ = try await agent.enroll(by: try await agent.world.authority(of: user.id)) }
        let error = try await #require(throws: VerifierError.self) {
            _ = try await agent.enroll(by: try await agent.world.authority(of: user.id))
        }
        #expect(error.status == 429)
    }

    @Test func tooManyWrongCodesOfOneAddressWait() async throws {
        let (world, _, agent) = try await fresh { $0.rateLimits.failedCodesPerAddress = RateLimit(2, per: 900) }
        for _ in 0..<2 {
            let error = try await #require(throws: VerifierError.self) {
                _ = try await agent.enroll(by: .code("0000-0000-0000-0000-0000-0000"))
            }
            #expect(error.status == 401)
        }
        let code = try await world.services.codes.issue(username: "bob")
        let error = try await #require(throws: VerifierError.self) { _ = try await agent.enroll(by: .code(code)) }
        #expect(error.status == 429)
    }

    @Test func aPersonHasOnlySoManyDevices() async throws {
        let (world, user, agent) = try await fresh()
        let first = try await agent.enroll(by: try await agent.world.authority(of: user.id))
        try await world.store.write { writer in
            let record = try #require(try writer.record(EnrollmentRecord.self, id: first.id))
            for number in 1..<DeviceEnrollment.maximumPerUser {
                try writer.insert(
                    EnrollmentRecord(
                        id: "pfd\(number)", userID: user.id, deviceID: record.deviceID, methodID: "crp\(number)",
                        requestID: "request \(number)", status: .active,
                        proofOfPossession: record.proofOfPossession, userVerification: nil,
                        clientInstance: record.clientInstance, createdAt: record.createdAt))
            }
        }
        let another = try TestAgent(world: world)
        let error = try await #require(throws: VerifierError.self) {
            _ = try await another.enroll(by: try await another.world.authority(of: user.id))
        }
        #expect(error.status == 400 && error.summary.contains("too many devices"))
        try await world.services.enrollmentDirectory.delete(first.id)
        _ = try await another.enroll(by: try await another.world.authority(of: user.id))
    }

    @Test func theSameRequestAgainAnswersTheSameEnrolment() async throws {
        let (world, user, agent) = try await fresh()
        let code = try await world.services.codes.issue(username: "bob")
        let first = try await agent.enroll(by: .code(code))
        let second = try await agent.enroll(by: .code(code))
        #expect(first == second)
        #expect(try await agent.enroll(by: try await world.authority(of: user.id)) == first)
        #expect(try await world.services.enrollmentDirectory.list().count == 1)
        #expect(try world.audit.events(.deviceEnroll).count == 1)
    }

    @Test func theSameRequestManyTimesAtOnceMakesOneEnrolment() async throws {
        let (world, _, agent) = try await fresh()
        let code = try await world.services.codes.issue(username: "bob")
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { try await agent.enroll(by: .code(code)).id } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try await world.services.enrollmentDirectory.list().count == 1)
    }

    @Test func anotherRequestWithAUsedCodeIsRefused() async throws {
        let (world, _, agent) = try await fresh()
        let code = try await world.services.codes.issue(username: "bob")
        _ = try await agent.enroll(by: .code(code))
        let other = try TestAgent(world: world)
        let error = try await #require(throws: VerifierError.self) { _ = try await other.enroll(by: .code(code)) }
        #expect(error.status == 401)
    }

    @Test func oneSignInEnrolsOneDevice() async throws {
        let (world, user, agent) = try await fresh()
        let signedIn = try await world.authority(of: user.id, by: ["otp"])
        let first = try await agent.enroll(by: signedIn)
        let other = try TestAgent(world: world)
        let error = try await #require(throws: VerifierError.self) { _ = try await other.enroll(by: signedIn) }
        #expect(error.status == 401)
        #expect(try await agent.enroll(by: signedIn) == first)
        #expect(try await world.services.enrollmentDirectory.list().map(\.id) == [first.id])
    }

    @Test func oneSignInEnrolsOneDeviceUnderConcurrency() async throws {
        let (world, user, _) = try await fresh()
        let signedIn = try await world.authority(of: user.id)
        let agents = try (0..<8).map { _ in try TestAgent(world: world) }
        let enrolled = try await withThrowingTaskGroup(of: Bool.self) { group in
            for agent in agents { group.addTask { (try? await agent.enroll(by: signedIn)) != nil } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(enrolled == 1)
    }

    @Test func aRefusedEnrolmentDoesNotUseTheSignIn() async throws {
        let (world, user, agent) = try await fresh()
        let signedIn = try await world.authority(of: user.id)
        var changed = agent.request
        changed.device.platform = "WINDOWS"
        let request = changed
        await #expect(throws: VerifierError.self) {
            _ = try await world.services.enrollment.enroll(
                request, authority: signedIn, address: VerifierWorld.address)
        }
        _ = try await agent.enroll(by: signedIn)
    }

    @Test func signInThatHasEndedEnrolsNothing() async throws {
        let (world, user, agent) = try await fresh()
        let signedIn = try await world.authority(of: user.id)
        world.clock.advance(600)
        await #expect(throws: VerifierError.self) { _ = try await agent.enroll(by: signedIn) }
    }

    @Test func tokenOfAnAppEnrolsNothing() async throws {
        let (world, user, agent) = try await fresh()
        let token = try await world.services.sessions.issueAccessToken(
            identity: AuthenticatedIdentity(
                userID: user.id, deviceID: nil, enrollmentID: nil, authenticatedAt: world.clock.now, methods: ["swk"],
                contextClass: "phr"),
            clientID: "app", scopes: ["openid"], lifetime: 600)
        let id = try #require(SecretToken.hash(of: token))
        await #expect(throws: VerifierError.self) { _ = try await agent.enroll(by: .accessToken(id: id)) }
    }

    @Test func otherKeysUnderTheSameRequestAreRefused() async throws {
        let (world, user, agent) = try await fresh()
        _ = try await agent.enroll(by: try await world.authority(of: user.id))
        var request = try TestAgent(world: world).request
        request.requestID = agent.requestID
        await #expect(throws: VerifierError.self) {
            _ = try await world.services.enrollment.enroll(
                request, authority: try await world.authority(of: user.id), address: VerifierWorld.address)
        }
    }

    @Test func aRefusedEnrolmentDoesNotUseTheCode() async throws {
        let (world, user, agent) = try await fresh()
        _ = try await agent.enroll(by: try await world.authority(of: user.id))
        let code = try await world.services.codes.issue(username: "bob")
        var copied = agent.request
        copied.requestID = "another-request-id"
        let request = copied
        await #expect(throws: VerifierError.self) {
            _ = try await world.services.enrollment.enroll(
                request, authority: .code(code), address: VerifierWorld.address)
        }
        _ = try await TestAgent(world: world).enroll(by: .code(code))
    }

    @Test func aKeyIsEnrolledOnceEvenAfterItsEnrolmentsEnd() async throws {
        let (world, user, agent) = try await fresh()
        let first = try await agent.enroll(by: try await world.authority(of: user.id))
        try await world.services.enrollmentDirectory.delete(first.id)
        let other = try TestAgent(world: world)
        var changed = other.request
        changed.methods.signedNonce.keys.userVerification = JWK(
            keyID: "again", publicKey: agent.proofOfPossession.jwk.publicKey)
        let request = changed
        let error = try await #require(throws: VerifierError.self) {
            _ = try await world.services.enrollment.enroll(
                request, authority: try await world.authority(of: user.id), address: VerifierWorld.address)
        }
        #expect(error.status == 400)
    }

    @Test func aMissingVerificationKeyIsToldByItsCode() async throws {
        let (world, user, _) = try await fresh { $0.enrollmentUserVerification = .required }
        let agent = try TestAgent(world: world, verifiesUser: false)
        let error = try await #require(throws: VerifierError.self) {
            _ = try await agent.enroll(by: try await world.authority(of: user.id))
        }
        #expect(error.code.rawValue == "E0000158")
        #expect(error.status == 400)
    }

    static let changes: [(String, @Sendable (inout EnrollmentRequest) throws -> Void)] = [
        ("authenticator", { $0.authenticatorID = "autOther" }),
        ("short request id", { $0.requestID = "short" }),
        ("long request id", { $0.requestID = String(repeating: "r", count: 129) }),
        ("request id with a space", { $0.requestID = "0123456789 0123456789" }),
        ("platform", { $0.device.platform = "WINDOWS" }),
        ("empty name", { $0.device.displayName = "" }),
        ("long name", { $0.device.displayName = String(repeating: "n", count: 101) }),
        ("name with a line", { $0.device.displayName = "a\nb" }),
        ("name with a direction mark", { $0.device.displayName = "a\u{202E}b" }),
        ("long model", { $0.device.model = String(repeating: "m", count: 201) }),
        ("long version", { $0.device.clientInstanceVersion = String(repeating: "v", count: 201) }),
        ("no key id", { $0.methods.signedNonce.keys.proofOfPossession.keyID = nil }),
        ("long key id", { $0.methods.signedNonce.keys.proofOfPossession.keyID = String(repeating: "k", count: 129) }),
        (
            "RSA key for refusals",
            {
                $0.device.clientInstanceKey = JWK(keyID: "rsa", publicKey: try PrivateKey.generate(.rs256).publicKey)
            }
        ),
        (
            "same keys",
            {
                $0.methods.signedNonce.keys.userVerification = JWK(
                    keyID: "uv", publicKey: $0.methods.signedNonce.keys.proofOfPossession.publicKey)
            }
        ),
        (
            "client instance key as possession key",
            {
                $0.methods.signedNonce.keys.proofOfPossession = JWK(
                    keyID: "pop", publicKey: $0.device.clientInstanceKey.publicKey)
            }
        ),
        (
            "same key ids",
            {
                $0.methods.signedNonce.keys.userVerification?.keyID =
                    $0.methods.signedNonce.keys.proofOfPossession.keyID
            }
        ),
    ]

    @Test(arguments: changes.indices)
    func anUnacceptableRequestIsRefused(_ index: Int) async throws {
        let (world, user, agent) = try await fresh()
        var changed = agent.request
        try Self.changes[index].1(&changed)
        let request = changed
        let error = try await #require(throws: VerifierError.self, "\(Self.changes[index].0)") {
            _ = try await world.services.enrollment.enroll(
                request, authority: try await world.authority(of: user.id), address: VerifierWorld.address)
        }
        #expect(error.status == 400)
        #expect(try await world.services.enrollmentDirectory.list().isEmpty)
    }

    @Test func aPersonWhoIsNotActiveEnrolsNothing() async throws {
        let (world, user, agent) = try await fresh()
        let signedIn = try await world.authority(of: user.id)
        try await world.services.users.suspend(username: "bob")
        let error = try await #require(throws: VerifierError.self) { _ = try await agent.enroll(by: signedIn) }
        #expect(error.status == 401)
        await #expect(throws: VerifierError.self) { _ = try await agent.enroll(by: .accessToken(id: "unknown")) }
        #expect(try await world.services.enrollmentDirectory.list().isEmpty)
    }

    @Test func theConfigurationPinsTheCurrentKeys() async throws {
        let (world, _, _) = try await fresh()
        let configuration = try await world.services.enrollment.configuration()
        #expect(configuration.pinnedKeySet.sequence == 1)
        #expect(configuration.pinnedKeySet.keys.count == 1)
        #expect(configuration.issuer == VerifierWorld.issuer)
        #expect(configuration.enrollEndpoint == "https://id.example.com/idp/myaccount/app-authenticators")
        #expect(configuration.settings.oauthClientID == "countersign-agent")
    }
}
