// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Glibc
internal import Synchronization

/// A security key in this process: it enforces PIN, verification, counters and lockouts by itself, and a test has it touched,
/// pulled out, and answering wrongly.
package final class VirtualAuthenticator: Sendable {
    /// How the person behaves.
    package enum Touch: String, Sendable, CaseIterable {
        /// Touches the key as soon as it asks.
        case automatic = "auto"
        /// Touches it when the test says so, by ``VirtualAuthenticator/touch()``.
        case byHand = "hand"
        /// Never touches it.
        case never
    }

    /// What a test sets while the key works.
    package struct Switches: Sendable {
        /// How the person touches.
        package var touch = Touch.automatic
        /// Whether the finger on the reader is the right one.
        package var isRightFinger = true
        /// Called with each command of CTAP 2 (its first byte) and of U2F (0x100 and its instruction), before it is answered.
        package var willAnswer: (@Sendable (Int) -> Void)?
        /// Changes answers before they are sent: the command, and the answer with its status in front (U2F: behind).
        package var mutateAnswer: (@Sendable (Int, [UInt8]) -> [UInt8])?
        var isPluggedIn = true
        /// How often it was pulled out: what it was at then is not finished, also where it is plugged in again at once.
        var removals = 0
        var touches = 0
    }

    /// What the key is like.
    package let model: VirtualKeyModel
    /// Its maker's attestation key and certificates.
    package let identity: AttestationIdentity
    private let state: Mutex<AuthenticatorState>
    private let switches = Mutex(Switches())
    private let waiting = Mutex(0)
    private let removals = Mutex<[@Sendable () -> Void]>([])

    /// A new key of a model.
    package init(_ model: VirtualKeyModel = VirtualKeyModel()) {
        self.model = model
        identity = AttestationIdentity(aaguid: model.aaguid)
        state = Mutex(AuthenticatorState(model: model, identity: identity))
    }

    // MARK: - For tests

    /// Sets how the key and its person behave.
    package func set(_ change: (inout Switches) -> Void) { switches.withLock { change(&$0) } }

    /// Touches the key once.
    package func touch() { switches.withLock { $0.touches += 1 } }

    /// Whether the key waits for a touch or a finger now.
    package var isWaiting: Bool { waiting.withLock { $0 > 0 } }

    /// Whether it is plugged in.
    package var isPluggedIn: Bool { switches.withLock { $0.isPluggedIn } }

    /// Pulls the key out. What it was asked is never answered.
    package func unplug() {
        switches.withLock { switches in
            switches.isPluggedIn = false
            switches.removals += 1
        }
        for tell in removals.withLock({ $0 }) { tell() }
    }

    /// Plugs it in: what it remembered of its power is gone.
    package func plug() {
        state.withLock { $0.powerUp() }
        switches.withLock { $0.isPluggedIn = true }
    }

    /// Tells of removals.
    func onRemoval(_ tell: @escaping @Sendable () -> Void) { removals.withLock { $0.append(tell) } }

    /// Sets a PIN, or removes it, as its owner could on another machine. Tries are those of a new PIN.
    package func set(pin: String?) {
        state.withLock { state in
            state.pinHash = pin.map { AuthenticatorState.hash(ofPIN: Array($0.utf8)) }
            state.pinTries = VirtualKeyModel.pinTries
            state.wrongPINsInARow = 0
            state.token = nil
        }
    }

    /// How many wrong PINs are left.
    package var pinTries: Int {
        get { state.withLock { $0.pinTries } }
        set { state.withLock { $0.pinTries = newValue } }
    }

    /// How many wrong fingers are left.
    package var fingerTries: Int { state.withLock { $0.fingerTries } }

    /// How many credentials it has.
    package var credentialCount: Int { state.withLock { $0.credentials.count } }

    /// Makes the key tell counters that differ from its own by so much, as a copy of it would.
    package func set(counterOffset: Int32) { state.withLock { $0.counterOffset = counterOffset } }

    /// Makes the key sign what is not so, as a broken one would; `nil` has it speak the truth again.
    package func set(lie: VirtualKeyModel.Lie?) { state.withLock { $0.lie = lie } }

    // MARK: - For transports

    /// Answers a command of CTAP 2; `nil` where the key is gone.
    func answer(ctap message: [UInt8], _ transaction: Transaction) -> [UInt8]? {
        guard let command = message.first, model.speaksCTAP2 else { return [CTAPStatus.invalidCommand.code] }
        let removals = switches.withLock { $0.removals }
        switches.withLock { $0.willAnswer }?(Int(command))
        let answer = answer(command, Array(message.dropFirst()), transaction, since: removals)
        return finished(Int(command), answer, since: removals)
    }

    private func answer(
        _ command: UInt8, _ body: [UInt8], _ transaction: Transaction, since removals: Int
    ) -> [UInt8] {
        var parameters: CBORValue?
        if !body.isEmpty {
            guard let read = CBORValue(reading: body), read.encoded == body else {
                return [CTAPStatus.invalidCBOR.code]
            }
            parameters = read
        }
        let interaction = Interaction(
            touch: { () throws(CTAPStatus) in _ = try self.waitForPerson(transaction, isFinger: false) },
            finger: { () throws(CTAPStatus) in try self.waitForPerson(transaction, isFinger: true) })
        // The person is waited for without the lock, so that tests can reach the key meanwhile; it does one thing at a time.
        var working = state.withLock { $0 }
        let result: [UInt8]
        do { result = [0] + (try working.answer(command, parameters, interaction)?.encoded ?? []) } catch {
            result = [error.code]
        }
        // What is counted of wrong PINs is kept whatever becomes of the power.
        if switches.withLock({ $0.removals }) == removals || command == 0x06 { state.withLock { $0 = working } }
        return result
    }

    /// Answers an APDU of U2F; `nil` where the key is gone.
    func answer(apdu: [UInt8]) -> [UInt8]? {
        let command = 0x100 + Int(apdu.count > 1 ? apdu[1] : 0)
        let removals = switches.withLock { $0.removals }
        switches.withLock { $0.willAnswer }?(command)
        let answer = state.withLock { $0.answer(apdu: apdu, isTouched: takeTouch) }
        return finished(command, answer, since: removals)
    }

    private func finished(_ command: Int, _ answer: [UInt8], since removals: Int) -> [UInt8]? {
        let switches = switches.withLock { $0 }
        guard switches.removals == removals else { return nil }
        return switches.mutateAnswer.map { $0(command, answer) } ?? answer
    }

    /// Whether somebody touched the key since it was last asked for.
    private func takeTouch() -> Bool {
        switches.withLock { switches in
            switch switches.touch {
            case .automatic: return true
            case .never: return false
            case .byHand:
                guard switches.touches > 0 else { return false }
                switches.touches -= 1
                return true
            }
        }
    }

    /// Waits for a touch or a finger, telling the other side that it does.
    private func waitForPerson(_ transaction: Transaction, isFinger: Bool) throws(CTAPStatus) -> Bool {
        waiting.withLock { $0 += 1 }
        defer { waiting.withLock { $0 -= 1 } }
        let end = ContinuousClock.now + model.touchTimeout
        var nextKeepalive = ContinuousClock.now + .milliseconds(50)
        while !takeTouch() {
            if transaction.isCancelled { throw .keepaliveCancel }
            if !isPluggedIn { throw .other }
            if ContinuousClock.now > end { throw .userActionTimeout }
            if ContinuousClock.now > nextKeepalive {
                transaction.keepalive()
                nextKeepalive = ContinuousClock.now + .milliseconds(50)
            }
            usleep(2_000)
        }
        return switches.withLock { $0.isRightFinger }
    }
}

/// One command that the key is at.
final class Transaction: Sendable {
    private let cancelled = Atomic(false)
    /// Tells the other side that the key waits for its person.
    let keepalive: @Sendable () -> Void

    init(keepalive: @escaping @Sendable () -> Void) { self.keepalive = keepalive }

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }
    func cancel() { cancelled.store(true, ordering: .releasing) }
}
