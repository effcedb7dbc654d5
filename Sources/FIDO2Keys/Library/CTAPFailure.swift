// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2

/// What libfido2 or the key behind it answered instead of what was asked for: a status of CTAP 2.1 §8.2, or one of the library's
/// own below zero.
struct CTAPFailure: Error, Hashable {
    /// The status.
    var code: Int32
    /// Whether the time given was over.
    var isTimeout = false

    init(_ code: Int32, isTimeout: Bool = false) {
        self.code = code
        self.isTimeout = isTimeout
    }

    /// Whether nothing can be said to the key, or nothing proper was heard of it.
    var isLostConnection: Bool {
        [FIDO_ERR_RX, FIDO_ERR_TX, FIDO_ERR_INTERNAL].contains(code) && !isTimeout
    }

    /// Whether the key is there and answered what no key answers.
    var isMalformedAnswer: Bool {
        [FIDO_ERR_RX_NOT_CBOR, FIDO_ERR_RX_INVALID_CBOR, FIDO_ERR_INVALID_CBOR, FIDO_ERR_CBOR_UNEXPECTED_TYPE].contains(
            code)
    }

    /// Whether the key wants the person before it signs.
    var isInteractionNeeded: Bool {
        [
            FIDO_ERR_USER_PRESENCE_REQUIRED, FIDO_ERR_UP_REQUIRED, FIDO_ERR_PIN_REQUIRED, FIDO_ERR_UNSUPPORTED_OPTION,
            FIDO_ERR_INVALID_OPTION, FIDO_ERR_OPERATION_DENIED, FIDO_ERR_NOT_ALLOWED,
        ].contains(code)
    }

    /// Whether the key does not have the credential that it was to sign with. Of one that speaks U2F alone the library says so by
    /// the status that means, of a credential that was to be made, that the key has an excluded one.
    var isNoCredential: Bool {
        [FIDO_ERR_NO_CREDENTIALS, FIDO_ERR_INVALID_CREDENTIAL, FIDO_ERR_CREDENTIAL_EXCLUDED].contains(code)
    }

    /// Whether the key makes no credential, since it has one that was excluded (CTAP 2.1 §6.1.2, step 12).
    var isExcluded: Bool { code == FIDO_ERR_CREDENTIAL_EXCLUDED }

    /// Whether the person did not touch the key in time.
    var isUntouched: Bool {
        isTimeout || [FIDO_ERR_USER_ACTION_TIMEOUT, FIDO_ERR_ACTION_TIMEOUT, FIDO_ERR_TIMEOUT].contains(code)
    }

    /// The library's name of the status.
    var text: String { fido_strerr(code).map { String(cString: $0) } ?? "status \(code)" }
}
