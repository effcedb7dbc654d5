// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable internal import AssuanText
internal import Cryptography
@testable internal import DevicePosture
internal import WireProtocol

/// What is fed with random bytes: each reader of what comes from outside. Where something can be written again, it must then read
/// the same.
enum FuzzTarget {
    static let all: [String: @Sendable ([UInt8]) -> Void] = [
        "base64url": base64url,
        "origin": origin,
        "jwk": { bytes in readsAgain(JWK.self, bytes) },
        "challenge": { bytes in _ = try? UnverifiedChallenge(String(decoding: bytes, as: UTF8.self)) },
        "challenge-claims": { bytes in readsAgain(ChallengeClaims.self, bytes) },
        "response": { bytes in _ = try? UnverifiedResponse(String(decoding: bytes, as: UTF8.self)) },
        "response-claims": { bytes in readsAgain(ResponseClaims.self, bytes) },
        "enrollment-request": { bytes in readsAgain(EnrollmentRequest.self, bytes) },
        "configuration": { bytes in readsAgain(AuthenticatorConfiguration.self, bytes) },
        "keyset": keySet,
        "assuan": assuan,
        "os-release": { bytes in _ = OSRelease(parsing: bytes) },
        "mountinfo": { bytes in _ = try? MountTable(parsing: bytes) },
    ]

    private static func base64url(_ bytes: [UInt8]) {
        let text = Base64URL.encode(bytes)
        precondition((try? Base64URL.decode(text)) == bytes, "what was encoded decodes otherwise")
        let given = String(decoding: bytes, as: UTF8.self)
        guard let decoded = try? Base64URL.decode(given) else { return }
        precondition(Base64URL.encode(decoded) == given, "two texts of the same bytes")
    }

    private static func origin(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let origin = Origin(text) { precondition(origin.description == text, "an origin that is spelled otherwise") }
        if let origin = Origin(ofURL: text) {
            precondition(Origin(origin.description) == origin, "the origin of a URL that is none")
        }
    }

    private static func keySet(_ bytes: [UInt8]) {
        let pinned = PinnedKeySet(sequence: 0, keys: [], allowedOrigins: [])
        let text = String(decoding: bytes, as: UTF8.self)
        precondition(
            (try? pinned.following(text, issuer: "https://id.example.com", organizationID: "00o")) == nil,
            "an announcement that nobody signed")
    }

    private static func assuan(_ bytes: [UInt8]) {
        var copy = bytes
        let count = copy.withUnsafeMutableBytes { AssuanText.unescape($0) }
        if let count { precondition(count <= bytes.count) }
        let text = String(decoding: bytes, as: UTF8.self)
        var escaped = Array(AssuanText.escape(text).utf8)
        precondition(!escaped.contains(10), "a line feed within a line")
        let back = escaped.withUnsafeMutableBytes { AssuanText.unescape($0) }
        precondition(back.map { Array(escaped[..<$0]) } == Array(text.utf8), "what was escaped reads otherwise")
    }

    /// Reads a value; one that was read must be written so that it reads the same.
    private static func readsAgain<Value: Codable & Hashable>(_ type: Value.Type, _ bytes: [UInt8]) {
        guard let value = try? JSON.decode(type, from: bytes), let written = try? JSON.encode(value) else { return }
        precondition((try? JSON.decode(type, from: written)) == value, "what was written reads otherwise")
    }
}
