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
    private let card: SCARDHANDLE
    private let activeProtocol: DWORD
    private var isConnected = true
    private var isInTransaction = false

    /// Connects.
    ///
    /// - Parameter patience: how long it waits for a transaction of another program.
    /// - Throws: ``PCSCError/busy`` where another program has the card for itself.
    package init(_ context: PCSCContext, reader: String, patience: Duration) throws(PCSCError) {
        self.context = context
        (card, activeProtocol) = try PatientConnect.connect(context, reader: reader, patience: patience)
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
        enum Wait { case waiting, over, givenUp }
        final class State: Sendable { let wait = Mutex(Wait.waiting) }
        let state = State()
        Self.watch.asyncAfter(deadline: .now() + .milliseconds(patience.milliseconds)) { [weak context] in
            state.wait.withLock { wait in
                guard wait == .waiting else { return }
                wait = .givenUp
                context?.release()
            }
        }
        let result = SCardBeginTransaction(card)
        let isGivenUp = state.wait.withLock { wait in
            if wait == .waiting { wait = .over }
            return wait == .givenUp
        }
        if isGivenUp {
            isConnected = false
            throw .busy
        }
        try check(result)
        isInTransaction = true
    }

    /// Lets others speak again. The card is left as it is.
    package func endTransaction() {
        guard isInTransaction else { return }
        isInTransaction = false
        SCardEndTransaction(card, DWORD(SCARD_LEAVE_CARD))
    }

    /// Sends a command and waits for the answer, for as long as the card takes.
    package func transmit(_ command: [UInt8]) throws(PCSCError) -> [UInt8] {
        var header = SCARD_IO_REQUEST(
            dwProtocol: activeProtocol, cbPciLength: DWORD(MemoryLayout<SCARD_IO_REQUEST>.size))
        var answer = [UInt8](repeating: 0, count: Self.largestAnswer)
        var length = DWORD(answer.count)
        try check(SCardTransmit(card, &header, command, DWORD(command.count), nil, &answer, &length))
        // Every answer has a status word. Some drivers call it a success when the card went before it could answer.
        guard length > 0 else { throw .removed }
        answer.removeLast(answer.count - Int(length))
        return answer
    }

    /// Asks the reader itself.
    package func control(_ code: UInt32, _ data: [UInt8]) throws(PCSCError) -> [UInt8] {
        var answer = [UInt8](repeating: 0, count: 512)
        var length: DWORD = 0
        try check(
            SCardControl(card, DWORD(code), data, DWORD(data.count), &answer, DWORD(answer.count), &length))
        return Array(answer.prefix(Int(length)))
    }

    /// Lets the card go, as it is.
    package func disconnect() {
        guard isConnected else { return }
        endTransaction()
        isConnected = false
        SCardDisconnect(card, DWORD(SCARD_LEAVE_CARD))
    }
}

extension Duration {
    var milliseconds: Int {
        Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
