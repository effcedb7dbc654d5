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
    ///
    /// - Parameter pin: the PIN that the key is behind; `nil` where it is not.
    func managementKey(
        at place: CardPlace, behind pin: PINSource?, presence: any UserPresence
    ) async throws -> ManagementKey {
        if let pin { return try await protectedKey(at: place, pin: pin, presence: presence) }
        let isFactory = try withCard(at: place) { try $0.hint(of: ManagementKey.reference)?.isDefault }
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

    private func protectedKey(
        at place: CardPlace, pin: PINSource, presence: any UserPresence
    ) async throws -> ManagementKey {
        let bytes = try await withPIN(pin, at: place, presence: presence) { try $0.protectedManagementKey() }
        guard let bytes, ManagementKey.ciphers.contains(where: { $0.cipher.keySize == bytes.count }) else {
            throw DeviceKeyError(
                .unavailable, "the card says that its management key is behind the PIN, and it is not there")
        }
        return ManagementKey(bytes: bytes)
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
        let certificate = CertificateObject(certificate: draft.certificate(signature: signature))
        try withCard(at: place) { session in
            guard try session.authenticate(with: management) else { throw Self.managementKeyChanged }
            try session.write(certificate.encoded, to: key.reference.slot.certificateObject)
        }
    }

    static let managementKeyChanged = DeviceKeyError(
        .unavailable, "the card does not take its management key any more: it was changed elsewhere; try again")
}
