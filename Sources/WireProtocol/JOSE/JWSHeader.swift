// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The protected header of a compact JWS (RFC 7515 §4).
public struct JWSHeader: Hashable, Sendable, Codable {
    /// The algorithm.
    public var algorithm: JWSAlgorithm
    /// What kind of token it is (`typ`).
    public var type: String?
    /// The name of the key.
    public var keyID: String?

    /// A header.
    public init(algorithm: JWSAlgorithm, type: String?, keyID: String?) {
        self.algorithm = algorithm
        self.type = type
        self.keyID = keyID
    }

    private enum CodingKeys: String, CodingKey {
        case algorithm = "alg"
        case type = "typ"
        case keyID = "kid"
        case critical = "crit"
    }

    /// Refuses every critical extension, for none is understood here (RFC 7515 §4.1.11).
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard !container.contains(.critical) else { throw JWSError.unsupported }
        guard let algorithm = JWSAlgorithm(name: try container.decode(String.self, forKey: .algorithm)) else {
            throw JWSError.unsupported
        }
        self.algorithm = algorithm
        type = try container.decodeIfPresent(String.self, forKey: .type)
        keyID = try container.decodeIfPresent(String.self, forKey: .keyID)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(algorithm.name, forKey: .algorithm)
        try container.encodeIfPresent(type, forKey: .type)
        try container.encodeIfPresent(keyID, forKey: .keyID)
    }
}

/// The `typ` values that are spoken here.
public enum TokenType {
    /// Challenges and responses over the loopback.
    public static let deviceBind = "okta-devicebind+jwt"
    /// A request about an enrolment, signed with its proof-of-possession key.
    public static let enrollmentUpdate = "okta-enrollmentupdate+jwt"
    /// An announcement of the verifier's challenge keys.
    public static let keySet = "countersign-keyset+jwt"
    /// An access token (RFC 9068).
    public static let accessToken = "at+jwt"
}
