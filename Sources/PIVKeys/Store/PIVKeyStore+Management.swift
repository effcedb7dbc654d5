// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import Glibc

extension PIVKeyStore {
    /// How long a self-signed certificate counts: nothing here looks at it, and other programs may.
    private static let certificateLifetime: Int64 = 10 * 365 * 86400

    /// Whether the card keeps its management key behind the PIN, as Yubico's tools do.
    func isManagementKeyBehindPIN(at place: CardPlace) throws -> Bool {
        try withCard(at: place) { session in
            guard let value = try session.object(AdminData.object) else { return false }
            let data = try AdminData(value)
            guard data.isKeyProtectedByPIN || !data.isKeyDerivedFromPIN else {
                throw DeviceKeyError(
                    .unsupported,
                    "the card's management key is derived from its PIN, which is given up: set another with Yubico's tools"
                )
            }
            return data.isKeyProtectedByPIN
        }
    }

    /// The management key, tried: from behind the PIN, the factory's, or asked for.
    func managementKey(at place: CardPlace, pin: PINSource?, presence: any UserPresence) async throws -> ManagementKey {
        if let pin, try isManagementKeyBehindPIN(at: place) { return try protectedKey(at: place, pin: pin) }
        let isFactory = try withCard(at: place) { try $0.metadata(of: ManagementKey.reference)?.isDefault }
        if isFactory == true { return .factory }
        var wasWrong = false
        while true {
            let digits = try await presence.pin(
                PINRequest(
                    secret: .managementKey, deviceName: place.deviceName, triesLeft: nil, lastEntryWasWrong: wasWrong))
            try Task.checkCancellation()
            if let key = ManagementKey(digits: digits),
                try withCard(at: place, { try $0.authenticate(with: key) })
            {
                return key
            }
            wasWrong = true
        }
    }

    private func protectedKey(at place: CardPlace, pin: PINSource) throws -> ManagementKey {
        let bytes = try withCard(at: place) { session in
            let before = try present(pin, to: session)
            defer { forget(before, in: session) }
            guard let value = try session.object(ProtectedManagementKey.object) else { return [UInt8]?.none }
            return try ProtectedManagementKey.key(in: value)
        }
        guard var bytes, ManagementKey.ciphers.contains(where: { $0.cipher.keySize == bytes.count }) else {
            throw DeviceKeyError(
                .unavailable, "the card says that its management key is behind the PIN, and it is not there")
        }
        return ManagementKey(bytes: SecretBytes(wiping: &bytes))
    }

    /// Puts a self-signed certificate beside a new key, so that other programs see that there is one.
    func certify(
        _ key: SlotKey, at place: CardPlace, pin: PINSource, management: ManagementKey, presence: any UserPresence
    ) async throws {
        let now = Int64(time(nil))
        let draft = try SelfSignedCertificate(
            of: key.publicKey, commonName: "Countersign \(key.reference.slot)",
            serialNumber: [0x40] + (try SecureRandom.bytes(15)), notBefore: now - 300,
            notAfter: now + Self.certificateLifetime)
        let signature = try await sign(draft.signedPart, with: key, at: place, pin: pin, presence: presence)
        try put(draft.certificate(signature: signature), beside: key, at: place, management)
    }

    /// Puts a certificate that somebody gave beside a key.
    func write(
        _ certificate: [UInt8], beside key: SlotKey, pin: inout PINSource?, presence: any UserPresence
    ) async throws {
        guard let parsed = try? Certificate(der: certificate), parsed.publicKey == key.publicKey else {
            throw DeviceKeyError(.unsupported, "the certificate is not one of the key in slot \(key.reference.slot)")
        }
        if try isManagementKeyBehindPIN(at: key.place) {
            pin = try await enterPIN(at: key.place, presence: presence)
        }
        let management = try await managementKey(at: key.place, pin: pin, presence: presence)
        try put(certificate, beside: key, at: key.place, management)
    }

    private func put(
        _ certificate: [UInt8], beside key: SlotKey, at place: CardPlace, _ management: ManagementKey
    ) throws {
        try withCard(at: place) { session in
            guard try session.authenticate(with: management) else { throw Self.managementKeyChanged }
            try session.write(
                CertificateObject(certificate: certificate).encoded, to: key.reference.slot.certificateObject)
        }
    }

    static let managementKeyChanged = DeviceKeyError(
        .unavailable, "the card does not take its management key any more: it was changed elsewhere; try again")
}
