// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import DeviceKeys

extension CTAPFailure {
    /// What a person is told.
    ///
    /// - Parameter isStillThere: whether the key is listed after the failure: what told nothing, and is gone, was pulled out.
    func error(on device: DeviceEntry, isStillThere: Bool) -> DeviceKeyError {
        let name = device.name
        if isUntouched { return DeviceKeyError(.timedOut, "nobody touched \(name) in time") }
        switch code {
        case FIDO_ERR_PIN_BLOCKED:
            return DeviceKeyError(
                .pinLocked,
                "too many wrong PINs: \(name) is locked for good; resetting it (fido2-token -R \(device.path)) "
                    + "makes it new and destroys all that is on it")
        case FIDO_ERR_PIN_AUTH_BLOCKED:
            return DeviceKeyError(
                .unavailable, "too many wrong PINs in a row: unplug \(name), plug it in again, and try once more")
        case FIDO_ERR_PIN_INVALID, FIDO_ERR_PIN_AUTH_INVALID:
            return DeviceKeyError(.unavailable, "the PIN of \(name) was changed: try again")
        case FIDO_ERR_PIN_NOT_SET: return .withoutPIN(device)
        case FIDO_ERR_PIN_POLICY_VIOLATION, FIDO_ERR_UNAUTHORIZED_PERM:
            return DeviceKeyError(
                .unsupported, "\(name) wants a new PIN first: set one with 'fido2-token -C \(device.path)'")
        case FIDO_ERR_UV_BLOCKED, FIDO_ERR_UV_INVALID:
            return DeviceKeyError(.unavailable, "\(name) did not recognise the person: try again")
        case FIDO_ERR_KEY_STORE_FULL:
            return DeviceKeyError(
                .unsupported,
                "\(name) has no room for another credential: delete one with 'fido2-token -D', or make a "
                    + "credential that is not discoverable")
        case FIDO_ERR_UNSUPPORTED_ALGORITHM:
            return DeviceKeyError(.unsupported, "\(name) has no signature algorithm that is spoken here")
        case FIDO_ERR_KEEPALIVE_CANCEL, FIDO_ERR_OPERATION_DENIED:
            return DeviceKeyError(.cancelled, "\(name) was told to stop waiting")
        case FIDO_ERR_CHANNEL_BUSY:
            return DeviceKeyError(.unavailable, "another program is using \(name): try again when it has ended")
        default: return other(on: device, isStillThere: isStillThere)
        }
    }

    private func other(on device: DeviceEntry, isStillThere: Bool) -> DeviceKeyError {
        let name = device.name
        if isNoCredential {
            return DeviceKeyError(.keyNotFound, "\(name) does not have this enrolment's credential, or was reset")
        }
        if isLostConnection, !isStillThere { return DeviceKeyError(.deviceRemoved, "\(name) was unplugged") }
        if isLostConnection || isMalformedAnswer {
            return DeviceKeyError(
                .unavailable,
                "\(name) gave no proper answer (\(text)): another program may be using it; unplug it, "
                    + "plug it in again, and try once more")
        }
        if isInteractionNeeded {
            return DeviceKeyError(.unsupported, "\(name) refused what was asked of it (\(text))")
        }
        return DeviceKeyError(.unavailable, "\(name) refused (\(text))")
    }
}

extension DeviceKeyError {
    /// A key that was to hold a spare for one that it holds itself.
    static func sameSecurityKey(_ device: DeviceEntry) -> DeviceKeyError {
        DeviceKeyError(
            .sameHardware,
            "\(device.name) has a key of this enrolment already, and a spare would be lost together with it: use another "
                + "security key")
    }

    /// A key that was to verify its person, and has no way to.
    static func withoutPIN(_ device: DeviceEntry) -> DeviceKeyError {
        DeviceKeyError(
            .unsupported,
            "\(device.name) has neither a PIN nor a fingerprint: set a PIN with 'fido2-token -S \(device.path)', then try again"
        )
    }
}
