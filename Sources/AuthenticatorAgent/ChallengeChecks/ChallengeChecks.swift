// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// The checks of a challenge, in the order of docs/protocol.md §5: nothing later happens before all earlier hold.
///
/// The caller has checked the socket, `Host` and `Origin` before, and checks after that the challenge is new.
struct ChallengeChecks: Sendable {
    let directory: EnrollmentDirectory
    let keySets: KeySetFollower
    let clock: AgentClock
    /// The organisations whose challenges may be brought by a link, as the administrator of this device has it; by default none.
    var linkIssuers: Set<Origin> = []

    /// How far the device's clock may be from the verifier's, in seconds.
    static let leeway: Int64 = 60

    /// Checks a challenge.
    ///
    /// - Parameter originHeader: the `Origin` as the browser sent it; `nil` where a link brought the challenge, which states none.
    func accept(_ compact: String, from originHeader: String?) async throws(ChallengeRefusal) -> AcceptedChallenge {
        let unverified = try parse(compact)
        let (challenge, enrollments) = try await verify(unverified)
        try checkTimes(of: challenge.claims)
        try checkVerificationURI(of: challenge.claims, issuer: enrollments[0].issuer)
        let enrollment = try enrollment(of: challenge.claims.userID, among: enrollments)
        try checkBinding(of: challenge.claims, isLink: originHeader == nil)
        var origin: Origin?
        if let originHeader {
            origin = try await checkOrigin(originHeader, of: challenge, enrollment)
        } else {
            try checkLink(of: enrollment)
        }
        let current = await current(enrollment, for: challenge.claims)
        return AcceptedChallenge(challenge: challenge, enrollment: current, origin: origin)
    }

    /// The enrolment with the keys that it has now, where those that were kept lack the one that is asked for: it may have been
    /// added just now.
    private func current(_ enrollment: Enrollment, for claims: ChallengeClaims) async -> Enrollment {
        guard ResponsePlan(for: claims, to: enrollment).lacksKey else { return enrollment }
        return await directory.enrollments(of: claims, atOnce: true).first { $0.id == enrollment.id } ?? enrollment
    }

    private func parse(_ compact: String) throws(ChallengeRefusal) -> UnverifiedChallenge {
        do {
            return try UnverifiedChallenge(compact)
        } catch {
            throw .malformed("the challenge is not one of this protocol")
        }
    }

    /// Finds the organisation's enrolments by `orgId`, and checks the signature under a key that they have pinned.
    ///
    /// - Returns: the genuine challenge, and all enrolments of its verifier here, one at least.
    private func verify(
        _ unverified: UnverifiedChallenge
    ) async throws(ChallengeRefusal) -> (VerifiedChallenge, [Enrollment]) {
        guard let keyID = unverified.keyID else { throw .notForThisAgent }
        var enrollments = await directory.enrollments(of: unverified.claims)
        guard let first = enrollments.first else { throw .notForThisAgent }
        var key = Self.key(named: keyID, in: enrollments)
        if key == nil, await keySets.follow(first) {
            enrollments = await directory.enrollments(of: unverified.claims, atOnce: true)
            key = Self.key(named: keyID, in: enrollments)
        }
        guard let key, let challenge = try? unverified.verify(with: key) else { throw .notForThisAgent }
        return (challenge, enrollments)
    }

    private static func key(named keyID: String, in enrollments: [Enrollment]) -> PublicKey? {
        for enrollment in enrollments {
            if let key = enrollment.pinned.key(named: keyID) { return key }
        }
        return nil
    }

    private func checkTimes(of claims: ChallengeClaims) throws(ChallengeRefusal) {
        let now = clock.now()
        let advice = "start the sign-in again, and compare this machine's clock with the right time"
        guard claims.notBefore <= now + Self.leeway else {
            throw .outOfTime("the challenge does not count yet; \(advice)")
        }
        guard now - Self.leeway < claims.expiresAt else { throw .outOfTime("the challenge has expired; \(advice)") }
        guard claims.expiresAt <= now + ChallengeClaims.lifetime + Self.leeway else {
            throw .outOfTime("the challenge counts for too long; \(advice)")
        }
    }

    private func checkVerificationURI(of claims: ChallengeClaims, issuer: String) throws(ChallengeRefusal) {
        guard let target = Origin(ofURL: claims.verificationURI), target == Origin(ofURL: issuer),
            target.scheme == "https" || target.isLoopback
        else { throw .malformed("the challenge would have its answer sent elsewhere") }
        guard claims.method == "signed_nonce" else { throw .malformed("the challenge asks for another method") }
    }

    /// The newest enrolment of a person.
    private func enrollment(
        of userID: String, among enrollments: [Enrollment]
    ) throws(ChallengeRefusal) -> Enrollment {
        guard
            let newest = enrollments.filter({ $0.userID == userID }).max(by: {
                ($0.createdAt, $0.id) < ($1.createdAt, $1.id)
            })
        else { throw .notForThisAgent }
        return newest
    }

    private func checkBinding(of claims: ChallengeClaims, isLink: Bool) throws(ChallengeRefusal) {
        guard claims.bindings.contains(isLink ? .customURI : .loopback) else {
            throw .malformed("the challenge may not be brought \(isLink ? "by a link" : "over the loopback")")
        }
    }

    /// The organisation's word is in the signed challenge; this is that of the device's administrator.
    private func checkLink(of enrollment: Enrollment) throws(ChallengeRefusal) {
        guard let issuer = Origin(ofURL: enrollment.issuer), linkIssuers.contains(issuer) else {
            throw .malformed("the administrator of this device does not let links of this organisation sign in")
        }
    }

    /// Both must name the origin: the challenge, which the verifier signed now, and the key set, which it announced before.
    private func checkOrigin(
        _ header: String, of challenge: VerifiedChallenge, _ enrollment: Enrollment
    ) async throws(ChallengeRefusal) -> Origin {
        let relayed = ChallengeRefusal.foreignOrigin(
            RelayedChallenge(challenge: challenge, enrollment: enrollment, originHeader: header))
        guard let origin = Origin(header), challenge.claims.allowedOrigins.contains(origin) else { throw relayed }
        if enrollment.pinned.allowedOrigins.contains(origin) { return origin }
        // The verifier may have announced the origin since.
        if await keySets.follow(enrollment) {
            let renewed = await directory.enrollments(of: challenge.claims, atOnce: true)
            if renewed.contains(where: { $0.id == enrollment.id && $0.pinned.allowedOrigins.contains(origin) }) {
                return origin
            }
        }
        throw relayed
    }
}
