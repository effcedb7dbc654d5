// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys

/// Why a conversation with a card failed, below what it means for a key.
package enum CardFailure: Error, Hashable, Sendable {
    /// The PC/SC service does not run, or does not let itself be reached.
    case serviceUnavailable
    /// The service ended in the middle.
    case serviceLost
    /// The service stands still: it does not answer, now or before.
    case serviceSilent
    /// The card or its reader is gone.
    case removed
    /// No card that is plugged in is the one that is meant.
    case absent
    /// Another program reset the card: it has forgotten what was said.
    case reset
    /// Another program has the card for itself.
    case busy
    /// The card did not answer in time, now or before.
    case stuck
    /// The user may not use the reader.
    case denied
    /// There is a card, and it is no PIV card.
    case notPIV
    /// The card answered what makes no sense; the text says what was to be read.
    case malformed(String)
    /// The card refused; the text says what it was to do.
    case refused(StatusWord, String)
    /// The library failed otherwise, with its code.
    case library(code: UInt32)
}

extension CardFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .serviceUnavailable: "the smart card service pcscd cannot be reached: install and start pcscd"
        case .serviceLost: "the smart card service pcscd ended in the middle: try again"
        case .serviceSilent: "the smart card service pcscd does not answer: restart it (`systemctl restart pcscd`)"
        case .removed: "the card was removed, or stopped answering: plug it in again"
        case .absent: "the card is not plugged in"
        case .reset: "another program keeps resetting the card: close it and try again"
        case .busy: "another program holds the card for itself: close it and try again"
        case .stuck:
            "the card does not answer: pull it out and plug it in again, and if that changes nothing, restart the smart card "
                + "service pcscd"
        case .denied: "you may not use the card reader: the system's policy (polkit) allows it to people at the screen"
        case .notPIV: "the card has no PIV application"
        case .malformed(let what): "the card's answer makes no sense (\(what))"
        case .refused(let status, let what): "the card refused \(what) (status \(status))"
        case .library(let code): "the smart card library failed (0x\(String(code, radix: 16)))"
        }
    }

    /// What it means for a key.
    var deviceKeyError: DeviceKeyError {
        let code: DeviceKeyError.Code =
            switch self {
            case .removed, .absent: .deviceRemoved
            case .denied: .permissionDenied
            case .notPIV: .unsupported
            case .refused(let status, _) where status == .authenticationMethodBlocked: .pinLocked
            case .refused(let status, _) where status.meansUnknownCommand || status == .incorrectData: .unsupported
            case .serviceUnavailable, .serviceLost, .serviceSilent, .reset, .busy, .stuck, .malformed, .refused,
                .library:
                .unavailable
            }
        return DeviceKeyError(code, description)
    }
}
