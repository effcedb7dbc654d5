// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct CodeSignInTests {
    private func world(_ configure: (inout VerifierSettings) -> Void = { _ in }) async throws -> VerifierWorld {
        let world = try await VerifierWorld(configure)
        _ = try await world.services.users.add(username: "bob")
        return world
    }

    private func redeem(_ code: String, _ handle: String, in world: VerifierWorld) async throws -> SignInStanding {
        try await world.signIn.redeem(stateHandle: handle, code: code, address: VerifierWorld.address)
    }

    @Test func aCodeSignsItsUserInWithoutADevice() async throws {
        let world = try await world()
        let code = try await world.services.codes.issue(username: "bob")
        let handle = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true))
        let view = try await redeem(code, handle, in: world)
        let identity = try #require(view.identity)
        #expect(identity.methods == ["otp"])
        #expect(identity.contextClass == nil)
        #expect(identity.deviceID == nil)
        let notices = try await world.services.notices.takeForPage(userID: identity.userID)
        #expect(notices.count == 1)
        #expect(notices.first?.contains("one-time code") == true)
        #expect(try world.audit.events(.codeUse).first?.outcome.result == "SUCCESS")
        #expect(world.audit.lines.allSatisfy { !$0.contains(code) })
    }

    @Test func aCodeIsUsedOnce() async throws {
        let world = try await world()
        let code = try await world.services.codes.issue(username: "bob")
        let first = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true))
        _ = try await redeem(code, first, in: world)
        let second = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true))
        let error = try await #require(throws: VerifierError.self) { _ = try await redeem(code, second, in: world) }
        #expect(error.code == .invalidToken)
    }

    @Test func aCodeIsUsedOnceByManyAtOnce() async throws {
        let world = try await world()
        let code = try await world.services.codes.issue(username: "bob")
        var handles: [String] = []
        for _ in 0..<8 {
            handles.append(try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true)))
        }
        let used = await withTaskGroup(of: Bool.self) { group in
            for handle in handles {
                group.addTask { (try? await redeem(code, handle, in: world)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(used == 1)
    }

    @Test func aCodeOpensNoApp() async throws {
        let world = try await world()
        let code = try await world.services.codes.issue(username: "bob")
        let handle = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: false))
        await #expect(throws: VerifierError.self) { _ = try await redeem(code, handle, in: world) }
    }

    @Test(arguments: ["mallory", "nobody"])
    func aCodeIsNoOneElses(_ name: String) async throws {
        let world = try await world()
        _ = try await world.services.users.add(username: "mallory")
        let code = try await world.services.codes.issue(username: "bob")
        let handle = try await world.signInOf(name, .fixture(acceptsEnrollmentCode: true))
        await #expect(throws: VerifierError.self) { _ = try await redeem(code, handle, in: world) }
    }

    @Test func aCodeRunsOut() async throws {
        let world = try await world { $0.codeLifetime = 60 }
        let code = try await world.services.codes.issue(username: "bob")
        let handle = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true))
        world.clock.advance(60)
        await #expect(throws: VerifierError.self) { _ = try await redeem(code, handle, in: world) }
    }

    @Test func aNewCodeVoidsTheOldOne() async throws {
        let world = try await world()
        let old = try await world.services.codes.issue(username: "bob")
        let new = try await world.services.codes.issue(username: "bob")
        let handle = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true))
        await #expect(throws: VerifierError.self) { _ = try await redeem(old, handle, in: world) }
        #expect(try await redeem(new, handle, in: world).name == "success")
    }

    @Test func fiveWrongSecretsVoidTheCode() async throws {
        let world = try await world()
        let code = try await world.services.codes.issue(username: "bob")
        let handle = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true))
        let wrong = String(code.prefix(9)) + "-0000-0000-0000-0000"
        for _ in 0..<5 {
            await #expect(throws: VerifierError.self) { _ = try await redeem(wrong, handle, in: world) }
        }
        await #expect(throws: VerifierError.self) { _ = try await redeem(code, handle, in: world) }
    }

    @Test func fourWrongSecretsDoNot() async throws {
        let world = try await world()
        let code = try await world.services.codes.issue(username: "bob")
        let handle = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true))
        let wrong = String(code.prefix(9)) + "-0000-0000-0000-0000"
        for _ in 0..<4 {
            await #expect(throws: VerifierError.self) { _ = try await redeem(wrong, handle, in: world) }
        }
        #expect(try await redeem(code, handle, in: world).name == "success")
    }

    @Test func tooManyWrongCodesOfOneAddressWait() async throws {
        let world = try await world { settings in
            settings.rateLimits.failedCodesPerAddress = RateLimit(2, per: 900)
            settings.rateLimits.failedCodesPerUser = nil
        }
        let handle = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true))
        for status in [401, 401, 429] {
            let error = try await #require(throws: VerifierError.self) {
                _ = try await redeem("0000-0000-0000-0000-0000-0000", handle, in: world)
            }
            #expect(error.status == status)
        }
    }

    @Test func tooManyWrongCodesWait() async throws {
        let world = try await world { $0.rateLimits.failedCodesPerUser = RateLimit(2, per: 900) }
        let handle = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true))
        for _ in 0..<2 {
            let error = try await #require(throws: VerifierError.self) {
                _ = try await redeem("0000-0000-0000-0000-0000-0000", handle, in: world)
            }
            #expect(error.status == 401)
        }
        let error = try await #require(throws: VerifierError.self) {
            _ = try await redeem("0000-0000-0000-0000-0000-0000", handle, in: world)
        }
        #expect(error.status == 429)
    }

    @Test func aMachineWithoutAnAgentGoesOnToTheCode() async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent("alice")
        let handle = try await world.signInOf("alice", .fixture(acceptsEnrollmentCode: true))
        #expect(try await world.signIn.view(stateHandle: handle).name == "challenge")
        let view = try await world.signIn.cancel(
            stateHandle: handle, reason: "OV_UNREACHABLE_BY_LOOPBACK", statusCode: nil)
        #expect(view.name == "code")
        let code = try await world.services.codes.issue(username: "alice")
        #expect(try await redeem(code, handle, in: world).name == "success")
    }

    @Test func aSuspendedPersonsCodeIsVoid() async throws {
        let world = try await world()
        let code = try await world.services.codes.issue(username: "bob")
        try await world.services.users.suspend(username: "bob")
        try await world.services.users.resume(username: "bob")
        let handle = try await world.signInOf("bob", .fixture(acceptsEnrollmentCode: true))
        await #expect(throws: VerifierError.self) { _ = try await redeem(code, handle, in: world) }
    }
}
