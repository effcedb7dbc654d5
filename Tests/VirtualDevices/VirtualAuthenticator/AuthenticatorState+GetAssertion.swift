// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// What the assertions after the first are made with.
struct AssertionContext: Sendable {
    var hash: [UInt8]
    var isVerified: Bool
    var isTouched: Bool
}

/// authenticatorGetAssertion and authenticatorGetNextAssertion (CTAP 2.1 §6.2, §6.3).
extension AuthenticatorState {
    mutating func getAssertion(_ parameters: CBORValue, _ interaction: Interaction) throws(CTAPStatus) -> CBORValue {
        let relyingPartyID = try Self.required(parameters[1]?.text)
        let hash = try Self.required(parameters[2]?.bytes)
        guard hash.count == 32 else { throw .invalidParameter }
        try refuseEmptyMAC(parameters[6]?.bytes, parameters[7]?.integer, interaction)
        let options = try options(parameters[5])
        if options["rk"] != nil { throw .unsupportedOption }
        let wantsTouch = options["up"] ?? true
        var usesFinger = options["uv"] == true && parameters[6] == nil
        if usesFinger, !model.hasFingerprintReader { throw .invalidOption }
        if model.isAlwaysVerifying, wantsTouch, parameters[6] == nil, !usesFinger {
            guard model.hasFingerprintReader else { throw .pinRequired }
            usesFinger = true
        }
        let isVerified = try verified(
            parameters[6]?.bytes, parameters[7]?.integer, over: hash, for: .getAssertion, relyingPartyID, usesFinger,
            interaction)
        if !wantsTouch, let refusal = model.refusalOfSilence {
            // Who gave the PIN is not told to give it.
            let isMet = refusal == CTAPStatus.pinRequired.code && isVerified
            if !isMet { throw CTAPStatus(code: refusal) }
        }
        let allowed = parameters[3]?.array
        try Self.refuseLong(allowed ?? [])
        let found = matching(relyingPartyID, allowed, isVerified: isVerified)
        guard let first = found.first else { throw .noCredentials }
        let isTouched = usesFinger || (parameters[6] != nil && token?.isPresent == true)
        if wantsTouch, !isTouched { try interaction.touch() }
        if wantsTouch { spendToken() }
        let context = AssertionContext(hash: hash, isVerified: isVerified, isTouched: wantsTouch)
        let secrets = try hmacSecret(parameters[4]?["hmac-secret"], of: first, isVerified: isVerified)
        var answer = try assertion(by: first, context, extensions: secrets.map { .map(["hmac-secret": .bytes($0)]) })
        if allowed == nil, found.count > 1 {
            answer[5] = .integer(found.count)
            pendingAssertions = Array(found.dropFirst())
            pendingContext = context
        }
        return .map(answer)
    }

    mutating func nextAssertion() throws(CTAPStatus) -> CBORValue {
        guard let context = pendingContext, !pendingAssertions.isEmpty else { throw .notAllowed }
        return .map(try assertion(by: pendingAssertions.removeFirst(), context, extensions: nil))
    }

    /// Credentials that may be used, the newest first; one at most where the caller named some.
    private func matching(_ relyingPartyID: String, _ allowed: [CBORValue]?, isVerified: Bool) -> [VirtualCredential] {
        let hash = SHA256.hash(Array(relyingPartyID.utf8))
        let usable = credentials.reversed().filter { credential in
            credential.relyingPartyIDHash == hash && (credential.protection < 3 || isVerified)
        }
        guard let allowed else {
            return usable.filter { $0.isDiscoverable && ($0.protection < 2 || isVerified) }
        }
        return Array(usable.filter { credential in allowed.contains { $0["id"]?.bytes == credential.id } }.prefix(1))
    }

    private mutating func assertion(
        by credential: VirtualCredential, _ context: AssertionContext, extensions: CBORValue?
    ) throws(CTAPStatus) -> [CBORValue: CBORValue] {
        let data = authenticatorData(
            for: credential, isVerified: context.isVerified, attests: false, isTouched: context.isTouched,
            extensions: extensions)
        var answer: [CBORValue: CBORValue] = [
            1: .map(["id": .bytes(credential.id), "type": "public-key"]), 2: .bytes(data),
            3: .bytes(try credential.sign(data + context.hash)),
        ]
        if credential.isDiscoverable, let id = credential.user["id"] {
            answer[4] = context.isVerified ? credential.user : .map(["id": id])
        }
        return answer
    }

    /// The extension hmac-secret (CTAP 2.1 §12.5).
    private func hmacSecret(
        _ wish: CBORValue?, of credential: VirtualCredential, isVerified: Bool
    ) throws(CTAPStatus) -> [UInt8]? {
        guard model.hasExtensions, let wish else { return nil }
        guard let secret = isVerified ? credential.hmacSecret : credential.hmacSecretUnverified else { return nil }
        let version = wish[4]?.integer ?? 1
        guard let agreement = agreements[version] else { throw .invalidParameter }
        let shared = try agreement.shared(with: try Self.required(wish[1]), version: version)
        let salts = try Self.required(wish[2]?.bytes)
        guard shared.isAuthentic(try Self.required(wish[3]?.bytes), of: salts) else { throw .pinAuthInvalid }
        let plain = try shared.decrypt(salts)
        guard plain.count == 32 || plain.count == 64 else { throw .invalidLength }
        var output = PINCryptography.hmac(secret, Array(plain[..<32]))
        if plain.count == 64 { output += PINCryptography.hmac(secret, Array(plain[32...])) }
        return try shared.encrypt(output)
    }
}
