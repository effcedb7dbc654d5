// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// How a PIN stands.
struct PINState: Hashable {
    /// The key reference of VERIFY.
    var reference: UInt8
    /// Whether somebody has shown it since the card got power.
    var isVerified: Bool
    /// How many wrong entries are left; `nil` where the card does not say, as after a right one.
    var triesLeft: Int?
}

/// What became of a PIN.
enum PINOutcome: Hashable {
    /// It was right.
    case right
    /// It was wrong.
    case wrong(triesLeft: Int?)
    /// It has no tries left.
    case blocked
}

extension PIVSession {
    /// Which PIN counts, and how it stands. Costs no try.
    func pinState() throws(CardFailure) -> PINState {
        var reference = PINReference.application
        if let discovery = try object(DiscoveryObject.object) {
            reference = try DiscoveryObject.pinReference(in: discovery)
        }
        return try pinState(of: reference)
    }

    /// How a PIN stands: an empty VERIFY (NIST SP 800-73-4 Part 2 §3.2.1).
    func pinState(of reference: UInt8) throws(CardFailure) -> PINState {
        let answer = try send(CommandAPDU(ins: 0x20, p2: reference))
        if let tries = answer.status.triesLeft {
            return PINState(reference: reference, isVerified: false, triesLeft: tries)
        }
        if answer.status.meansAbsent { throw .refused(answer.status, "the PIN: it has none") }
        // Not every card answers the question.
        guard answer.status == .success else {
            return PINState(reference: reference, isVerified: false, triesLeft: nil)
        }
        return PINState(
            reference: reference, isVerified: true, triesLeft: try hint(of: reference)?.triesLeft)
    }

    /// Shows the PIN. A wrong one costs a try.
    func verify(_ block: SecretBytes, of reference: UInt8) throws(CardFailure) -> PINOutcome {
        var command: [UInt8] = [0x00, 0x20, 0x00, reference, UInt8(block.count)]
        // Neither a sum of arrays nor one that grows: both would leave the PIN behind in memory that is given back.
        command.reserveCapacity(command.count + block.count)
        block.withUnsafeBytes { command.append(contentsOf: $0) }
        return try Self.outcome(of: try send(wiping: &command))
    }

    /// Has the reader ask for the PIN on its own pad and show it.
    ///
    /// - Throws: ``PadFailure`` where the person gave up or did nothing.
    func verifyOnPad(_ code: UInt32, of reference: UInt8) throws -> PINOutcome {
        let answer = try ResponseAPDU(
            try control(code, ReaderFeatures.verifyStructure(pinReference: reference)))
        switch answer.status.rawValue {
        case 0x6400: throw PadFailure.timedOut
        case 0x6401: throw PadFailure.cancelled
        case 0x6402, 0x6403: return .wrong(triesLeft: nil)
        default: return try Self.outcome(of: answer.status)
        }
    }

    private static func outcome(of status: StatusWord) throws(CardFailure) -> PINOutcome {
        switch status {
        case .success: return .right
        case .authenticationMethodBlocked: return .blocked
        case .incorrectData: return .wrong(triesLeft: nil)
        default:
            guard let tries = status.triesLeft else { throw .refused(status, "the PIN") }
            return tries == 0 ? .blocked : .wrong(triesLeft: tries)
        }
    }

    /// Makes the card forget that the PIN was shown: by VERIFY with P1 = FF (NIST SP 800-73-4 Part 2 §3.2.1), or on a YubiKey,
    /// which does not know that, by selecting its management application and this one again.
    func forgetPIN(_ reference: UInt8) {
        do throws(CardFailure) {
            if !isKnownYubiKey, try send(CommandAPDU(ins: 0x20, p1: 0xFF, p2: reference)).status == .success { return }
            _ = try send(CommandAPDU(ins: 0xA4, p1: 0x04, data: Self.yubiKeyManagement, expectsData: true))
            try select()
        } catch {
            // Whoever cannot be told anything has no power, and so has forgotten it; the signature is good all the same.
        }
    }

    private static let yubiKeyManagement: [UInt8] = [0xA0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17]

    /// The control code for PINs on the reader's pad; `nil` where it has none.
    func padControlCode() -> UInt32? {
        guard let list = try? control(ReaderFeatures.request, []) else { return nil }
        return ReaderFeatures.verifyPINDirect(in: list)
    }
}

/// What happened at a reader's pad.
enum PadFailure: Error {
    case timedOut
    case cancelled
}
