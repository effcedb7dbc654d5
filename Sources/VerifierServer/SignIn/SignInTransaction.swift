// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance
internal import WireProtocol

/// What the verifier remembers of the challenge that a sign-in waits for.
struct IssuedChallenge: Hashable, Sendable, Codable {
    /// The compact JWS, as the page gets it.
    let compact: String
    /// base64url SHA-256 of it.
    let hash: String
    /// The number used once.
    let nonce: String
    /// Until when it counts, in seconds since 1970.
    let expiresAt: Int64
    /// The origins whose pages may carry it, as it says them.
    let allowedOrigins: [String]
    /// The ways by which it may reach the agent.
    let bindings: [Binding]
    /// The kinds of key that may answer it.
    let keyTypes: [String]
    /// Whether it wants the person verified.
    let userVerification: UserVerificationRequirement
    /// Whether it wants the person asked.
    let userMediation: UserMediation
    /// What protection the key needs; absent in records of a version that asked for none.
    let keyProtection: KeyProtection?
    /// Whether it looks at the device alone; absent for `false`.
    var isRecheck: Bool?

    /// Whether a link brings it to the agent.
    var isByLink: Bool { bindings == [.customURI] }
}

/// One sign-in, from the app's request to its end.
struct SignInTransaction: StoredRecord {
    /// Where it stands.
    enum State: Hashable, Sendable, Codable {
        /// The person is to say who they are.
        case identify
        /// An agent is to answer this challenge.
        case challenged(IssuedChallenge)
        /// A person is authenticated, and policy asks for one more proof: a challenge is on its way. The page is still shown the last.
        case due(ChallengeIssuer.Demand, previous: String)
        /// The person may type a one-time code.
        case enrollmentCode
        /// The person was authenticated.
        case succeeded(AuthenticatedIdentity)
        /// The person was authenticated, but policy refused the device.
        case denied([Remediation])
        /// The person was authenticated, and is told first what to fix, until a time where there is one.
        case warned(AuthenticatedIdentity, [Remediation], until: Int64?)
        /// It ended without a sign-in.
        case failed(SignInFailure)
        /// The identity was taken.
        case finished
    }

    static let collection = "sign_ins"
    /// How long a sign-in may take from its beginning, in seconds.
    static let lifetime: Int64 = 30 * 60
    /// How long it is remembered after its beginning, in seconds: a person who was too slow is still led back to the app.
    static let memory: Int64 = 3600
    /// How many origins that were reported are remembered.
    static let maximumReports = 8
    /// How often policy may ask for one more proof: what is not enough after that will not be.
    static let maximumStepUps = 3

    /// The transaction's id, which stands in challenges.
    let id: String
    /// The hash of the browser's state handle.
    let handleHash: String
    /// What the app asked.
    let request: SignInRequest
    /// When it began, in seconds since 1970.
    let createdAt: Int64
    /// The name that the person typed.
    var username: String?
    /// The user who bears it.
    var userID: String?
    /// Where it stands.
    var state = State.identify
    /// The hash of the response that ended the last challenge, so that the same response again is known.
    var answeredBy: String?
    /// The origins of pages that agents refused to answer for.
    var reportedOrigins: [String] = []
    /// The challenge that the page gave up: what an agent reports of the page that carried it still counts.
    var abandonedChallenge: IssuedChallenge?
    /// Who was authenticated in this sign-in, while policy has not let the device in; the same device may be looked at again.
    var earned: AuthenticatedIdentity?
    /// Whether a security key's counter went back in this sign-in; absent for `false`.
    var counterRegressed: Bool?
    /// How often policy asked for one more proof.
    var stepUps: Int?
    /// The kind of key that policy asked one more proof by, by the key of its authenticator; `nil` where any key would have done.
    var askedKey: String?
    /// Where the browser is that signs in, as far as the verifier sees.
    var address: String?

    var indexKeys: [IndexSlot: String] { [.unique: handleHash] }
    var endsAt: Int64 { createdAt + Self.lifetime }
    var forgottenAt: Int64 { createdAt + Self.memory }
    var expiresAt: Int64? { forgottenAt }

    /// The challenge that it waits for.
    var challenge: IssuedChallenge? {
        if case .challenged(let challenge) = state { challenge } else { nil }
    }

    /// The page, or the person, no longer waits for the challenge.
    mutating func giveUp(_ next: State) {
        if let challenge { abandonedChallenge = challenge }
        state = next
    }

    /// Where a failure leads: to the question for a one-time code, where one may stand in for the device, or the key, that is missing.
    func state(after failure: SignInFailure) -> State {
        let lacksKey: [SignInFailure] = [
            .agentUnreachable, .hardwareKeyRequired, .smartCardRequired, .securityKeyRequired,
        ]
        return lacksKey.contains(failure) && request.acceptsEnrollmentCode ? .enrollmentCode : .failed(failure)
    }

    /// What its browser may know at a time.
    func standing(at now: Int64) -> SignInStanding {
        SignInStanding(view: view(at: now), request: request, endsAt: forgottenAt)
    }

    /// What the page is told at a time.
    func view(at now: Int64) -> SignInView {
        guard now < endsAt else { return .failed(.expired) }
        return switch state {
        case .identify: .identify
        case .challenged(let challenge):
            now < challenge.expiresAt
                ? .challenge(challenge.compact, isRecheck: challenge.isRecheck == true, isByLink: challenge.isByLink)
                : .failed(.timedOut)
        case .due(_, let previous): .challenge(previous, isRecheck: false, isByLink: false)
        case .enrollmentCode: .enrollmentCode
        case .succeeded(let identity): .success(identity)
        case .denied(let remediations): .denied(remediations)
        case .warned(_, let remediations, let until): .warned(remediations, until: until)
        case .failed(let failure): .failed(failure)
        case .finished: .failed(.expired)
        }
    }
}
