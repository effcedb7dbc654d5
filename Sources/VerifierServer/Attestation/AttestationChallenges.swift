// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// Makes and knows again what hardware is asked to certify, without keeping anything: whoever asks for challenges fills no store.
///
/// A challenge is its time, random bytes, and an authentication code over both and the enrolment's request id under the verifier's
/// sealing key. A repeated enrolment finds the enrolment that the first one made, so a challenge makes no second one.
struct AttestationChallenges: Sendable {
    /// How long a challenge counts, in seconds: a person looks for a key, and a PIN is typed.
    static let lifetime: Int64 = 600
    private static let timeLength = 8
    private static let randomLength = 8
    private static let codeLength = 16

    let sealing: SealingKey

    /// A new challenge for the enrolment of a request id.
    func make(requestID: String, now: Int64) throws -> [UInt8] {
        let head = Self.bigEndian(UInt64(bitPattern: now)) + (try SecureRandom.bytes(Self.randomLength))
        return head + (try code(of: head, requestID: requestID))
    }

    /// Whether bytes are a challenge for a request id that still counts.
    func accepts(_ challenge: [UInt8], requestID: String, now: Int64) throws -> Bool {
        guard challenge.count == Self.timeLength + Self.randomLength + Self.codeLength else { return false }
        let head = Array(challenge.prefix(Self.timeLength + Self.randomLength))
        guard ConstantTime.equal(try code(of: head, requestID: requestID), Array(challenge.dropFirst(head.count)))
        else {
            return false
        }
        let made = Int64(bitPattern: head.prefix(Self.timeLength).reduce(0) { $0 << 8 | UInt64($1) })
        return (made...made + Self.lifetime).contains(now)
    }

    /// The secret that a TPM opens to show that an attestation key is its own; another for each challenge.
    func activationSecret(for challenge: [UInt8]) throws -> SecretBytes {
        var code = try sealing.code(of: challenge, for: "TPM activation")
        return SecretBytes(wiping: &code)
    }

    private func code(of head: [UInt8], requestID: String) throws -> [UInt8] {
        Array(try sealing.code(of: head + Array(requestID.utf8), for: "attestation challenge").prefix(Self.codeLength))
    }

    private static func bigEndian(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
    }
}
