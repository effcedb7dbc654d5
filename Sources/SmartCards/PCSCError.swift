// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibpcsclite

/// Why a call on the PC/SC service failed.
package enum PCSCError: Error, Hashable, Sendable {
    /// The service does not run, or does not let itself be reached.
    case serviceUnavailable
    /// The service ended in the middle.
    case serviceLost
    /// The service is there and does not answer, now or before: it stands still.
    case serviceSilent
    /// The card or its reader is gone.
    case removed
    /// Another program reset the card: it has forgotten what was said.
    case reset
    /// Another program has the card for itself.
    case busy
    /// The card did not answer in time, now or before: the reader is of no use until it does, or the service starts anew.
    case stuck
    /// The user may not use the reader.
    case denied
    /// The library failed otherwise, with its code.
    case library(code: UInt32)
}

/// Turns what the library answers into an error.
func check(_ result: LONG) throws(PCSCError) {
    switch result {
    case SCARD_S_SUCCESS: return
    case SCARD_E_NO_SERVICE: throw .serviceUnavailable
    // A handle that was good and is not any more: the service was started anew behind it.
    case SCARD_E_SERVICE_STOPPED, SCARD_E_INVALID_HANDLE, SCARD_F_COMM_ERROR, SCARD_F_INTERNAL_ERROR:
        throw .serviceLost
    case SCARD_W_REMOVED_CARD, SCARD_E_NO_SMARTCARD, SCARD_E_READER_UNAVAILABLE, SCARD_E_UNKNOWN_READER,
        SCARD_E_NO_READERS_AVAILABLE, SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNPOWERED_CARD, SCARD_E_NOT_TRANSACTED:
        throw .removed
    // While another program's reset is under way the card has no protocol, and which one it had is no answer to the library.
    case SCARD_W_RESET_CARD, SCARD_E_PROTO_MISMATCH: throw .reset
    case SCARD_E_SHARING_VIOLATION: throw .busy
    case SCARD_W_SECURITY_VIOLATION: throw .denied
    default: throw .library(code: UInt32(truncatingIfNeeded: result))
    }
}
