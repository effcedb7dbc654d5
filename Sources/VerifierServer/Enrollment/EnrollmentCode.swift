// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The text of a one-time code: an eight-letter locator that finds its record, and a secret of 80 random bits.
///
/// Crockford's base32 in groups of four, so that a person can read it out: `7K2M-9QXT-4WN8-…`. Lower case, `O` for zero and
/// `I` or `L` for one are understood.
struct EnrollmentCodeText: Sendable {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let locatorLength = 8
    private static let length = 24

    /// The first eight letters.
    let locator: String
    /// The other sixteen.
    let secret: String

    /// A new code.
    init() throws {
        let letters = try SecureRandom.bytes(Self.length).map { Self.alphabet[Int($0 & 31)] }
        locator = String(decoding: letters.prefix(Self.locatorLength), as: UTF8.self)
        secret = String(decoding: letters.dropFirst(Self.locatorLength), as: UTF8.self)
    }

    /// The code that somebody typed, or `nil` where it cannot be one.
    init?(typed: String) {
        guard typed.utf8.count <= 100 else { return nil }
        var letters: [UInt8] = []
        for letter in typed.uppercased().utf8 where letter != UInt8(ascii: "-") && letter != 0x20 {
            let meant =
                switch letter {
                case UInt8(ascii: "O"): UInt8(ascii: "0")
                case UInt8(ascii: "I"), UInt8(ascii: "L"): UInt8(ascii: "1")
                default: letter
                }
            guard Self.alphabet.contains(meant) else { return nil }
            letters.append(meant)
        }
        guard letters.count == Self.length else { return nil }
        locator = String(decoding: letters.prefix(Self.locatorLength), as: UTF8.self)
        secret = String(decoding: letters.dropFirst(Self.locatorLength), as: UTF8.self)
    }

    /// The code as it is shown.
    var text: String {
        let letters = Array((locator + secret).utf8)
        return stride(from: 0, to: letters.count, by: 4)
            .map { String(decoding: letters[$0..<min($0 + 4, letters.count)], as: UTF8.self) }
            .joined(separator: "-")
    }

    /// What the store keeps of the secret. Its 80 random bits need no stretching.
    var secretHash: String { SHA256.base64URL(of: "countersign enrolment code \(locator) \(secret)") }
}

/// A one-time code as it is stored: its secret only as a hash.
struct EnrollmentCodeRecord: StoredRecord {
    static let collection = "enrollment_codes"

    /// The locator.
    let id: String
    /// See ``EnrollmentCodeText/secretHash``.
    let secretHash: String
    /// The one person whom it lets in.
    let userID: String
    /// When it was made.
    let createdAt: Int64
    /// When it ends.
    let endsAt: Int64
    /// How often its locator came with a wrong secret or another person's name.
    var failedTries = 0
    /// The request for an enrolment or a spare key that used it, so that the same request again is known.
    var usedBy: String?

    var indexKeys: [IndexSlot: String] { [.first: userID] }
    var expiresAt: Int64? { endsAt }
}
