// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceAssurance
package import WireProtocol

/// What an app asks of a sign-in.
package struct SignInRequest: Hashable, Sendable, Codable {
    /// What the app asked of the authorization endpoint, which the sign-in is to be answered to.
    package var authorization: AuthorizationRequest
    /// Whose ID token the app sent as a hint, if it did.
    package var hintedUserID: String?
    /// The app's name, for a person and for the challenge.
    package var appName: String
    /// Whether the person is to be verified.
    package var userVerification: UserVerificationRequirement
    /// Whether the person is to be asked.
    package var userMediation: UserMediation
    /// What protection the key needs that signs; absent in records of a version that asked for none.
    package var keyProtection: KeyProtection?
    /// Whether a one-time code may stand in for a device: true for the agent's own client alone, so that a code enrols a device
    /// and opens no app.
    package var acceptsEnrollmentCode: Bool
    /// Whether the policy of device assurance guards this sign-in.
    package var requiresAssurance: Bool
    /// What comes of a device that does not meet it; absent in records of a version that knew one mode alone.
    package var assuranceMode: AssuranceMode?
    /// The access policy that decides; `nil` where none does.
    package var policyID: String?
    /// What the person wants to do with their account, which the account management policy decides; `nil` for a sign-in.
    package var change: AccountChange?

    /// A request.
    package init(
        authorization: AuthorizationRequest, hintedUserID: String?, appName: String,
        userVerification: UserVerificationRequirement, userMediation: UserMediation, keyProtection: KeyProtection,
        acceptsEnrollmentCode: Bool, requiresAssurance: Bool, assuranceMode: AssuranceMode? = nil
    ) {
        self.authorization = authorization
        self.hintedUserID = hintedUserID
        self.appName = appName
        self.userVerification = userVerification
        self.userMediation = userMediation
        self.keyProtection = keyProtection
        self.acceptsEnrollmentCode = acceptsEnrollmentCode
        self.requiresAssurance = requiresAssurance
        self.assuranceMode = assuranceMode
    }

    /// Whether a link may bring the challenge, as far as the app is concerned. It is not resistant to phishing: who is phished by one must
    /// not enrol a device, which would be, nor change an account or, as an administrator, those of others; and an app that asks for an
    /// authentication context gets none.
    package var servesLinks: Bool {
        !acceptsEnrollmentCode && change == nil && clientID != RegisteredClient.accountPageID
            && authorization.managementScopes.isEmpty && authorization.isSatisfied(by: nil)
    }

    /// The registered client.
    package var clientID: String { authorization.clientID }
}

/// A sign-in that a browser holds the state handle of.
package struct SignInStanding: Sendable {
    /// Where it stands.
    package var view: SignInView
    /// What the app asked.
    package var request: SignInRequest
    /// Until when the app can be answered, in seconds since 1970.
    package var endsAt: Int64
}

/// Where a sign-in stands, as the page is told.
package enum SignInView: Sendable {
    /// The person is to say who they are.
    case identify
    /// The agent is to answer a challenge, a compact JWS.
    ///
    /// - Parameters:
    ///   - isRecheck: whether it looks at the device alone, of a person who is authenticated already.
    ///   - isByLink: whether the person opens a link with it, in place of the page's own way to the agent.
    case challenge(String, isRecheck: Bool, isByLink: Bool)
    /// The person has no device yet, and may type a one-time code.
    case enrollmentCode
    /// It is done.
    case success(AuthenticatedIdentity)
    /// Policy did not let the device in; what to fix, item by item.
    case denied([Remediation])
    /// A device let in although something is to be fixed, until a time where there is one; the person goes on by
    /// ``SignInService/skip(stateHandle:)``.
    case warned([Remediation], until: Int64?)
    /// It ended without a sign-in.
    case failed(SignInFailure)
}

/// Why a sign-in ended without one.
package enum SignInFailure: String, Hashable, Sendable, Codable {
    /// The person refused.
    case declined
    /// Nobody answered the prompt.
    case timedOut
    /// Another page carried the challenge.
    case phishing
    /// No agent answered on this machine.
    case agentUnreachable
    /// The agent answered with an error.
    case agentError
    /// The person cancelled on the page.
    case cancelled
    /// The device's clock is too far off.
    case clockSkew
    /// The app wants the person verified, and this device could not.
    case userVerificationUnavailable
    /// The app wants a key in attested hardware, and no such key signed.
    case hardwareKeyRequired
    /// Policy asks for a smart card, and this device has none enrolled, or answered with another key.
    case smartCardRequired
    /// Policy asks for a security key, and this device has none enrolled, or answered with another key.
    case securityKeyRequired
    /// The device or the user was suspended or deleted.
    case notActive
    /// The security key may have been copied.
    case keyCopied
    /// The transaction's time is over.
    case expired
    /// The account has no device, and a code does not open this app: enrol first.
    case noDevice
    /// Policy asks for what nothing here can prove.
    case policyUnattainable
}

/// A person who was authenticated, and how.
package struct AuthenticatedIdentity: Hashable, Sendable, Codable {
    /// The user's id.
    package var userID: String
    /// The device, where one answered.
    package var deviceID: String?
    /// The enrolment that answered, if one did.
    package var enrollmentID: String?
    /// When, in seconds since 1970.
    package var authenticatedAt: Int64
    /// How (`amr`, RFC 8176).
    package var methods: [String]
    /// The authentication context: `phr`, `phrh`, or `nil` for a one-time code or a link.
    package var contextClass: String?
    /// The thumbprint of the enrolment's key that signed; `nil` where none did, or where an older version wrote this.
    package var keyThumbprint: String?
    /// What policy said of the device; `nil` where none was asked.
    package var compliance: DeviceCompliance?
    /// What was proven, each with its time; `nil` where an older version wrote this.
    package var proofs: [ProvenAuthenticator]?

    /// An identity.
    package init(
        userID: String, deviceID: String?, enrollmentID: String?, authenticatedAt: Int64, methods: [String],
        contextClass: String?, keyThumbprint: String? = nil
    ) {
        self.userID = userID
        self.deviceID = deviceID
        self.enrollmentID = enrollmentID
        self.authenticatedAt = authenticatedAt
        self.methods = methods
        self.contextClass = contextClass
        self.keyThumbprint = keyThumbprint
    }

    /// Whether a device answered a link, of which nobody knows who opened it where.
    var isByLink: Bool { deviceID != nil && contextClass == nil }
}

/// The way of one sign-in, without HTTP.
///
/// A sign-in is named towards the page by its *state handle*, a secret of the browser's; the store keeps its hash.
package protocol SignInService: Sendable {
    /// Starts a sign-in; answers the state handle.
    func begin(_ request: SignInRequest, address: String) async throws -> String
    /// Where it stands. This is what the page polls.
    func view(stateHandle: String) async throws -> SignInStanding
    /// The person says who they are. A name that nobody bears is answered as one without a device, in the same time.
    func identify(stateHandle: String, username: String, address: String) async throws -> SignInStanding
    /// The page or the person gives up: the reasons of the Sign-In Widget (`OV_UNREACHABLE_BY_LOOPBACK`, `OV_RETURNED_ERROR`,
    /// `USER_CANCELED`) and the loopback's status.
    func cancel(stateHandle: String, reason: String, statusCode: Int?) async throws -> SignInStanding
    /// Makes a new challenge in a sign-in that failed or whose challenge ran out: the page's "try again".
    func retry(stateHandle: String, address: String) async throws -> SignInStanding
    /// Makes a challenge for a link, in a sign-in whose page did not reach the agent.
    ///
    /// - Throws: ``VerifierError`` where that does not serve: see ``SignInRequest/servesLinks``.
    func link(stateHandle: String, address: String) async throws -> SignInStanding
    /// The device is looked at again, after something was fixed on it: the page's "check again".
    func recheck(stateHandle: String, address: String) async throws -> SignInStanding
    /// The person types a one-time code.
    func redeem(stateHandle: String, code: String, address: String) async throws -> SignInStanding
    /// The person goes on although something is to be fixed within the grace period.
    func skip(stateHandle: String) async throws -> SignInStanding
    /// The agent posts a response to the transaction's verification URI.
    ///
    /// - Throws: ``VerifierError`` where it is refused.
    func respond(transactionID: String, response: String, address: String) async throws
    /// Takes the identity of a sign-in that succeeded, exactly once, within the caller's transaction, and ends the sign-in.
    ///
    /// - Throws: ``VerifierError`` where it is over, or the user, the enrolment or the device is no longer active.
    func finish(stateHandle: String, in writer: any StoreWriter) throws -> (SignInRequest, AuthenticatedIdentity)
    /// Gives a sign-in up for good, within the caller's transaction; answers what the app had asked.
    func abandon(stateHandle: String, in writer: any StoreWriter) throws -> SignInRequest
}
