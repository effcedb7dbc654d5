// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibpcsclite
internal import Dispatch
internal import Synchronization

/// A card, through the machine's PC/SC service.
final class PCSCConnection: CardConnection {
    /// Commands and answers are at most so long (`MAX_BUFFER_SIZE_EXTENDED`).
    private static let largestAnswer = 65548
    private static let watch = DispatchQueue(label: "countersign.piv-keys.watch")

    private let context: PCSCContext
    private let card: SCARDHANDLE
    private let activeProtocol: DWORD
    private var isConnected = true
    private var isInTransaction = false

    init(_ context: PCSCContext, reader: String, patience: Duration) throws(CardFailure) {
        self.context = context
        (card, activeProtocol) = try PatientConnect.connect(context, reader: reader, patience: patience)
    }

    deinit { disconnect() }

    var usesT0: Bool { activeProtocol == DWORD(SCARD_PROTOCOL_T0) }

    /// The library itself waits without an end. Letting its context go from another thread ends the wait: between two looks at
    /// the lock it holds nothing.
    func beginTransaction(patience: Duration) throws(CardFailure) {
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

    func endTransaction() {
        guard isInTransaction else { return }
        isInTransaction = false
        SCardEndTransaction(card, DWORD(SCARD_LEAVE_CARD))
    }

    func transmit(_ command: [UInt8]) throws(CardFailure) -> [UInt8] {
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

    func control(_ code: UInt32, _ data: [UInt8]) throws(CardFailure) -> [UInt8] {
        var answer = [UInt8](repeating: 0, count: 512)
        var length: DWORD = 0
        try check(
            SCardControl(card, DWORD(code), data, DWORD(data.count), &answer, DWORD(answer.count), &length))
        return Array(answer.prefix(Int(length)))
    }

    func disconnect() {
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
