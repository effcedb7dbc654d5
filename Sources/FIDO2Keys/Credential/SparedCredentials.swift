// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

/// The credentials that a new one is a spare for, and so must not share its security key with.
struct SparedCredentials: Sendable {
    private enum Finding {
        case present, absent
        /// The key does not tell without its person.
        case unknown
    }

    private let handles: [CredentialHandle]

    /// Those of keys that are bound to a relying party; a key of another kind is on no security key, and one whose record is
    /// damaged signs nothing that it could be a spare for.
    init(of keys: [StoredKey], relyingPartyID: String) {
        handles = keys.filter { $0.kind == .fido2 }.compactMap { try? CredentialHandle(reading: $0.handle) }
            .filter { $0.relyingPartyID == relyingPartyID }
    }

    /// The ids for the key's exclude list: those of which it does not tell silently whether it has them.
    ///
    /// One credential after the other is asked for, without the person. A list of all would be longer than some keys take (CTAP
    /// 2.1 §6.4, `maxCredentialCountInList` and `maxMsgSize`); one that is still too long is refused by the key, and nothing made.
    /// - Throws: `DeviceKeyError` with `sameHardware` where the key has one of them; ``CTAPFailure``.
    func excluded(on device: OpenDevice, _ info: AuthenticatorInfo) throws -> [[UInt8]] {
        var unknown: [[UInt8]] = []
        for handle in handles {
            switch try look(for: handle, on: device, info) {
            case .present: throw DeviceKeyError.sameSecurityKey(device.entry)
            case .unknown: unknown.append(handle.credentialID)
            case .absent: break
            }
        }
        return unknown
    }

    private func look(
        for handle: CredentialHandle, on device: OpenDevice, _ info: AuthenticatorInfo
    ) throws -> Finding {
        if let longest = info.longestCredentialID, handle.credentialID.count > longest { return .absent }
        // Of such a credential every key that its person did not unlock says that it is not there.
        if device.isFIDO2, handle.protection == .userVerificationRequired { return .unknown }
        let request = AssertionRequest(
            relyingPartyID: handle.relyingPartyID, credentialID: handle.credentialID,
            clientDataHash: try SecureRandom.bytes(32), isSilent: true)
        do throws(CTAPFailure) {
            _ = try device.assertion(request, pin: nil)
            return .present
        } catch {
            if error.isNoCredential { return .absent }
            guard error.isInteractionNeeded else { throw error }
            // One that speaks U2F alone looks before it wants a touch; others may want it before they look.
            return device.isFIDO2 ? .unknown : .present
        }
    }
}
