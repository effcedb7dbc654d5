// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// authenticatorMakeCredential (CTAP 2.1 §6.1).
extension AuthenticatorState {
    mutating func makeCredential(
        _ parameters: CBORValue, _ interaction: Interaction
    ) throws(CTAPStatus) -> CBORValue {
        let hash = try Self.required(parameters[1]?.bytes)
        let relyingParty = try Self.required(parameters[2])
        let user = try Self.required(parameters[3])
        let relyingPartyID = try Self.required(relyingParty["id"]?.text)
        guard hash.count == 32, let userID = user["id"]?.bytes, (1...64).contains(userID.count) else {
            throw .invalidParameter
        }
        try refuseEmptyMAC(parameters[8]?.bytes, parameters[9]?.integer, interaction)
        let algorithm = try algorithm(among: try Self.required(parameters[4]?.array))
        let options = try options(parameters[7])
        if options["up"] == false { throw .invalidOption }
        let isDiscoverable = options["rk"] == true
        if isDiscoverable, model.discoverableCapacity == 0 { throw .unsupportedOption }
        var usesFinger = options["uv"] == true && parameters[8] == nil
        if usesFinger, !model.hasFingerprintReader { throw .invalidOption }
        if isProtected || model.isAlwaysVerifying, parameters[8] == nil, !usesFinger {
            let isFree = model.makesCredentialsWithoutPIN && !isDiscoverable && !model.isAlwaysVerifying
            if model.isAlwaysVerifying, model.hasFingerprintReader {
                usesFinger = true
            } else if !isFree {
                throw .pinRequired
            }
        }
        let isVerified = try verified(
            parameters[8]?.bytes, parameters[9]?.integer, over: hash, for: .makeCredential, relyingPartyID, usesFinger,
            interaction)
        let isTouched = usesFinger || (parameters[8] != nil && token?.isPresent == true)
        try refuseExcluded(
            parameters[5]?.array ?? [], relyingPartyID, isVerified: isVerified, isTouched: isTouched, interaction)
        if !isTouched { try interaction.touch() }
        spendToken()
        let asked = model.hasExtensions ? parameters[6] : nil
        var credential = try newCredential(algorithm, relyingParty, relyingPartyID, user, isDiscoverable)
        let extensions = try apply(asked, to: &credential)
        try keep(credential)
        let data = authenticatorData(
            for: credential, isVerified: isVerified, attests: true, isTouched: true, extensions: extensions)
        return .map([
            1: model.attestation == .none ? "none" : "packed", 2: .bytes(data),
            3: try statement(for: credential, over: data + hash),
        ])
    }

    /// Makes nothing beside a credential of the exclude list, and says so only after a touch, or when none came (CTAP 2.1 §6.1.2,
    /// step 12). One that hides from who is not verified is not there for them.
    private func refuseExcluded(
        _ list: [CBORValue], _ relyingPartyID: String, isVerified: Bool, isTouched: Bool, _ interaction: Interaction
    ) throws(CTAPStatus) {
        try Self.refuseLong(list)
        let hash = SHA256.hash(Array(relyingPartyID.utf8))
        let isExcluded = credentials.contains { credential in
            credential.relyingPartyIDHash == hash && (credential.protection < 3 || isVerified)
                && list.contains { $0["id"]?.bytes == credential.id }
        }
        guard isExcluded else { return }
        if !isTouched {
            do { try interaction.touch() } catch  where error == .keepaliveCancel { throw error } catch {}
        }
        throw .credentialExcluded
    }

    /// Takes no longer list of credentials, and none with longer ids, than the key says (CTAP 2.1 §6.4, 0x07 and 0x08).
    static func refuseLong(_ list: [CBORValue]) throws(CTAPStatus) {
        let longest = VirtualKeyModel.credentialIDLength
        guard list.count <= VirtualKeyModel.longestList, list.allSatisfy({ ($0["id"]?.bytes?.count ?? 0) <= longest })
        else { throw .limitExceeded }
    }

    /// What an empty MAC asks for: a touch, to choose a key by (CTAP 2.1 §6.1.2, step 1).
    func refuseEmptyMAC(_ mac: [UInt8]?, _ version: Int?, _ interaction: Interaction) throws(CTAPStatus) {
        guard let mac else { return }
        if mac.isEmpty {
            try interaction.touch()
            throw pinHash == nil ? .pinNotSet : .pinInvalid
        }
        guard let version else { throw .missingParameter }
        guard model.pinProtocols.contains(version) else { throw .invalidParameter }
    }

    func options(_ value: CBORValue?) throws(CTAPStatus) -> [String: Bool] {
        guard let value else { return [:] }
        guard case .map(let members) = value else { throw .unexpectedType }
        var options: [String: Bool] = [:]
        for (name, value) in members {
            guard let name = name.text, let value = value.bool else { throw .unexpectedType }
            options[name] = value
        }
        return options
    }

    private func algorithm(among wishes: [CBORValue]) throws(CTAPStatus) -> SignatureAlgorithm {
        for wish in wishes where wish["type"]?.text == "public-key" {
            if let algorithm = model.algorithms.first(where: { $0.cose == wish["alg"]?.integer }) { return algorithm }
        }
        throw .unsupportedAlgorithm
    }

    func newCredential(
        _ algorithm: SignatureAlgorithm, _ relyingParty: CBORValue, _ relyingPartyID: String, _ user: CBORValue,
        _ isDiscoverable: Bool
    ) throws(CTAPStatus) -> VirtualCredential {
        do {
            return VirtualCredential(
                id: try SecureRandom.bytes(VirtualKeyModel.credentialIDLength), relyingPartyID: relyingPartyID,
                relyingPartyIDHash: SHA256.hash(Array(relyingPartyID.utf8)), relyingParty: relyingParty, user: user,
                key: try PrivateKey.generate(algorithm), isDiscoverable: isDiscoverable, protection: 1)
        } catch { throw .other }
    }

    private func apply(_ asked: CBORValue?, to credential: inout VirtualCredential) throws(CTAPStatus) -> CBORValue? {
        var answers: [CBORValue: CBORValue] = [:]
        if let level = asked?["credProtect"]?.integer, lie != .noProtection {
            guard (1...3).contains(level) else { throw .invalidOption }
            credential.protection = level
            answers["credProtect"] = .integer(level)
        }
        if asked?["hmac-secret"]?.bool == true {
            guard let secret = try? SecureRandom.bytes(32), let other = try? SecureRandom.bytes(32) else {
                throw .other
            }
            credential.hmacSecret = secret
            credential.hmacSecretUnverified = other
            answers["hmac-secret"] = true
        }
        return answers.isEmpty ? nil : .map(answers)
    }

    private mutating func keep(_ credential: VirtualCredential) throws(CTAPStatus) {
        if credential.isDiscoverable {
            credentials.removeAll {
                $0.isDiscoverable && $0.relyingPartyID == credential.relyingPartyID
                    && $0.user["id"] == credential.user["id"]
            }
            guard credentials.count(where: \.isDiscoverable) < model.discoverableCapacity else { throw .keyStoreFull }
        }
        credentials.append(credential)
    }

    /// WebAuthn §6.1.
    mutating func authenticatorData(
        for credential: VirtualCredential, isVerified: Bool, attests: Bool, isTouched: Bool, extensions: CBORValue?
    ) -> [UInt8] {
        var flags: UInt8 = isTouched ? 0x01 : 0
        if isVerified { flags |= 0x04 }
        if attests { flags |= 0x40 }
        if extensions != nil { flags |= 0x80 }
        var hash = credential.relyingPartyIDHash
        switch lie {
        case .nobodyPresent?: flags &= ~0x01
        case .nobodyVerified?: flags &= ~0x04
        case .foreignRelyingParty?: hash = SHA256.hash(Array("example.org".utf8))
        case .noProtection?, nil: break
        }
        var data = hash + [flags] + nextCounter()
        if attests {
            data += model.aaguid + [UInt8(credential.id.count >> 8), UInt8(credential.id.count & 0xFF)] + credential.id
            data += credential.coseKey.encoded
        }
        return data + (extensions?.encoded ?? [])
    }

    private func statement(for credential: VirtualCredential, over message: [UInt8]) throws(CTAPStatus) -> CBORValue {
        switch model.attestation {
        case .none: .map([:])
        case .selfSigned:
            .map(["alg": .integer(credential.algorithm.cose), "sig": .bytes(try credential.sign(message))])
        case .packed:
            .map(["alg": -7, "sig": .bytes(identity.sign(message)), "x5c": [.bytes(identity.batch)]])
        }
    }
}
