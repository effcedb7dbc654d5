// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A link that carries a challenge to the agent: `countersign:/deviceChallenge?challengeRequest=JWS` (docs/protocol.md §4).
///
/// The form is that of the public FastPass clients; the scheme is ours. Anybody can make such a link: what it carries is worth nothing
/// before its signature is checked.
public struct ChallengeURI: Hashable, Sendable, CustomStringConvertible {
    /// The scheme, as desktop files name it: `x-scheme-handler/countersign`.
    public static let scheme = "countersign"
    /// The longest link that is read, in bytes: the longest challenge, and what the Sign-In Widget puts behind it.
    public static let maximumLength = UnverifiedJWS.maximumLength + 2048

    /// The compact JWS of a challenge, by its letters alone: three parts of base64url.
    public let challenge: String

    private static let beginning = "\(scheme):/deviceChallenge?"
    private static let parameter = "challengeRequest"
    /// What the Sign-In Widget adds. The challenge names the person; this counts for nothing.
    private static let hint = "login_hint"

    /// A link for a challenge.
    public init(challenge: String) { self.challenge = challenge }

    /// Reads a link. Nothing is decoded: a challenge has no letter that a link would have to escape.
    ///
    /// - Throws: ``ChallengeURIError`` for anything but this form, with no other parameters and none twice.
    public init(_ text: String) throws(ChallengeURIError) {
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), text.hasPrefix(Self.beginning) else {
            throw .otherForm
        }
        var values: [Substring: Substring] = [:]
        for pair in text.dropFirst(Self.beginning.count).split(separator: "&", omittingEmptySubsequences: false) {
            guard let sign = pair.firstIndex(of: "=") else { throw .otherForm }
            let name = pair[..<sign]
            guard name == Self.parameter || name == Self.hint,
                values.updateValue(pair[pair.index(after: sign)...], forKey: name) == nil
            else { throw .otherForm }
        }
        guard let challenge = values[Self.parameter[...]], Self.isCompactJWS(challenge) else { throw .noChallenge }
        self.challenge = String(challenge)
    }

    public var description: String { "\(Self.beginning)\(Self.parameter)=\(challenge)" }

    private static func isCompactJWS(_ text: Substring) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 3 && text.utf8.count <= UnverifiedJWS.maximumLength
            && parts.allSatisfy { part in !part.isEmpty && part.allSatisfy(isBase64URL) }
    }

    private static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// Why a link is not read.
public enum ChallengeURIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It is longer than any link of this protocol.
    case tooLong
    /// It has another scheme, path or parameter, or one twice.
    case otherForm
    /// It carries no challenge.
    case noChallenge

    public var description: String {
        switch self {
        case .tooLong: "the link is longer than \(ChallengeURI.maximumLength) bytes"
        case .otherForm: "the link is not one of this protocol; it begins with \(ChallengeURI.scheme):/deviceChallenge?"
        case .noChallenge: "the link carries no challenge"
        }
    }
}
