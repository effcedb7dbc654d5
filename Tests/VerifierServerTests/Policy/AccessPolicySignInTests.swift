// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import DeviceAssurance
import DeviceSignals
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct AccessPolicySignInTests {
    private static let compliant = #"{"device": {"registered": true, "assurance": {"include": ["hardware"]}}}"#

    /// A sign-in that a policy decides.
    private struct Setting {
        let world: VerifierWorld
        let agent: TestAgent
        let handle: String

        init(
            _ policy: AccessPolicy, zones: [NetworkZone] = [], grace: String? = nil,
            request: SignInRequest = .governed()
        ) async throws {
            let assurance = try AssurancePolicy.hardware(grace: grace)
            world = try await VerifierWorld {
                $0.accessPolicies = [policy]
                $0.networkZones = zones
                $0.assurancePolicies = [assurance]
            }
            agent = try await world.enrolledAgent()
            handle = try await world.signInOf("alice", request)
        }

        /// The next sign-in of the same person.
        init(after earlier: Setting, agent: TestAgent? = nil, request: SignInRequest = .governed()) async throws {
            world = earlier.world
            self.agent = agent ?? earlier.agent
            handle = try await world.signInOf("alice", request)
        }

        @discardableResult
        func answer(
            hardware: Bool = true, consent: UserConsent = .none, by keyType: ResponseKeyType = .proofOfPossession
        ) async throws -> SignInView {
            let challenge = try await world.challenge(handle)
            let response = try await agent.response(
                to: challenge, consent: consent, keyType: keyType, snapshot: .hardware(hardware))
            try await world.post(response, to: challenge)
            return try await world.signIn.view(stateHandle: handle).view
        }

        func claims() async throws -> ChallengeClaims {
            try UnverifiedChallenge(try await world.challenge(handle)).claims
        }

        func word() throws -> RecordingAuditSink.Line { try #require(try world.audit.events(.policyEvaluation).last) }
    }

    // MARK: - What is not known

    @Test func aPersonWhoIsNotKnownIsNotLetIn() async throws {
        let setting = try await Setting(try AccessPolicy.rules(PolicyDocuments.allow("All")))
        let signIn = try #require(setting.world.signIn as? TransactionalSignIn)
        let identity = AuthenticatedIdentity(
            userID: "00u", deviceID: nil, enrollmentID: nil, authenticatedAt: 1, methods: ["swk"], contextClass: "phr")
        let state = try await setting.world.store.write { writer in
            var transaction = try #require(try writer.all(SignInTransaction.self).first)
            let word = try signIn.decide(
                identity, ReportedDevice(.hardware(true)), for: nil, of: &transaction, at: 1, in: writer)
            #expect(word?.outcome.result == "DENY")
            return transaction.view(at: setting.world.clock.now)
        }
        #expect(state.name == "denied")
    }

    @Test func aStepUpThatWasInterruptedIsTakenUpByTheSameResponse() async throws {
        let method = PolicyDocuments.possession(#""userVerification": "REQUIRED""#)
        let setting = try await Setting(try AccessPolicy.rules(PolicyDocuments.allow("All", method: method)))
        let challenge = try await setting.world.challenge(setting.handle)
        let response = try await setting.agent.response(to: challenge, snapshot: .hardware(true))
        try await setting.world.post(response, to: challenge)
        #expect(try await setting.claims().userVerification == .required)
        // As after an end between the proof and the next challenge.
        try await setting.world.store.write { writer in
            var transaction = try #require(try writer.all(SignInTransaction.self).first)
            var demand = transaction.request.demand
            demand.userVerification = .required
            transaction.state = .due(demand, previous: challenge)
            try writer.save(transaction)
        }
        #expect(try await setting.world.challenge(setting.handle) == challenge)
        try await setting.world.post(response, to: challenge)
        #expect(try await setting.world.challenge(setting.handle) != challenge)
        #expect(try await setting.claims().userVerification == .required)
    }

    // MARK: - Rules

    @Test(arguments: [(true, "success", "Managed"), (false, "denied", "Rest")])
    func theFirstRuleThatMatchesDecides(_ hardware: Bool, _ name: String, _ rule: String) async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.deny("Rest", 2), PolicyDocuments.allow("Managed", 1, if: Self.compliant))
        let setting = try await Setting(policy)
        #expect(try await setting.answer(hardware: hardware).name == name)
        let word = try setting.word()
        #expect(word.outcome.result == (name == "success" ? "ALLOW" : "DENY"))
        #expect(word.debugContext.debugData["rule"]?.contains(rule) == true)
        #expect(word.debugContext.debugData["policy"]?.contains("rstApp") == true)
    }

    @Test func aDeviceThatIsKeptOutIsToldWhatToDoAndLookedAtAgain() async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow("Managed", 1, if: Self.compliant), PolicyDocuments.deny("Rest", 2))
        let setting = try await Setting(policy)
        guard case .denied(let advice) = try await setting.answer(hardware: false) else { throw TestFailure("let in") }
        let names = advice.map { $0.key.split(separator: ".").last ?? "" }
        #expect(names.first == "title" && names.contains("secure_hardware_present"))
        #expect(names.last?.hasPrefix("additional_help") == true)
        _ = try await setting.world.signIn.recheck(stateHandle: setting.handle, address: VerifierWorld.address)
        #expect(try await setting.answer(hardware: true).name == "success")
    }

    @Test func whereNothingOnTheDeviceWouldHelpThatIsSaid() async throws {
        let setting = try await Setting(try AccessPolicy.rules(PolicyDocuments.deny("Nobody")))
        guard case .denied(let advice) = try await setting.answer() else { throw TestFailure("let in") }
        #expect(advice.map(\.key) == ["idx.error.code.access_denied.policy"])
        await #expect(throws: VerifierError.self) { _ = try await setting.world.finish(setting.handle) }
    }

    @Test func aPolicyThatIsNotThereLetsNobodyIn() async throws {
        var request = SignInRequest.governed()
        request.policyID = "rstGone"
        let setting = try await Setting(try AccessPolicy.rules(PolicyDocuments.allow("All")), request: request)
        #expect(try await setting.answer().name == "denied")
    }

    @Test(arguments: [("192.0.2.0/24", "success"), ("198.51.100.0/24", "denied")])
    func theNetworkIsWhereTheBrowserIs(_ range: String, _ name: String) async throws {
        let zone = try NetworkZone.decode(
            Array(
                #"{"id": "nzoOffice", "name": "Office", "type": "IP", "gateways": [{"type": "CIDR", "value": "\#(range)"}]}"#
                    .utf8))
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow(
                "Office", if: #"{"network": {"connection": "ZONE", "include": ["nzoOffice"]}}"#))
        let setting = try await Setting(policy, zones: [zone])
        #expect(try await setting.answer().name == name)
    }

    @Test(arguments: [
        (#"device.profile.nothing == 'x'"#, "denied"), (#"device.profile.registered == true"#, "success"),
        (#"user.profile.login == 'alice'"#, "success"),
    ])
    func whatNobodyKnowsLetsNobodyInAndIsLogged(_ expression: String, _ name: String) async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow("Expression", if: #"{"elCondition": {"condition": "\#(expression)"}}"#))
        let setting = try await Setting(policy)
        #expect(try await setting.answer().name == name)
        let undecided = try setting.word().debugContext.debugData["undecided"]
        #expect((undecided?.contains("Expression") == true) == (name == "denied"))
    }

    // MARK: - What has to be proved

    @Test func aRuleThatWantsThePersonVerifiedAsksOnceMore() async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow("PIN", method: PolicyDocuments.possession(#""userVerification": "REQUIRED""#)))
        let setting = try await Setting(policy)
        #expect(try await setting.claims().userVerification == UserVerificationRequirement.none)
        #expect(try await setting.answer().name == "challenge")
        #expect(try setting.word().debugContext.debugData["verification"]?.contains("userVerification") == true)
        #expect(try await setting.claims().userVerification == .required)
        await #expect(throws: VerifierError.self) { _ = try await setting.world.finish(setting.handle) }
        #expect(try await setting.answer(consent: .approvedUserVerification, by: .userVerification).name == "success")
        let identity = try await setting.world.finish(setting.handle)
        #expect(identity.methods.contains("pin") && identity.methods.contains("mfa"))
    }

    @Test func whatWasAskedForAtOnceIsNotAskedForTwice() async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow("PIN", method: PolicyDocuments.possession(#""userVerification": "REQUIRED""#)))
        let setting = try await Setting(policy, request: .governed(userVerification: .required))
        #expect(try await setting.answer(consent: .approvedUserVerification, by: .userVerification).name == "success")
    }

    @Test func aRuleThatWantsHardwareStepsUpToAKeyInHardware() async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow(
                "Hardware",
                method: PolicyDocuments.possession(#""userPresence": "OPTIONAL", "hardwareProtection": "REQUIRED""#)))
        let setting = try await Setting(policy)
        let spare = try await setting.agent.addedSpare()
        let thumbprint = spare.signer.jwk.thumbprint
        try await setting.agent.changeRecord { record in
            record.changeSignInKey(thumbprint: thumbprint) {
                $0.hardware = EnrolledHardware(
                    kind: .tpm, isAttested: true, model: nil, verifiesUser: false, wantsTouch: false)
            }
        }
        #expect(try await setting.answer().name == "challenge")
        #expect(try await setting.claims().keyProtection == .hardware)
        await #expect(throws: VerifierError.self) { try await setting.answer() }
        #expect(try await setting.world.signIn.view(stateHandle: setting.handle).name == "hardwareKeyRequired")
        let again = try await Setting(after: setting)
        _ = try await again.answer()
        let challenge = try await again.world.challenge(again.handle)
        try await again.world.post(try await again.agent.response(to: challenge, by: spare), to: challenge)
        #expect(try await again.world.signIn.view(stateHandle: again.handle).name == "success")
        let identity = try await again.world.finish(again.handle)
        #expect(identity.methods.contains("hwk") && identity.contextClass == "phrh")
    }

    @Test func hardwareThatNobodyVouchesForIsNone() async throws {
        let traits = #""userPresence": "OPTIONAL", "hardwareProtection": "REQUIRED""#
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow("Hardware", method: PolicyDocuments.possession(traits)))
        let setting = try await Setting(policy)
        try await setting.agent.changeRecord {
            $0.proofOfPossession.hardware = EnrolledHardware(
                kind: .tpm, isAttested: false, model: nil, verifiesUser: false, wantsTouch: false)
        }
        #expect(try await setting.answer().name == "challenge")
    }

    @Test func whatCannotBeProvedHereEndsTheSignIn() async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow(
                "Password", method: #""factorMode": "2FA", "constraints": [{"knowledge": {"types": ["PASSWORD"]}}]"#))
        let setting = try await Setting(policy)
        #expect(try await setting.answer().name == "policyUnattainable")
        await #expect(throws: VerifierError.self) { _ = try await setting.world.finish(setting.handle) }
    }

    @Test func aWayOfVerificationThatIsNotTakenIsNotAskedForForEver() async throws {
        let traits = #""userVerification": "REQUIRED", "userVerificationMethods": ["BIOMETRICS"]"#
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow("Finger", method: PolicyDocuments.possession(traits)))
        let setting = try await Setting(policy)
        #expect(try await setting.answer().name == "challenge")
        var last = ""
        for _ in 0..<4 where last == "" || last == "challenge" {
            last = try await setting.answer(consent: .approvedUserVerification, by: .userVerification).name
        }
        #expect(last == "policyUnattainable")
    }

    private static let byCard = PolicyDocuments.possession(
        #""userPresence": "OPTIONAL", "authenticationMethods": [{"key": "smart_card_idp", "method": "cert"}]"#)
    private static let bySecurityKey = PolicyDocuments.possession(
        #""userPresence": "OPTIONAL", "authenticationMethods": [{"key": "webauthn", "method": "webauthn"}]"#)

    @Test(arguments: [(byCard, "smartCardRequired"), (bySecurityKey, "securityKeyRequired")])
    func aKeyThatTheDeviceDoesNotHaveIsNotAskedFor(_ method: String, _ failure: String) async throws {
        let setting = try await Setting(try AccessPolicy.rules(PolicyDocuments.allow("Card", method: method)))
        #expect(try await setting.answer().name == failure)
        #expect(try setting.word().outcome.result == "DENY")
        await #expect(throws: VerifierError.self) { _ = try await setting.world.finish(setting.handle) }
    }

    @Test func aCardThatStaysInItsPocketIsAskedForOnce() async throws {
        let setting = try await Setting(try AccessPolicy.rules(PolicyDocuments.allow("Card", method: Self.byCard)))
        let spare = try await setting.agent.addedSpare()
        let thumbprint = spare.signer.jwk.thumbprint
        try await setting.agent.changeRecord { record in
            let card = EnrolledHardware(
                kind: .piv, isAttested: true, model: nil, verifiesUser: false, wantsTouch: false)
            record.changeSignInKey(thumbprint: thumbprint) { $0.hardware = card }
            record.proofOfPossession.hardware = EnrolledHardware(
                kind: .tpm, isAttested: true, model: nil, verifiesUser: false, wantsTouch: false)
        }
        #expect(try await setting.answer().name == "challenge")
        #expect(try await setting.claims().keyProtection == .hardware)
        #expect(try await setting.answer().name == "smartCardRequired")
        _ = try await setting.world.signIn.retry(stateHandle: setting.handle, address: VerifierWorld.address)
        #expect(try await setting.answer().name == "challenge")
        let challenge = try await setting.world.challenge(setting.handle)
        try await setting.world.post(try await setting.agent.response(to: challenge, by: spare), to: challenge)
        #expect(try await setting.world.signIn.view(stateHandle: setting.handle).name == "success")
    }

    // MARK: - Devices

    @Test func aDeviceInItsGracePeriodIsLetInAfterAWarning() async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow("Managed", 1, if: Self.compliant), PolicyDocuments.deny("Rest", 2))
        let setting = try await Setting(policy, grace: "P7D")
        let start = setting.world.clock.now
        guard case .warned(_, let until) = try await setting.answer(hardware: false) else {
            throw TestFailure("not warned")
        }
        #expect(until == start + 7 * 86_400)
        #expect(try await setting.world.signIn.skip(stateHandle: setting.handle).name == "success")
        setting.world.clock.advance(6 * 86_400)
        let later = try await Setting(after: setting)
        #expect(try await later.answer(hardware: false).name == "warned")
        setting.world.clock.advance(86_400)
        let last = try await Setting(after: setting)
        #expect(try await last.answer(hardware: false).name == "denied")
        let mended = try await Setting(after: setting)
        #expect(try await mended.answer(hardware: true).name == "success")
        let anew = try await Setting(after: setting)
        #expect(try await anew.answer(hardware: false).name == "warned")
    }

    @Test(arguments: [(AssuranceMode.block, "denied"), (.notify, "warned"), (.report, "success")])
    func theModeDecidesWhatRulesSeeOfADevice(_ mode: AssuranceMode, _ name: String) async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.allow("Managed", 1, if: Self.compliant), PolicyDocuments.deny("Rest", 2))
        let setting = try await Setting(policy, grace: "P7D", request: .governed(mode: mode))
        #expect(try await setting.answer(hardware: false).name == name)
    }

    // MARK: - Risk

    @Test func aRuleSeesHowRiskyASignInLooksAndTheLogSaysWhy() async throws {
        let policy = try AccessPolicy.rules(
            PolicyDocuments.deny("Risky", 1, if: #"{"riskScore": {"level": "HIGH"}}"#),
            PolicyDocuments.allow("Rest", 2))
        let setting = try await Setting(policy)
        #expect(try await setting.answer().name == "success")
        // Another device, at which a page of another origin had tried it just before.
        let other = try await setting.world.enrolledAgent()
        let attempt = try await Setting(after: setting)
        let challenge = try await attempt.world.challenge(attempt.handle)
        try await attempt.world.post(
            try await attempt.agent.response(
                to: challenge, consent: .phishingDetected, keyType: .clientInstance, origin: "https://evil.example"),
            to: challenge)
        let next = try await Setting(after: setting, agent: other)
        #expect(try await next.answer().name == "denied")
        let data = try next.word().debugContext.debugData
        #expect(data["riskLevel"] == "HIGH")
        #expect(data["riskReasons"] == "New Device, Refused Phishing")
    }

    // MARK: - Account management

    @Test(arguments: [(true, "denied"), (false, "success")])
    func enrollingAnotherDeviceIsGovernedWhereAPolicySaysSo(_ isGoverned: Bool, _ name: String) async throws {
        let rule = PolicyDocuments.deny(
            "Nobody", if: #"{"elCondition": {"condition": "accessRequest.operation == 'enroll'"}}"#)
        var request = SignInRequest.fixture(acceptsEnrollmentCode: true)
        request.change = AccountChange(.enroll)
        let setting = try await Setting(try AccessPolicy.rules(rule, account: isGoverned), request: request)
        #expect(try await setting.answer().name == name)
    }
}
