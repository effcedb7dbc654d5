// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// What a response says: the payload of the JWS that the device signs.
///
/// Names are of the public FastPass clients; `challengeHash`, `signalReadings` and `devicePostureChecks` are added here.
public struct ResponseClaims: Hashable, Sendable {
    /// The enrolment that answers (`iss`).
    public var enrollmentID: String
    /// The challenge's issuer (`aud`).
    public var audience: String
    /// The person (`sub`).
    public var userID: String
    /// When it was made, by the device's clock, in seconds since 1970.
    public var issuedAt: Int64
    /// Its own name (`jti`).
    public var tokenID: String
    /// The transaction (`tx`).
    public var transactionID: String
    /// The challenge's nonce.
    public var nonce: String
    /// base64url SHA-256 of the challenge as received.
    public var challengeHash: String
    /// How the person was verified: empty for possession alone, else a name of RFC 8176 such as `pin`.
    public var methods: [String]
    /// The enrolment of this method.
    public var methodEnrollmentID: String
    /// The kind of key that signed: a name of ``ResponseKeyType``.
    public var keyType: ResponseKeyType
    /// The device's signals.
    public var deviceSignals: DeviceSignalsClaim
    /// How the challenge arrived and what the person said.
    public var context: ChallengeResponseContext
    /// The signals of other programs, one element for each that was asked for; `nil` where none was.
    public var signalProviders: [SignalProviderElement]?
    /// What came of the organisation's own checks, one report for each; `nil` where none was asked for.
    public var devicePostureChecks: [PostureCheckReport]?

    /// The most providers, and the most checks, that a response may tell of.
    public static let maximumReports = 16
    /// How long a response counts, in seconds, in both directions from `issuedAt`.
    public static let lifetime: Int64 = 300

    /// A response.
    public init(
        to challenge: VerifiedChallenge, enrollmentID: String, methodEnrollmentID: String, issuedAt: Int64,
        tokenID: String, methods: [String], keyType: ResponseKeyType, deviceSignals: DeviceSignalsClaim,
        context: ChallengeResponseContext
    ) {
        self.enrollmentID = enrollmentID
        audience = challenge.claims.issuer
        userID = challenge.claims.userID
        self.issuedAt = issuedAt
        self.tokenID = tokenID
        transactionID = challenge.claims.transactionID
        nonce = challenge.claims.nonce
        challengeHash = challenge.hash
        self.methods = methods
        self.methodEnrollmentID = methodEnrollmentID
        self.keyType = keyType
        self.deviceSignals = deviceSignals
        self.context = context
    }
}

/// The kind of key that signed a response.
public enum ResponseKeyType: String, Hashable, Sendable, Codable {
    /// The promptless key: possession.
    case proofOfPossession
    /// The key behind a PIN or a fingerprint.
    case userVerification
    /// The key that signs refusals and maintenance; never a sign-in.
    case clientInstance
}

/// How a challenge arrived and what the person said to it.
public struct ChallengeResponseContext: Hashable, Sendable, Codable {
    /// What the person said, or why nobody was asked.
    public var userConsent: UserConsent
    /// The `Origin` of the loopback request, exactly as the browser sent it.
    public var originHeader: String?
    /// `LOGIN`.
    public var transactionType: String
    /// The way by which the challenge arrived.
    public var bindingType: Binding

    /// A context.
    public init(userConsent: UserConsent, originHeader: String?, bindingType: Binding) {
        self.userConsent = userConsent
        self.originHeader = originHeader
        transactionType = "LOGIN"
        self.bindingType = bindingType
    }
}

/// What a person said to a challenge, or why there is no such word.
public enum UserConsent: String, Hashable, Sendable, Codable {
    /// Nobody was asked.
    case none = "NONE"
    /// The person agreed.
    case approvedConsentPrompt = "APPROVED_CONSENT_PROMPT"
    /// The person agreed by verifying themselves.
    case approvedUserVerification = "APPROVED_USER_VERIFICATION"
    /// The person refused.
    case deniedConsentPrompt = "DENIED_CONSENT_PROMPT"
    /// The person closed the verification prompt.
    case cancelledUserVerification = "CANCELLED_USER_VERIFICATION"
    /// Verification failed this time.
    case userVerificationTemporarilyUnavailable = "UV_TEMPORARILY_UNAVAILABLE"
    /// There is no key to verify with, or it is locked.
    case userVerificationPermanentlyUnavailable = "UV_PERMANENTLY_UNAVAILABLE"
    /// Nobody answered the prompt in time. Ours.
    case timedOut = "TIMED_OUT"
    /// The page's origin was not allowed: nobody was asked, no signal was read. Ours.
    case phishingDetected = "PHISHING_DETECTED"
    /// No key of the enrolment has the protection that is asked for: nobody was asked, no signal was read. Ours.
    case keyProtectionUnavailable = "KEY_PROTECTION_UNAVAILABLE"

    /// Whether a response with this word can be a sign-in at all.
    public var isRefusal: Bool {
        switch self {
        case .deniedConsentPrompt, .timedOut, .phishingDetected, .keyProtectionUnavailable: true
        default: false
        }
    }
}

extension ResponseClaims: Codable {
    private enum CodingKeys: String, CodingKey {
        case enrollmentID = "iss"
        case audience = "aud"
        case userID = "sub"
        case issuedAt = "iat"
        case notBefore = "nbf"
        case expiresAt = "exp"
        case tokenID = "jti"
        case transactionID = "tx"
        case methods = "amr"
        case methodEnrollmentID = "methodEnrollmentId"
        case context = "challengeResponseContext"
        case nonce, challengeHash, keyType, deviceSignals, integrations, signalProviders,
            devicePostureChecks
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        enrollmentID = try values.decode(String.self, forKey: .enrollmentID)
        audience = try values.decode(String.self, forKey: .audience)
        userID = try values.decode(String.self, forKey: .userID)
        issuedAt = try values.decode(Int64.self, forKey: .issuedAt)
        let notBefore = try values.decode(Int64.self, forKey: .notBefore)
        let expiresAt = try values.decode(Int64.self, forKey: .expiresAt)
        let start = issuedAt.subtractingReportingOverflow(Self.lifetime)
        let end = issuedAt.addingReportingOverflow(Self.lifetime)
        guard !start.overflow, !end.overflow, notBefore == start.partialValue, expiresAt == end.partialValue else {
            throw DecodingError.dataCorruptedError(
                forKey: .expiresAt, in: values, debugDescription: "nbf and exp are not 300 s around iat")
        }
        tokenID = try values.decode(String.self, forKey: .tokenID)
        transactionID = try values.decode(String.self, forKey: .transactionID)
        nonce = try values.decode(String.self, forKey: .nonce)
        challengeHash = try values.decode(String.self, forKey: .challengeHash)
        methods = try values.decode([String].self, forKey: .methods)
        methodEnrollmentID = try values.decode(String.self, forKey: .methodEnrollmentID)
        keyType = try values.decode(ResponseKeyType.self, forKey: .keyType)
        deviceSignals = try values.decode(DeviceSignalsClaim.self, forKey: .deviceSignals)
        context = try values.decode(ChallengeResponseContext.self, forKey: .context)
        signalProviders = try Self.reports(values, .signalProviders)
        devicePostureChecks = try Self.reports(values, .devicePostureChecks)
    }

    private static func reports<Report: Decodable>(
        _ values: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys
    ) throws -> [Report]? {
        let reports = try values.decodeIfPresent([Report].self, forKey: key)
        guard reports.map({ $0.count <= maximumReports }) ?? true else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: values, debugDescription: "more than \(maximumReports) elements")
        }
        return reports
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(enrollmentID, forKey: .enrollmentID)
        try values.encode(audience, forKey: .audience)
        try values.encode(userID, forKey: .userID)
        try values.encode(issuedAt, forKey: .issuedAt)
        try values.encode(issuedAt - Self.lifetime, forKey: .notBefore)
        try values.encode(issuedAt + Self.lifetime, forKey: .expiresAt)
        try values.encode(tokenID, forKey: .tokenID)
        try values.encode(transactionID, forKey: .transactionID)
        try values.encode(nonce, forKey: .nonce)
        try values.encode(challengeHash, forKey: .challengeHash)
        try values.encode(methods, forKey: .methods)
        try values.encode(methodEnrollmentID, forKey: .methodEnrollmentID)
        try values.encode(keyType, forKey: .keyType)
        try values.encode(deviceSignals, forKey: .deviceSignals)
        try values.encode(context, forKey: .context)
        try values.encodeNil(forKey: .integrations)
        try values.encode(signalProviders, forKey: .signalProviders)
        try values.encode(devicePostureChecks, forKey: .devicePostureChecks)
    }
}
