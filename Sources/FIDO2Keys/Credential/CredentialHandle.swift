// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import FoundationEssentials

/// What a `StoredKey` of this store holds for a handle: enough to find the credential again. A JSON object with a version.
struct CredentialHandle: Hashable, Sendable {
    /// The credential's id, 1 to 1,023 bytes.
    var credentialID: [UInt8]
    /// What it is bound to.
    var relyingPartyID: String
    /// The issuer URL, which client data name.
    var origin: String
    /// The COSE algorithm.
    var algorithm: Int32
    /// The key's model, 16 bytes.
    var aaguid: [UInt8]
    /// What the key calls itself.
    var deviceName: String
    /// Whether its person was verified when the credential was made.
    var isUserVerified: Bool
    /// Whether it stays in the key's own memory.
    var isDiscoverable: Bool
    /// When it may be used.
    var protection: FIDO2Options.CredentialProtection?

    /// The longest handle that is read, in bytes.
    static let maximumLength = 8 * 1024
    private static let version = 1

    /// The JSON object.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(
            try encoder.encode(
                Members(
                    version: Self.version, credentialId: Base64URL.encode(credentialID), rpId: relyingPartyID,
                    origin: origin, alg: algorithm, aaguid: Base64URL.encode(aaguid), deviceName: deviceName,
                    userVerified: isUserVerified, discoverable: isDiscoverable, credProtect: protection)))
    }

    /// Reads the JSON object.
    ///
    /// - Throws: `DeviceKeyError` with the code `keyDamaged` where it is none of ours.
    init(reading bytes: [UInt8]) throws(DeviceKeyError) {
        guard bytes.count <= Self.maximumLength,
            let members = try? JSONDecoder().decode(Members.self, from: Data(bytes)), members.version == Self.version,
            let credentialID = try? Base64URL.decode(members.credentialId), (1...1023).contains(credentialID.count),
            let aaguid = try? Base64URL.decode(members.aaguid), aaguid.count == 16,
            (1...512).contains(members.rpId.utf8.count), !members.rpId.utf8.contains(0),
            (1...2048).contains(members.origin.utf8.count), members.deviceName.utf8.count <= 512
        else {
            throw DeviceKeyError(.keyDamaged, "what is kept of the security key's credential is damaged: enroll anew")
        }
        self.init(
            credentialID: credentialID, relyingPartyID: members.rpId, origin: members.origin, algorithm: members.alg,
            aaguid: aaguid, deviceName: DeviceEntry.cleaned(members.deviceName), isUserVerified: members.userVerified,
            isDiscoverable: members.discoverable, protection: members.credProtect)
    }

    init(
        credentialID: [UInt8], relyingPartyID: String, origin: String, algorithm: Int32, aaguid: [UInt8],
        deviceName: String, isUserVerified: Bool, isDiscoverable: Bool,
        protection: FIDO2Options.CredentialProtection?
    ) {
        self.credentialID = credentialID
        self.relyingPartyID = relyingPartyID
        self.origin = origin
        self.algorithm = algorithm
        self.aaguid = aaguid
        self.deviceName = deviceName
        self.isUserVerified = isUserVerified
        self.isDiscoverable = isDiscoverable
        self.protection = protection
    }

    private struct Members: Codable {
        let version: Int
        let credentialId: String
        let rpId: String
        let origin: String
        let alg: Int32
        let aaguid: String
        let deviceName: String
        let userVerified: Bool
        let discoverable: Bool
        let credProtect: FIDO2Options.CredentialProtection?
    }
}
