// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Cryptography

/// What a virtual key is like.
package struct VirtualKeyModel: Sendable {
    /// How it attests new credentials.
    package enum Attestation: String, Sendable, CaseIterable {
        /// `packed` with the maker's certificate.
        case packed
        /// `packed`, signed by the credential itself.
        case selfSigned = "self"
        /// `none`.
        case none
    }

    /// What it signs although it is not so.
    package enum Lie: String, Sendable, CaseIterable {
        /// That nobody was there.
        case nobodyPresent
        /// That nobody was verified.
        case nobodyVerified
        /// That the credential is of another relying party.
        case foreignRelyingParty
        /// Nothing of the protection that was asked for, which it does not give either.
        case noProtection
    }

    /// What it calls itself.
    package var product = "Virtual Key"
    /// Its model, 16 bytes.
    package var aaguid: [UInt8] = Array("countersign-test".utf8)
    /// Whether it speaks CTAP 2.
    package var speaksCTAP2 = true
    /// Whether it speaks U2F.
    package var speaksU2F = true
    /// Its signature algorithms, the one it likes best first.
    package var algorithms: [SignatureAlgorithm] = [.es256, .edDSA, .rs256]
    /// The PIN/UV auth protocols it has, the one it likes best first.
    package var pinProtocols = [2, 1]
    /// Whether tokens have permissions (CTAP 2.1), rather than those of CTAP 2.0.
    package var hasPermissions = true
    /// Whether it has a reader for fingers, with one enrolled.
    package var hasFingerprintReader = false
    /// Whether only verified persons can use it.
    package var isAlwaysVerifying = false
    /// Whether its PIN has to be changed before it is of use.
    package var wantsNewPIN = false
    /// Whether it makes credentials that are not discoverable without its PIN.
    package var makesCredentialsWithoutPIN = true
    /// Whether it tells its credentials to who knows the PIN.
    package var managesCredentials = true
    /// Whether it has room for discoverable credentials.
    package var discoverableCapacity = 25
    /// How it attests.
    package var attestation = Attestation.packed
    /// The status by which it refuses assertions without a touch, where it does.
    package var refusalOfSilence: UInt8?
    /// How long it waits for a touch.
    package var touchTimeout = Duration.seconds(30)
    /// Whether it knows credProtect and hmac-secret.
    package var hasExtensions = true

    package static let pinTries = 8
    package static let pinTriesInARow = 3
    package static let fingerTries = 3
    package static let minimumPINLength = 4
    /// How many credentials a list may name, and how long the ids of its own are.
    package static let longestList = 3
    static let credentialIDLength = 64

    /// A key of today: CTAP 2.1 and U2F.
    package init() {}

    /// A key of before 2018.
    package static var u2f: VirtualKeyModel {
        var model = VirtualKeyModel()
        model.product = "Virtual U2F Key"
        model.speaksCTAP2 = false
        return model
    }

    /// A key with CTAP 2.0: no permissions, one PIN protocol, and no credential without the PIN once one is set.
    package static var ctap20: VirtualKeyModel {
        var model = VirtualKeyModel()
        model.product = "Virtual CTAP 2.0 Key"
        model.pinProtocols = [1]
        model.hasPermissions = false
        model.makesCredentialsWithoutPIN = false
        model.managesCredentials = false
        return model
    }

    /// A key with a reader for fingers.
    package static var fingerprint: VirtualKeyModel {
        var model = VirtualKeyModel()
        model.product = "Virtual Bio Key"
        model.hasFingerprintReader = true
        return model
    }
}

/// A credential in a virtual key.
struct VirtualCredential: Sendable {
    var id: [UInt8]
    var relyingPartyID: String
    var relyingPartyIDHash: [UInt8]
    var relyingParty: CBORValue
    var user: CBORValue
    var key: PrivateKey
    var isDiscoverable: Bool
    var protection: Int
    var hmacSecret: [UInt8]?
    var hmacSecretUnverified: [UInt8]?

    var algorithm: SignatureAlgorithm { key.algorithm }

    /// A signature in the form of WebAuthn §6.5.5.
    func sign(_ message: [UInt8]) throws(CTAPStatus) -> [UInt8] {
        do {
            let signature = try key.sign(message)
            return algorithm == .es256 ? try ECDSASignature.der(fromRaw: signature, coordinateSize: 32) : signature
        } catch { throw .other }
    }

    /// The public key in COSE's form (RFC 9053 §7).
    var coseKey: CBORValue {
        switch key.publicKey.material {
        case .p256(let x, let y), .p384(let x, let y): .map([1: 2, 3: -7, -1: 1, -2: .bytes(x), -3: .bytes(y)])
        case .ed25519(let point): .map([1: 1, 3: -8, -1: 6, -2: .bytes(point)])
        case .rsa(let modulus, let exponent): .map([1: 3, 3: -257, -1: .bytes(modulus), -2: .bytes(exponent)])
        }
    }
}

extension SignatureAlgorithm {
    /// The number in the registry of COSE algorithms.
    var cose: Int {
        switch self {
        case .es256: -7
        case .es384: -35
        case .edDSA: -8
        case .rs256: -257
        }
    }
}
