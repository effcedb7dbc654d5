// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibpcsclite
internal import Dispatch
internal import Synchronization

/// A way to a card, through the machine's PC/SC service, beside others who have one.
///
/// Used by one thread; calls block.
package final class PCSCConnection {
    /// Commands and answers are at most so long (`MAX_BUFFER_SIZE_EXTENDED`).
    private static let largestAnswer = 65548
    private static let watch = DispatchQueue(label: "countersign.smart-cards.watch")

    private let context: PCSCContext
    private let reader: String
    private let queue = DispatchQueue(label: "countersign.smart-cards.call")
    private let card: SCARDHANDLE
    private let activeProtocol: DWORD
    private var isConnected = true
    private var isInTransaction = false

    /// Connects.
    ///
    /// - Parameter patience: how long it waits for a transaction of another program.
    /// - Throws: ``PCSCError/busy`` where another program has the card for itself, ``PCSCError/stuck`` where it has yet to answer
    ///   what it was asked before.
    package init(_ context: PCSCContext, reader: String, patience: Duration) throws(PCSCError) {
        self.context = context
        self.reader = reader
        (card, activeProtocol) = try PatientConnect.connect(
            context, reader: reader, queue: queue, patience: patience)
    }

    deinit { disconnect() }

    /// Whether commands go by the protocol T=0.
    package var usesT0: Bool { activeProtocol == DWORD(SCARD_PROTOCOL_T0) }

    /// Keeps others from speaking to the card until ``endTransaction()``; waits for them to end theirs.
    ///
    /// The library itself waits without an end. Letting its context go from another thread ends the wait: between two looks at
    /// the lock it holds nothing.
    /// - Parameter patience: how long it waits.
    /// - Throws: ``PCSCError/busy`` where they do not end in time.
    package func beginTransaction(patience: Duration) throws(PCSCError) {
        guard isConnected else { throw .stuck }
        let (context, card) = (context, card)
        let begun: Begun
        do throws(PCSCError) {
            begun = try ServiceCall.make(on: queue, patience: patience + context.patience) {
                Self.begin(card, context, patience: patience)
            } late: { begun in
                if begun.result == SCARD_S_SUCCESS { SCardEndTransaction(card, DWORD(SCARD_LEAVE_CARD)) }
                SCardDisconnect(card, DWORD(SCARD_LEAVE_CARD))
                context.release()
            }
        } catch {
            // The call's thread has them now.
            isConnected = false
            throw error
        }
        if begun.isGivenUp {
            isConnected = false
            throw .busy
        }
        try check(begun.result)
        isInTransaction = true
    }

    private struct Begun: Sendable {
        var result: LONG
        var isGivenUp: Bool
    }

    private static func begin(_ card: SCARDHANDLE, _ context: PCSCContext, patience: Duration) -> Begun {
        enum Wait { case waiting, over, givenUp }
        final class State: Sendable { let wait = Mutex(Wait.waiting) }
        let state = State()
        watch.asyncAfter(deadline: .now() + .milliseconds(patience.milliseconds)) { [weak context] in
            let isGivenUp = state.wait.withLock { wait in
                if wait == .waiting { wait = .givenUp }
                return wait == .givenUp
            }
            if isGivenUp { context?.release() }
        }
        let result = SCardBeginTransaction(card)
        let isGivenUp = state.wait.withLock { wait in
            if wait == .waiting { wait = .over }
            return wait == .givenUp
        }
        return Begun(result: result, isGivenUp: isGivenUp)
    }

    /// Lets others speak again. The card is left as it is.
    package func endTransaction() {
        guard isConnected, isInTransaction else { return }
        isInTransaction = false
        let card = card
        ServiceCall.letGo(on: queue, patience: context.patience) { SCardEndTransaction(card, DWORD(SCARD_LEAVE_CARD)) }
    }

    /// Sends a command and waits for the answer.
    ///
    /// - Parameter limit: how long it waits. A connection whose card did not answer by then is of no use any more. What it holds is let
    ///   go of when the answer comes after all, or the service ends; the card is reset then, so that nobody finds what it was at.
    /// - Throws: ``PCSCError/stuck`` where no answer came in time.
    package func transmit(_ command: [UInt8], within limit: Duration) throws(PCSCError) -> [UInt8] {
        let sent = SecretCommand(copying: command)
        let (card, activeProtocol) = (card, activeProtocol)
        let answer = try call(within: limit) {
            var header = SCARD_IO_REQUEST(
                dwProtocol: activeProtocol, cbPciLength: DWORD(MemoryLayout<SCARD_IO_REQUEST>.size))
            return Answer(capacity: Self.largestAnswer) { bytes, length in
                sent.use { SCardTransmit(card, &header, $0, DWORD($0.count), nil, &bytes, &length) }
            }
        }
        // Every answer has a status word. Some drivers call it a success when the card went before it could answer.
        guard !answer.isEmpty else { throw .removed }
        return answer
    }

    /// Asks the reader itself.
    ///
    /// - Parameter limit: as of ``transmit(_:within:)``; a reader with a pad answers when the person has typed.
    package func control(_ code: UInt32, _ data: [UInt8], within limit: Duration) throws(PCSCError) -> [UInt8] {
        let card = card
        return try call(within: limit) {
            Answer(capacity: 512) { bytes, length in
                SCardControl(card, DWORD(code), data, DWORD(data.count), &bytes, DWORD(bytes.count), &length)
            }
        }
    }

    /// What a call answered.
    private struct Answer: Sendable {
        var result: LONG
        var bytes: [UInt8]

        init(capacity: Int, _ call: (inout [UInt8], inout DWORD) -> LONG) {
            bytes = [UInt8](repeating: 0, count: capacity)
            var length = DWORD(capacity)
            result = call(&bytes, &length)
            bytes.removeLast(capacity - (result == SCARD_S_SUCCESS ? min(Int(length), capacity) : 0))
        }
    }

    /// Has the card or its reader do something, and gives it up where that takes too long.
    private func call(within limit: Duration, _ body: @escaping @Sendable () -> Answer) throws(PCSCError) -> [UInt8] {
        guard isConnected else { throw .stuck }
        try ServiceCall.check()
        try PatientCall.check(reader, for: [.stuck])
        let (context, card, isInTransaction) = (context, card, isInTransaction)
        let answer = PatientCall.run(on: reader, queue: queue, patience: limit, mark: .stuck, body) { late in
            SecretCommand.wipe(&late.bytes)
            if isInTransaction { SCardEndTransaction(card, DWORD(SCARD_RESET_CARD)) }
            SCardDisconnect(card, DWORD(isInTransaction ? SCARD_LEAVE_CARD : SCARD_RESET_CARD))
            context.release()
        }
        guard let answer else {
            // The call's thread has them now.
            isConnected = false
            self.isInTransaction = false
            throw .stuck
        }
        try check(answer.result)
        return answer.bytes
    }

    /// Lets the card go, as it is, and ends the transaction and the conversation with the service.
    package func disconnect() {
        guard isConnected else { return }
        isConnected = false
        let (context, card, isInTransaction) = (context, card, isInTransaction)
        self.isInTransaction = false
        ServiceCall.letGo(on: queue, patience: context.patience) {
            if isInTransaction { SCardEndTransaction(card, DWORD(SCARD_LEAVE_CARD)) }
            SCardDisconnect(card, DWORD(SCARD_LEAVE_CARD))
            context.release()
        }
    }
}

extension Duration {
    var milliseconds: Int {
        Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
