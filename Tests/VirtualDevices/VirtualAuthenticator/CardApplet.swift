// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
package import FIDO2Keys
internal import Glibc
internal import Synchronization

/// A key as a card on a reader: the FIDO applet of CTAP 2.1 §11.3.
package final class CardApplet: CardChannel {
    private enum Status {
        static let success: [UInt8] = [0x90, 0x00]
        static let working: [UInt8] = [0x91, 0x00]
        static let notFound: [UInt8] = [0x6A, 0x82]
        static let wrongParameters: [UInt8] = [0x6A, 0x86]
        static let wrongLength: [UInt8] = [0x67, 0x00]
        static let conditionsNotSatisfied: [UInt8] = [0x69, 0x85]
    }

    private struct State {
        var isSelected = false
        var chained: [UInt8] = []
        /// What GET RESPONSE gives.
        var rest: [UInt8] = []
        var transaction: Transaction?
        var finished: [UInt8]?
    }

    private static let applet: [UInt8] = [0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01]
    private static let largestPart = 256

    private let authenticator: VirtualAuthenticator
    /// Whether it may answer before it is done; cards of CTAP 2.0 may not.
    private let answersEarly: Bool
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "virtual-authenticator-card")

    /// A card of a key.
    package init(_ authenticator: VirtualAuthenticator, answersEarly: Bool = true) {
        self.authenticator = authenticator
        self.answersEarly = answersEarly
    }

    package func transmit(_ command: [UInt8]) -> [UInt8]? {
        guard authenticator.isPluggedIn else { return nil }
        return answer(command)
    }

    package func close() { state.withLock { $0 = State() } }

    private func answer(_ command: [UInt8]) -> [UInt8]? {
        guard command.count >= 4, let data = AuthenticatorState.data(of: command) else { return Status.wrongLength }
        if command[1] == 0xC0 { return part(state.withLock { $0.rest }) }
        if command[0] & 0x10 != 0 {
            state.withLock { $0.chained += data }
            return Status.success
        }
        let whole = state.withLock { state in
            defer { state.chained = [] }
            return state.chained + data
        }
        switch (command[0], command[1]) {
        case (0x00, 0xA4):
            guard whole == Self.applet else { return Status.notFound }
            state.withLock { $0 = State(isSelected: true) }
            return Array((authenticator.model.speaksU2F ? "U2F_V2" : "FIDO_2_0").utf8) + Status.success
        case _ where !state.withLock({ $0.isSelected }): return [0x6D, 0x00]
        case (0x80, 0x10):
            guard command[2] == 0 || (command[2] == 0x80 && answersEarly) else { return Status.wrongParameters }
            return begin(whole, mayBeEarly: command[2] == 0x80)
        case (0x80, 0x11):
            if command[2] == 0x11 { state.withLock { $0.transaction?.cancel() } }
            return result(mayBeEarly: true)
        case (0x00, _):
            let header = Array(command[..<4])
            let extended = header + [0, UInt8(whole.count >> 8), UInt8(whole.count & 0xFF)] + whole + [0, 0]
            return authenticator.answer(apdu: whole.isEmpty ? header : extended).flatMap(part)
        default: return [0x6E, 0x00]
        }
    }

    private func begin(_ message: [UInt8], mayBeEarly: Bool) -> [UInt8]? {
        guard authenticator.model.speaksCTAP2 else { return [0x6D, 0x00] }
        let transaction = Transaction(keepalive: {})
        state.withLock { state in
            state.transaction = transaction
            state.finished = nil
        }
        queue.async { [self] in
            // A key that is gone answers nothing; whoever waits finds out by itself.
            let answer = authenticator.answer(ctap: message, transaction) ?? []
            state.withLock { state in
                if state.transaction === transaction { state.finished = answer }
            }
        }
        return result(mayBeEarly: mayBeEarly)
    }

    /// The answer, or that it is not there yet.
    private func result(mayBeEarly: Bool) -> [UInt8]? {
        let end = ContinuousClock.now + .milliseconds(30)
        while authenticator.isPluggedIn {
            let (isRunning, finished) = state.withLock { ($0.transaction != nil, $0.finished) }
            guard isRunning else { return Status.conditionsNotSatisfied }
            if let finished {
                state.withLock { state in
                    state.transaction = nil
                    state.finished = nil
                }
                return finished.isEmpty ? nil : part(finished + Status.success)
            }
            if mayBeEarly, ContinuousClock.now > end { return [2] + Status.working }
            usleep(1_000)
        }
        return nil
    }

    /// As much of an answer as a short APDU holds; the rest is asked for.
    private func part(_ answer: [UInt8]) -> [UInt8] {
        guard answer.count >= 2 else { return Status.conditionsNotSatisfied }
        let data = answer.dropLast(2)
        guard data.count > Self.largestPart else {
            state.withLock { $0.rest = [] }
            return answer
        }
        let rest = Array(answer.dropFirst(Self.largestPart))
        state.withLock { $0.rest = rest }
        return data.prefix(Self.largestPart) + [0x61, UInt8(clamping: min(rest.count - 2, 255))]
    }
}

extension VirtualDevices {
    /// Keys on readers.
    package static func onReaders(
        _ authenticators: [VirtualAuthenticator], answersEarly: Bool = true
    ) -> some DeviceSource { ReaderDevices(authenticators: authenticators, answersEarly: answersEarly) }
}

private struct ReaderDevices: DeviceSource {
    private let keys: [(path: String, authenticator: VirtualAuthenticator, answersEarly: Bool)]

    init(authenticators: [VirtualAuthenticator], answersEarly: Bool) {
        keys = authenticators.map { (VirtualPath.next(), $0, answersEarly) }
    }

    func devices() throws -> [DeviceEntry] {
        keys.filter { $0.authenticator.isPluggedIn }.map { path, authenticator, answersEarly in
            DeviceEntry(
                path: path, product: authenticator.model.product,
                link: .card {
                    authenticator.isPluggedIn ? CardApplet(authenticator, answersEarly: answersEarly) : nil
                })
        }
    }
}
