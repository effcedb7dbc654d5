// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

/// That the card did not take a PIN that a person typed, and takes another.
struct PINNotTaken: Error {
    /// Else it was not shown to the card: fewer tries are left than the person was told, and but one.
    let wasWrong: Bool
}

extension PIVKeyStore {
    private struct Entry {
        var state: PINState
        var pad: UInt32?
        var deviceName: String
    }

    /// Makes a key ready for one signature.
    func unlock(_ key: SlotKey, for use: KeyUse, presence: any UserPresence) async throws -> PINSource {
        if use == .possession {
            guard key.reference.isSilent else {
                throw DeviceKeyError(
                    .interactionNeeded, "slot \(key.reference.slot) wants a PIN or a touch and cannot sign silently")
            }
            return .notNeeded
        }
        guard key.reference.needsPIN else {
            guard use == .presence else {
                throw DeviceKeyError(
                    .unsupported, "slot \(key.reference.slot) signs without a PIN and cannot prove who is there")
            }
            return .notNeeded
        }
        return try await typedPIN(at: key.place, presence: presence)
    }

    /// Asks for the PIN, once for each entry that no card could have.
    ///
    /// - Returns: a PIN that the card has yet to take, or that it is to be typed on the reader's pad.
    nonisolated func typedPIN(
        at place: CardPlace, presence: any UserPresence, lastWasWrong: Bool = false
    ) async throws -> PINSource {
        var wasWrong = lastWasWrong
        while true {
            let entry = try await entry(at: place)
            guard entry.state.triesLeft != 0 else { throw Self.locked }
            if let code = entry.pad { return .pad(controlCode: code, reference: entry.state.reference) }
            let pin = try await presence.pin(
                PINRequest(
                    deviceName: entry.deviceName, triesLeft: entry.state.triesLeft, lastEntryWasWrong: wasWrong))
            try Task.checkCancellation()
            if PINBlock.bytes(pin) != nil { return .typed(pin, shown: entry.state) }
            wasWrong = true
        }
    }

    /// Asks for the PIN until it is right, the person gives up, or it is locked.
    func enterPIN(at place: CardPlace, presence: any UserPresence) async throws -> PINSource {
        var wasWrong = false
        while true {
            let source = try await typedPIN(at: place, presence: presence, lastWasWrong: wasWrong)
            guard case .typed(let pin, let shown) = source else { return source }
            do {
                return .entered(
                    pin, reference: shown.reference, fullTries: try attempt(pin, at: place, shown: shown))
            } catch let refusal as PINNotTaken { wasWrong = refusal.wasWrong }
        }
    }

    private nonisolated func entry(at place: CardPlace) async throws -> Entry {
        try await result(
            of: { session in
                Entry(
                    state: try session.pinState(), pad: session.padControlCode(),
                    deviceName: DeviceName.of(reader: session.card.reader, identity: place.identity))
            }, with: .notNeeded, at: place)
    }

    /// Tries a PIN.
    ///
    /// - Returns: how many tries there are at least after a right entry, where the card says so.
    private func attempt(_ pin: SecretBytes, at place: CardPlace, shown: PINState) throws -> Int? {
        // A wrong PIN costs a try each time: once it was shown nothing is repeated.
        var wasShown = false
        return try withCard(at: place, isRepeatable: { !wasShown }) { session in
            let state = try firstShow(pin, to: session, toldOf: shown) { wasShown = true }
            if !state.isVerified { session.forgetPIN(shown.reference) }
            // Only where the last try was left is it a question whether a right entry gives more than one back. That it
            // cannot be answered does not make the PIN wrong.
            guard state.triesLeft == 1 else { return state.triesLeft }
            return (try? session.pinState(of: shown.reference))?.triesLeft
        }
    }

    /// Shows a PIN that was not shown before, unless another program spent tries since the person was asked, and the last one would
    /// go unannounced.
    ///
    /// - Parameter willShow: called before the card may count a try.
    /// - Returns: how the PIN stood before.
    /// - Throws: ``PINNotTaken``.
    private func firstShow(
        _ pin: SecretBytes, to session: PIVSession, toldOf shown: PINState, willShow: () -> Void
    ) throws -> PINState {
        guard let block = PINBlock.bytes(pin) else { throw PINNotTaken(wasWrong: true) }
        let state = try session.pinState(of: shown.reference)
        if state.triesLeft == 0 { throw Self.locked }
        if state.triesLeft == 1, shown.triesLeft != 1 { throw PINNotTaken(wasWrong: false) }
        willShow()
        switch try session.verify(block, of: shown.reference) {
        case .right: return state
        case .blocked, .wrong(triesLeft: 0): throw Self.locked
        case .wrong: throw PINNotTaken(wasWrong: true)
        }
    }

    /// Shows the PIN and does what it is for, in one transaction, while the person is told what the card waits for. The
    /// card forgets the PIN afterwards, unless another program had shown it before: then that one still counts on it.
    ///
    /// - Returns: where the process goes on, what the body gave, as soon as it has: that the card forgets the PIN and is let go
    ///   concerns who speaks to it next, who waits for it.
    nonisolated func withPIN<Result: Sendable>(
        _ pin: PINSource, at place: CardPlace, waitsForTouch: Bool = false, presence: any UserPresence,
        _ body: @escaping @Sendable (PIVSession) throws -> Result
    ) async throws -> Result {
        var action: HardwareAction.Kind? = waitsForTouch ? .touch : nil
        if case .pad = pin { action = .pinOnReader }
        guard let action else { return try await result(of: body, with: pin, at: place) }
        return try await presence.whileWaiting(for: HardwareAction(action, deviceName: place.deviceName)) {
            try await self.result(of: body, with: pin, at: place)
        }
    }

    /// What a body gives; where the process goes on, before the card has forgotten the PIN and was let go.
    private nonisolated func result<Result: Sendable>(
        of body: @escaping @Sendable (PIVSession) throws -> Result, with pin: PINSource, at place: CardPlace
    ) async throws -> Result {
        guard outlivesSignatures else { return try await withPIN(pin, at: place, body) }
        return try await withCheckedThrowingContinuation { continuation in
            Task { await self.run(body, with: pin, at: place, telling: continuation) }
        }
    }

    /// Resumes the continuation once: nothing throws, and nothing is repeated, after a body that gave something.
    private func run<Result: Sendable>(
        _ body: (PIVSession) throws -> Result, with pin: PINSource, at place: CardPlace,
        telling continuation: CheckedContinuation<Result, any Error>
    ) {
        do {
            try withPIN(pin, at: place) { session in continuation.resume(returning: try body(session)) }
        } catch {
            continuation.resume(throwing: error)
        }
    }

    private func withPIN<Result>(
        _ pin: PINSource, at place: CardPlace, _ body: (PIVSession) throws -> Result
    ) throws -> Result {
        // On a pad the person would have to type again, and a wrong PIN costs a try each time: one that is shown is not shown again
        // until it is known to be right.
        var isRepeatable = true
        if case .pad = pin { isRepeatable = false }
        return try withCard(at: place, isRepeatable: { isRepeatable }) { session in
            let before: PINState?
            if case .typed(let secret, let shown) = pin {
                before = try firstShow(secret, to: session, toldOf: shown) { isRepeatable = false }
                isRepeatable = true
            } else {
                before = try present(pin, to: session)
            }
            defer { if let before, !before.isVerified { session.forgetPIN(before.reference) } }
            return try body(session)
        }
    }

    /// Shows a PIN that is known to be right, or has it typed on the pad.
    ///
    /// - Returns: how the PIN stood before.
    private func present(_ pin: PINSource, to session: PIVSession) throws -> PINState? {
        switch pin {
        case .notNeeded, .typed: return nil
        case .entered(let secret, let reference, let fullTries):
            let state = try session.pinState(of: reference)
            // The PIN was right a moment ago. If the last try is left, somebody changed it, and was wrong often.
            guard state.triesLeft != 1 || fullTries == 1 else { throw Self.changed }
            guard let block = PINBlock.bytes(secret) else { throw Self.changed }
            try accept(try session.verify(block, of: reference))
            return state
        case .pad(let code, let reference):
            let state = try session.pinState(of: reference)
            guard state.triesLeft != 0 else { throw Self.locked }
            do { try accept(try session.verifyOnPad(code, of: reference)) } catch let failure as PadFailure {
                switch failure {
                case .timedOut: throw DeviceKeyError(.timedOut, "nobody typed the PIN on the card reader")
                case .cancelled: throw DeviceKeyError(.cancelled, "the PIN was not typed on the card reader")
                }
            }
            return state
        }
    }

    private func accept(_ outcome: PINOutcome) throws(DeviceKeyError) {
        switch outcome {
        case .right: return
        case .wrong: throw Self.changed
        case .blocked: throw Self.locked
        }
    }

    static let locked = DeviceKeyError(
        .pinLocked, "too many wrong PINs: the card is locked until its PUK sets a new PIN (see docs/piv.md)")
    static let changed = DeviceKeyError(
        .unavailable, "the card did not take the PIN this time: it was mistyped, or changed elsewhere; try again")
}
