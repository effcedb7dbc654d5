// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import DeviceAssurance
internal import DeviceSignals
internal import ExpressionLanguage
internal import NetworkPlaces
internal import WireProtocol

/// What somebody wants, as policies are asked about it.
struct PolicyQuestion: Sendable {
    /// The person.
    var user: User
    /// Who was authenticated, by which device and how; `nil` before anybody was.
    var identity: AuthenticatedIdentity?
    /// What the device reported; `nil` where nothing is known.
    var reported: ReportedDevice?
    /// Where the request came from.
    var address: String
    /// The policy of the app; `nil` for what is asked about an account.
    var policyID: String?
    /// What is to be done with an account; `nil` for a sign-in to an app.
    var change: AccountChange?
    /// What comes of a device that is not compliant.
    var mode: AssuranceMode
    /// Whether what was proven was proven just now, and not in a session.
    var isThisSignIn: Bool
    /// From when on what was proven counts as if it were proven just now, in seconds since 1970.
    var provenSince: Int64?
    /// When the session was last used.
    var lastUsed: Int64?
    /// Whether the security key's counter went back just now.
    var counterRegressed = false
    /// The time, in seconds since 1970.
    var now: Int64
}

/// Asks the policies that count, and says what is left to do.
struct PolicyJudge: Sendable {
    let source: any PolicySource
    /// What it is judged by beside the policies: places of networks, releases of systems.
    let settings: VerifierSettings

    /// Judges, changing nothing but what is remembered of the device and the person where `memory` says so.
    ///
    /// - Parameter writer: where since when a device has not met a policy, and what is known of the person's habits, is written
    ///   down; `nil` for a question whose answer changes nothing.
    func judge(
        _ question: PolicyQuestion, in reader: any StoreReader, remembering writer: (any StoreWriter)? = nil
    ) throws -> SignInJudgement {
        let policies = try source.policies(in: reader)
        let findings = try findings(question, policies, reader, writer)
        let risk = try risk(question, findings, policies, reader)
        var request = AccessRequest(now: question.now)
        request.user = try source.person(question.user, in: reader)
        request.device = try device(question, findings, in: reader)
        request.network.addresses = [question.address]
        request.risk = AccessRequest.Risk(level: risk.level, behaviors: risk.reasons.map(\.rawValue))
        request.session.methods = question.identity?.methods
        request.loginIdentifier = question.user.username
        request.policyID = question.policyID
        request.account = question.change?.accessRequest
        let decision = policies.evaluator.evaluate(request)
        let outcome = outcome(of: decision, question, findings, policies, request)
        let judgement = SignInJudgement(request: request, decision: decision, risk: risk, outcome: outcome)
        // The browser of a link may be its sender's: from where it comes must not be known the next time.
        if let writer, judgement.isLetIn, question.identity?.isByLink != true {
            try remember(question, findings, writer)
        }
        return judgement
    }

    // MARK: - What is known

    private func findings(
        _ question: PolicyQuestion, _ policies: PolicySet, _ reader: any StoreReader, _ writer: (any StoreWriter)?
    ) throws -> AssuranceFindings {
        guard let id = question.identity?.deviceID, let reported = question.reported else { return AssuranceFindings() }
        let before = try reader.record(AssuranceStanding.self, id: id)?.firstNonCompliant ?? [:]
        let findings = AssuranceFindings(
            policies, of: reported.evidence, mode: question.mode, now: question.now, firstNonCompliant: before,
            releases: settings.releases)
        if let writer {
            // A grace period does not run before a policy counts for somebody.
            let counting = policies.namedAssurancePolicies.union(settings.assurancePolicies.map(\.id))
            try AssuranceStanding.keep(
                findings.judgements.filter { counting.contains($0.policyID) }, of: id, before, policies, in: writer)
        }
        return findings
    }

    private func device(
        _ question: PolicyQuestion, _ findings: AssuranceFindings, in reader: any StoreReader
    ) throws -> AccessRequest.Device {
        var device = AccessRequest.Device()
        guard let identity = question.identity else { return device }
        guard let id = identity.deviceID else {
            device.registered = false
            device.managed = false
            return device
        }
        device.id = id
        device.registered = true
        device.profile["registered"] = .boolean(true)
        if let record = try reader.record(DeviceRecord.self, id: id) {
            device.profile["displayName"] = .string(record.displayName)
        }
        if let reported = question.reported {
            device.take(reported.snapshot)
            device.providers = reported.providers.mapValues { report in
                report.facts.mapValues { ExpressionValue($0) }
            }
        }
        if case .boolean(let isManaged) = question.reported?.snapshot[.deviceManaged]?.value {
            device.managed = isManaged
            device.profile["managed"] = .boolean(isManaged)
        }
        device.caller = ["bindingType": .string(identity.isByLink ? "CUSTOM_URI" : "LOOPBACK")]
        device.assurance = findings.verdicts
        return device
    }

    private func risk(
        _ question: PolicyQuestion, _ findings: AssuranceFindings, _ policies: PolicySet, _ reader: any StoreReader
    ) throws -> RiskAssessment {
        let memory = try reader.record(RiskMemory.self, id: question.user.id)
        return RiskAssessment(
            memory, deviceID: question.identity?.deviceID, address: question.address, met: findings.met,
            known: Set(policies.assurancePolicies.map(\.id)), counterRegressed: question.counterRegressed,
            place: place(of: question.address), now: question.now)
    }

    private func remember(
        _ question: PolicyQuestion, _ findings: AssuranceFindings, _ writer: any StoreWriter
    ) throws {
        var memory =
            try writer.record(RiskMemory.self, id: question.user.id) ?? RiskMemory(id: question.user.id)
        let before = memory
        memory.note(deviceID: question.identity?.deviceID, address: question.address, met: findings.met)
        memory.note(place(of: question.address), at: question.now)
        if memory != before { try writer.save(memory) }
    }

    private func place(of address: String) -> Place? {
        guard let places = settings.networkPlaces, let bytes = IPAddress(address)?.bytes else { return nil }
        return places.place(of: bytes)
    }

    // MARK: - What is left to do

    private func outcome(
        of decision: AccessPolicyDecision, _ question: PolicyQuestion, _ findings: AssuranceFindings,
        _ policies: PolicySet, _ request: AccessRequest
    ) -> SignInJudgement.Outcome {
        guard decision.access == .allow else {
            return .denied(Self.messages(findings.result(of: policies.remedies(for: request))))
        }
        let context = VerificationContext(
            proofs: (question.identity?.proofs ?? []).map { proof in
                let isOfGrant = question.provenSince.map { proof.provenAt >= $0 } == true
                return proof.proof(isInThisSignIn: question.isThisSignIn || isOfGrant)
            },
            lastUsed: question.lastUsed, now: question.now)
        switch (decision.verification ?? .anyFactor).state(in: context) {
        case .due(let demand): return .due(demand)
        case .unattainable(let reasons): return .unattainable(reasons)
        case .satisfied: break
        }
        let named = policies.rule(of: decision)?.conditions.device?.assurance ?? []
        let verdicts = named.compactMap { findings.verdicts[$0] }
        guard verdicts.contains(.inGracePeriod), !verdicts.contains(.compliant) else { return .satisfied }
        let result = findings.result(of: named)
        guard question.mode == .warnThenBlock, case .inGracePeriod(let until, _) = result.verdict else {
            return .told(Self.messages(result), until: nil)
        }
        return .told(Self.messages(result), until: until)
    }

    /// What would help, in the order in which people are told.
    private static func messages(_ result: AssuranceResult) -> [Remediation] { result.view?.messages ?? [] }
}

extension ProvenAuthenticator {
    /// The proof as access policies see it. Only of attested hardware is it believed that it is a card or a security key.
    func proof(isInThisSignIn: Bool) -> AuthenticatorProof {
        var traits: Set<AuthenticatorTrait> = []
        if isHardwareProtected { traits.insert(.hardwareProtected) }
        if isPhishingResistant { traits.insert(.phishingResistant) }
        if isUserPresent { traits.insert(.userPresence) }
        if verification != nil { traits.insert(.userVerified) }
        var aliases: [AuthenticatorUse] = []
        if isHardwareProtected, store == .smartCard { aliases.append(AuthenticatorUse(.smartCard, .certificate)) }
        if isHardwareProtected, store == .securityKey { aliases.append(AuthenticatorUse(.webAuthn, .webAuthn)) }
        return AuthenticatorProof(
            key == .agent
                ? VerificationContext.ownAuthenticator : AuthenticatorUse(AuthenticatorKey(key.rawValue), .totp),
            aliases: aliases, traits: traits,
            userVerification: verification.map { $0 == "fpt" ? .biometrics : .pin }, at: provenAt,
            isInThisSignIn: isInThisSignIn)
    }
}
