// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceSignals
internal import WireProtocol

extension FuzzTarget {
    /// What comes over the network: from pages, agents and verifiers.
    static let wireTargets: [String: Body] = [
        "base64url": { input in
            guard let bytes = try? Base64URL.decode(input) else { return }
            expect(Array(Base64URL.encode(bytes).utf8) == input, "one spelling for each sequence of bytes")
        },
        "jws": { input in
            guard let jws = try? UnverifiedJWS(String(decoding: input, as: UTF8.self)) else { return }
            _ = try? jws.claims(ChallengeClaims.self)
            _ = try? jws.claims(ResponseClaims.self)
            _ = try? jws.claims(KeySetClaims.self)
            _ = try? jws.claims(EnrollmentUpdateClaims.self)
            expect((try? jws.verify(type: nil, with: strangerKey)) == nil, "nobody signs for a key that nobody has")
        },
        "challenge": { input in
            guard let challenge = try? UnverifiedChallenge(String(decoding: input, as: UTF8.self)) else { return }
            expect((try? challenge.verify(with: strangerKey)) == nil, "nobody signs for a key that nobody has")
        },
        "response": { input in
            guard let response = try? UnverifiedResponse(String(decoding: input, as: UTF8.self)) else { return }
            expect((try? response.verify(with: strangerKey)) == nil, "nobody signs for a key that nobody has")
        },
        "challenge-claims": { again(ChallengeClaims.self, $0) },
        "response-claims": { again(ResponseClaims.self, $0) },
        "key-set-claims": { again(KeySetClaims.self, $0) },
        "jwk": { input in
            again(JWK.self, input)
            if let key = try? JSON.decode(JWK.self, from: input) { _ = key.thumbprint }
        },
        "enrollment-request": { again(EnrollmentRequest.self, $0) },
        "enrollment-response": { again(EnrollmentResponse.self, $0) },
        "add-key-request": { again(AddKeyRequest.self, $0) },
        "enrolled-key-list": { again(EnrolledKeyList.self, $0) },
        "configuration": { again(AuthenticatorConfiguration.self, $0) },
        "challenge-request": { again(ChallengeRequest.self, $0) },
        "error-envelope": { again(ErrorEnvelope.self, $0) },
        "posture": { again(PostureSnapshot.self, $0) },
        "challenge-uri": { input in
            let text = String(decoding: input, as: UTF8.self)
            guard let link = try? ChallengeURI(text) else { return }
            expect((try? ChallengeURI(link.description)) == link, "a link is read as it was written")
            let letters = link.challenge.utf8.allSatisfy { $0 > 0x2C && $0 < 0x7B }
            expect(letters, "a challenge has letters of its own alone")
        },
        "origin": { input in
            let text = String(decoding: input, as: UTF8.self)
            if let origin = Origin(text) { expect(origin.description == text, "an origin is what it was read from") }
            guard let origin = Origin(ofURL: text) else { return }
            expect(Origin(origin.description) == origin, "the origin of a URL is an origin")
            _ = origin.isLoopback
        },
        "trace-parent": { input in
            guard let parent = TraceParent(String(decoding: input, as: UTF8.self)) else { return }
            expect(TraceParent(parent.description) == parent, "a place in a trace is read as it was written")
        },
        "signature": { input in
            _ = strangerKey.verifies(input, of: [])
            expect(!strangerKey.verifies(input, of: input), "nobody signs for a key that nobody has")
        },
        "version": { input in
            let text = String(decoding: input, as: UTF8.self)
            guard let version = DottedVersion(text) else { return }
            expect(!(version < version), "no version is older than itself")
        },
    ]

    /// A key whose other half was forgotten.
    static let strangerKey: PublicKey = {
        do {
            return try PrivateKey.generate(.es256).publicKey
        } catch {
            preconditionFailure("no key: \(error)")
        }
    }()

    /// Reads JSON; what was read must be written and read as the same.
    static func again<Value: Codable & Equatable>(_ type: Value.Type, _ input: [UInt8]) {
        guard let value = try? JSON.decode(type, from: input) else { return }
        guard let written = try? JSON.encode(value) else { return }
        // Escapes can make the written form longer than what is read at most.
        guard let read = try? JSON.decode(type, from: written, limit: .max) else {
            preconditionFailure("what was written is not read")
        }
        expect(read == value, "what was written is read as the same")
    }
}
