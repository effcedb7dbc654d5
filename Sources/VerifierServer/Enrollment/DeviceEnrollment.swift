// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// Enrolment of devices, kept in the store.
struct DeviceEnrollment: EnrollmentService {
    /// How many enrolments that were not deleted a user may have.
    static let maximumPerUser = 100

    let settings: VerifierSettings
    let store: any VerifierStore
    let clock: VerifierClock
    let audit: AuditLog
    let challengeKeys: ChallengeKeyring
    let keyCache: PublicKeyCache
    let codes: EnrollmentCodes
    let notices: NoticeService
    let rateLimiter: RateLimiter
    let attestation: AttestationService

    func configuration() async throws -> AuthenticatorConfiguration {
        AuthenticatorConfiguration(
            authenticatorID: settings.authenticatorID, organizationID: settings.organizationID,
            name: settings.organizationName, issuer: settings.issuer,
            settings: .init(
                userVerification: settings.enrollmentUserVerification.rawValue,
                oauthClientID: AuthenticatorConfiguration.agentClientID,
                fingerprintReaders: settings.fingerprintReaders, keyProtection: settings.keyProtection),
            enrollEndpoint: "\(settings.issuer)/idp/myaccount/app-authenticators",
            pinnedKeySet: try await challengeKeys.pinnedKeySet())
    }

    func announcements(after sequence: Int) async throws -> KeySetAnnouncements {
        try await challengeKeys.announcements(after: sequence)
    }

    func attestationChallenge(_ request: AttestationRequest, address: String) async throws -> AttestationChallenge {
        try await attestation.challenge(for: request, address: address)
    }

    // MARK: - Enrolling

    private enum Outcome: Sendable {
        case made(EnrollmentRecord, DeviceRecord, User, usedCode: Bool)
        case repeated(EnrollmentRecord, DeviceRecord, User)
        case codeRefused(userID: String?)
    }

    /// Whom an authority stands for.
    enum Authorized {
        /// A person; whether it was by their code.
        case user(User, usedCode: Bool)
        /// Nobody; the person whose code it may have been. The transaction must commit, since the wrong try is counted in it.
        case codeRefused(userID: String?)
    }

    func enroll(
        _ request: EnrollmentRequest, authority: EnrollmentAuthority, address: String
    ) async throws -> EnrollmentResponse {
        try await rateLimiter.spend(.enrollment, by: address)
        if case .earlierRequest(let token) = authority { return try await finish(request, token: token) }
        if case .code = authority { try await rateLimiter.check(.failedCode, by: address) }
        let proposal = try await attestation.judge(try EnrollmentProposal(request, settings: settings))
        let now = clock.now()
        let outcome: Outcome
        do {
            outcome = try await store.write(telling: audit, { Self.events(of: $0, address: address) }) {
                try enroll(proposal, authority: authority, at: now, in: $0)
            }
        } catch StoreError.alreadyExists {
            throw VerifierError(
                400, .validation, "A key of this request was enrolled before: make new keys, then enrol again.")
        }
        switch outcome {
        case .codeRefused(let userID):
            throw await codes.refusal(userID: userID, address: address, rateLimiter: rateLimiter)
        case .repeated(let enrollment, let device, let user):
            return Self.response(enrollment, device, user)
        case .made(let enrollment, let device, let user, _):
            return Self.response(enrollment, device, user)
        }
    }

    private func enroll(
        _ proposal: EnrollmentProposal, authority: EnrollmentAuthority, at now: Int64, in writer: any StoreWriter
    ) throws -> Outcome {
        let user: User
        let usedCode: Bool
        let request = "enrolment \(proposal.request.requestID) \(proposal.proofOfPossession.thumbprint)"
        switch try authorize(request, by: authority, at: now, in: writer) {
        case .codeRefused(let userID): return .codeRefused(userID: userID)
        case .user(let authorized, let used): (user, usedCode) = (authorized, used)
        }
        let requestKey = EnrollmentRecord.requestKey(userID: user.id, requestID: proposal.request.requestID)
        if let earlier = try writer.records(EnrollmentRecord.self, where: .unique, is: requestKey).first {
            guard proposal.made(earlier) else {
                throw VerifierError(400, .validation, "This requestId was used for other keys: make a new one.")
            }
            if let refusal = IdentityStanding.refusal(of: earlier) { throw refusal }
            return .repeated(earlier, try Self.device(of: earlier, in: writer), user)
        }
        let others = try writer.records(EnrollmentRecord.self, where: .first, is: user.id)
        guard others.count(where: { $0.status != .deleted }) < Self.maximumPerUser else {
            throw VerifierError(400, .validation, "The account has too many devices: delete some, then enrol again.")
        }
        let (enrollment, device) = try insert(proposal, for: user, at: now, in: writer)
        try postNotices(of: device, to: user, usedCode: usedCode, at: now, in: writer)
        return .made(enrollment, device, user, usedCode: usedCode)
    }

    /// Uses an authority, within the transaction of what it allows.
    ///
    /// - Parameter request: a name for what uses it; the same name may use it again.
    func authorize(
        _ request: String, by authority: EnrollmentAuthority, at now: Int64, in writer: any StoreWriter
    ) throws -> Authorized {
        switch authority {
        case .accessToken(let id):
            return .user(try AccessTokenRecord.use(id, for: request, at: now, in: writer), usedCode: false)
        case .code(let typed):
            return switch try codes.use(typed, userID: nil, request: request, in: writer) {
            case .accepted(let user), .repeated(let user): .user(user, usedCode: true)
            case .refused(let userID): .codeRefused(userID: userID)
            }
        case .earlierRequest: return .codeRefused(userID: nil)
        }
    }

    private func insert(
        _ proposal: EnrollmentProposal, for user: User, at now: Int64, in writer: any StoreWriter
    ) throws -> (EnrollmentRecord, DeviceRecord) {
        let block = proposal.request.device
        let device = DeviceRecord(
            id: try SecureRandom.identifier(prefix: "guo"),
            clientInstanceID: try SecureRandom.identifier(prefix: "cli"), userID: user.id,
            displayName: block.displayName, platform: block.platform, osVersion: block.osVersion,
            manufacturer: block.manufacturer, model: block.model, clientInstanceVersion: block.clientInstanceVersion,
            status: .active, createdAt: now)
        let enrollment = EnrollmentRecord(
            id: try SecureRandom.identifier(prefix: "pfd"), userID: user.id, deviceID: device.id,
            methodID: try SecureRandom.identifier(prefix: "crp"), requestID: proposal.request.requestID,
            status: .active, proofOfPossession: proposal.proofOfPossession,
            userVerification: proposal.userVerification, clientInstance: proposal.clientInstance, createdAt: now)
        for key in proposal.keys { try EnrolledKeyRecord.insert(key, of: enrollment, in: writer) }
        try writer.insert(device)
        try writer.insert(enrollment)
        return (enrollment, device)
    }

    // MARK: - Telling

    private func postNotices(
        of device: DeviceRecord, to user: User, usedCode: Bool, at now: Int64, in writer: any StoreWriter
    ) throws {
        if usedCode {
            try notices.post(.codeUsed, to: user.id, text: EnrollmentCodes.useNotice(at: now), in: writer)
        }
        let text =
            "The device \"\(device.displayName)\" was enrolled for your account on \(NoticeTime.text(of: now)). "
            + "If this was not you, tell your administrator at once."
        try notices.post(.deviceEnrolled, to: user.id, text: text, in: writer)
    }

    private static func events(of outcome: Outcome, address: String) -> [AuditEvent] {
        guard case .made(let enrollment, _, let user, let usedCode) = outcome else { return [] }
        let targets: [AuditEvent.Entity] = [.device(id: enrollment.deviceID), .enrollment(id: enrollment.id)]
        let use = AuditEvent(.codeUse, outcome: .success, actor: .user(user), address: address, targets: targets)
        let made = AuditEvent(
            .deviceEnroll, outcome: .success, actor: .user(user), address: address, targets: targets,
            debugData: ["authority": usedCode ? "one-time code" : "sign-in"])
        return usedCode ? [use, made] : [made]
    }

    static func device(of enrollment: EnrollmentRecord, in reader: any StoreReader) throws -> DeviceRecord {
        guard let device = try reader.record(DeviceRecord.self, id: enrollment.deviceID) else {
            throw StoreError.failed("the device of enrolment \(enrollment.id) is missing in the store")
        }
        return device
    }

    static func response(
        _ enrollment: EnrollmentRecord, _ device: DeviceRecord, _ user: User
    ) -> EnrollmentResponse {
        EnrollmentResponse(
            id: enrollment.id, user: .init(id: user.id, username: user.username),
            device: .init(id: device.id, clientInstanceID: device.clientInstanceID), methodID: enrollment.methodID,
            keys: enrollment.listedKeys)
    }
}
