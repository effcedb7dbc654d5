// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// What a challenge says: the payload of the JWS that the verifier signs for one sign-in.
///
/// Names are of the public FastPass clients; `nbf`, `allowedOrigins`, `bindings`, `keyProtection`, `devicePostureChecks` and
/// `freshSignals` are added here. Members that a client does not know are ignored; an enumeration value that it does not know is `nil`.
public struct ChallengeClaims: Hashable, Sendable {
    /// The verifier (`iss`): the issuer URL of its discovery document.
    public var issuer: String
    /// For whom it is (`aud`); the issuer again.
    public var audience: String
    /// When it was made, in seconds since 1970.
    public var issuedAt: Int64
    /// From when it counts.
    public var notBefore: Int64
    /// Until when it counts.
    public var expiresAt: Int64
    /// Its own name (`jti`).
    public var tokenID: String
    /// The number used once that the response repeats.
    public var nonce: String
    /// The transaction that it belongs to.
    public var transactionID: String
    /// The organisation whose pinned keys it is checked against.
    public var organizationID: String
    /// The person who is to answer.
    public var userID: String
    /// Where the response goes; of the issuer's origin.
    public var verificationURI: String
    /// `signed_nonce`.
    public var method: String
    /// The kinds of key that may answer.
    public var keyTypes: [String]
    /// Whether the person is to be verified.
    public var userVerification: UserVerificationRequirement?
    /// Whether the person is to be asked.
    public var userMediation: UserMediation?
    /// The signals that are asked for.
    public var signals: [SignalName]
    /// The other programs whose signals are asked for.
    public var signalProviders: [SignalProviderRequest]
    /// What the person typed as their name.
    public var loginHint: String?
    /// The app that is signed in to, as people call it.
    public var appInstanceName: String?
    /// The origins of pages that may carry this challenge to the agent.
    public var allowedOrigins: [Origin]
    /// The ways by which it may reach the agent.
    public var bindings: [Binding]
    /// What protection the key needs.
    public var keyProtection: KeyProtection
    /// Checks of the organisation's own to run.
    public var devicePostureChecks: [PostureCheckRequest]
    /// Whether signals are to be read anew: what the agent remembers of a moment ago does not do.
    public var freshSignals: Bool

    /// How long a challenge counts, in seconds.
    public static let lifetime: Int64 = 300

    /// A challenge that counts from `issuedAt` for ``lifetime``.
    public init(
        issuer: String, issuedAt: Int64, tokenID: String, nonce: String, transactionID: String, organizationID: String,
        userID: String, verificationURI: String, userVerification: UserVerificationRequirement,
        userMediation: UserMediation, signals: [SignalName], loginHint: String?, appInstanceName: String?,
        allowedOrigins: [Origin], bindings: [Binding] = [.loopback], keyProtection: KeyProtection = .any,
        freshSignals: Bool = false
    ) {
        self.issuer = issuer
        audience = issuer
        self.issuedAt = issuedAt
        notBefore = issuedAt
        expiresAt = issuedAt + Self.lifetime
        self.tokenID = tokenID
        self.nonce = nonce
        self.transactionID = transactionID
        self.organizationID = organizationID
        self.userID = userID
        self.verificationURI = verificationURI
        method = "signed_nonce"
        keyTypes =
            userVerification.wantsVerification ? ["userVerification", "proofOfPossession"] : ["proofOfPossession"]
        self.userVerification = userVerification
        self.userMediation = userMediation
        self.signals = signals
        signalProviders = []
        self.loginHint = loginHint
        self.appInstanceName = appInstanceName
        self.allowedOrigins = allowedOrigins
        self.bindings = bindings
        self.keyProtection = keyProtection
        devicePostureChecks = []
        self.freshSignals = freshSignals
    }
}

/// A program whose signals a challenge asks for.
public struct SignalProviderRequest: Hashable, Sendable, Codable {
    /// The provider's name.
    public var name: String

    /// A request by name.
    public init(name: String) { self.name = name }
}

/// Whether a challenge wants the person verified.
public enum UserVerificationRequirement: String, Hashable, Sendable, Codable {
    /// No; the promptless key answers.
    case none = "NONE"
    /// No; as none.
    case discouraged = "DISCOURAGED"
    /// Yes, if this device can.
    case preferred = "PREFERRED"
    /// Yes; an answer without it says why.
    case required = "REQUIRED"

    /// Whether the user-verification key is to be tried first.
    public var wantsVerification: Bool { self == .preferred || self == .required }
}

/// Whether a challenge wants the person asked.
public enum UserMediation: String, Hashable, Sendable, Codable {
    /// Answer without a prompt.
    case none = "NONE"
    /// Ask for consent.
    case optional = "OPTIONAL"
    /// Ask for consent.
    case required = "REQUIRED"
}

/// The way by which a challenge reaches the agent.
public enum Binding: String, Hashable, Sendable, Codable {
    /// The loopback endpoint, where the browser states the page's origin.
    case loopback = "LOOPBACK"
    /// A link of the agent's own scheme, which states no origin.
    case customURI = "CUSTOM_URI"
}

/// What protection the answering key needs.
public enum KeyProtection: String, Hashable, Sendable, Codable {
    /// None in particular.
    case any = "ANY"
    /// Hardware. The agent looks at where its keys are; whether an attestation proves that, the verifier alone judges.
    case hardware = "HARDWARE"
}

extension ChallengeClaims: Codable {
    private enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case audience = "aud"
        case issuedAt = "iat"
        case notBefore = "nbf"
        case expiresAt = "exp"
        case tokenID = "jti"
        case transactionID = "transactionId"
        case organizationID = "orgId"
        case userID = "userId"
        case verificationURI = "verificationUri"
        case nonce, method, keyTypes, userVerification, userMediation, signals, signalProviders, loginHint,
            appInstanceName, allowedOrigins, bindings, keyProtection, devicePostureChecks, freshSignals
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        issuer = try values.decode(String.self, forKey: .issuer)
        audience = try values.decode(String.self, forKey: .audience)
        issuedAt = try values.decode(Int64.self, forKey: .issuedAt)
        notBefore = try values.decodeIfPresent(Int64.self, forKey: .notBefore) ?? issuedAt
        expiresAt = try values.decode(Int64.self, forKey: .expiresAt)
        tokenID = try values.decode(String.self, forKey: .tokenID)
        nonce = try values.decode(String.self, forKey: .nonce)
        transactionID = try values.decode(String.self, forKey: .transactionID)
        organizationID = try values.decode(String.self, forKey: .organizationID)
        userID = try values.decode(String.self, forKey: .userID)
        verificationURI = try values.decode(String.self, forKey: .verificationURI)
        method = try values.decode(String.self, forKey: .method)
        keyTypes = try values.decodeIfPresent([String].self, forKey: .keyTypes) ?? []
        userVerification = try values.decodeIfPresent(String.self, forKey: .userVerification)
            .flatMap(UserVerificationRequirement.init)
        userMediation = try values.decodeIfPresent(String.self, forKey: .userMediation).flatMap(UserMediation.init)
        signals = try values.decodeIfPresent([SignalName].self, forKey: .signals) ?? []
        signalProviders = try values.decodeIfPresent([SignalProviderRequest].self, forKey: .signalProviders) ?? []
        loginHint = try values.decodeIfPresent(String.self, forKey: .loginHint)
        appInstanceName = try values.decodeIfPresent(String.self, forKey: .appInstanceName)
        allowedOrigins = try values.decode([Origin].self, forKey: .allowedOrigins)
        bindings = try values.decode([String].self, forKey: .bindings).compactMap(Binding.init)
        keyProtection =
            try values.decodeIfPresent(String.self, forKey: .keyProtection).flatMap(KeyProtection.init) ?? .any
        devicePostureChecks = try values.decodeIfPresent([PostureCheckRequest].self, forKey: .devicePostureChecks) ?? []
        freshSignals = try values.decodeIfPresent(Bool.self, forKey: .freshSignals) ?? false
    }
}
