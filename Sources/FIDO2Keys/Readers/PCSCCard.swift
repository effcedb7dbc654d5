// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibpcsclite
internal import Dispatch
internal import Synchronization

/// A connection to the PC/SC service.
final class PCSCContext: Sendable {
    /// A card on a reader.
    struct Card: Sendable {
        var reader: String
        var answerToReset: [UInt8]
        /// How often something happened at the reader: the same number is the same card.
        var event: UInt
    }

    let handle: SCARDCONTEXT
    private let isReleased = Atomic(false)

    /// `nil` where there is no service.
    init?() {
        var handle: SCARDCONTEXT = 0
        guard SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &handle) == SCARD_S_SUCCESS else { return nil }
        self.handle = handle
    }

    deinit { release() }

    /// Ends the connection, and whatever waits on it in another thread.
    func release() {
        if !isReleased.exchange(true, ordering: .acquiringAndReleasing) { SCardReleaseContext(handle) }
    }

    /// The cards that lie on readers now.
    func cards(limit: Int) -> [Card] { Array(readers().prefix(limit)).compactMap(card) }

    private func readers() -> [String] {
        var length: DWORD = 0
        guard SCardListReaders(handle, nil, nil, &length) == SCARD_S_SUCCESS, (2...65536).contains(length) else {
            return []
        }
        var names = [CChar](repeating: 0, count: Int(length))
        guard SCardListReaders(handle, nil, &names, &length) == SCARD_S_SUCCESS else { return [] }
        return names.prefix(Int(length)).split(separator: 0).map { name in
            String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    private func card(_ reader: String) -> Card? {
        reader.withCString { name in
            var state = SCARD_READERSTATE()
            state.szReader = name
            guard SCardGetStatusChange(handle, 0, &state, 1) == SCARD_S_SUCCESS,
                state.dwEventState & DWORD(SCARD_STATE_PRESENT) != 0
            else { return nil }
            let answer = withUnsafeBytes(of: state.rgbAtr) { Array($0.prefix(Int(min(state.cbAtr, 33)))) }
            return Card(reader: reader, answerToReset: answer, event: UInt(state.dwEventState >> 16))
        }
    }
}

/// A card, through the PC/SC service.
final class PCSCCard: CardChannel {
    /// The longest answer to a short command: 256 bytes and the status word.
    private static let longestAnswer = 258
    /// How long another program may be at the card.
    private static let patience = DispatchTimeInterval.seconds(10)

    private let context: PCSCContext
    private let card: SCARDHANDLE
    private let activeProtocol: DWORD
    private let isExclusive: Bool
    private let isClosed = Atomic(false)

    /// Connects to the card on a reader.
    ///
    /// - Parameter exclusive: whether other programs wait until this is closed.
    /// - Returns: `nil` where there is none, or another program does not let go of it.
    init?(_ context: PCSCContext, reader: String, exclusive: Bool) {
        var card: SCARDHANDLE = 0
        var activeProtocol: DWORD = 0
        guard
            SCardConnect(
                context.handle, reader, DWORD(SCARD_SHARE_SHARED), DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1), &card,
                &activeProtocol) == SCARD_S_SUCCESS
        else { return nil }
        self.context = context
        self.card = card
        self.activeProtocol = activeProtocol
        isExclusive = exclusive
        guard !exclusive || Self.begin(card, context) else {
            close()
            return nil
        }
    }

    deinit { close() }

    /// Begins a transaction. The library waits for it without an end, unless its context is let go.
    private static func begin(_ card: SCARDHANDLE, _ context: PCSCContext) -> Bool {
        let timer = DispatchWorkItem { [weak context] in context?.release() }
        DispatchQueue.global().asyncAfter(deadline: .now() + patience, execute: timer)
        defer { timer.cancel() }
        return SCardBeginTransaction(card) == SCARD_S_SUCCESS
    }

    func transmit(_ command: [UInt8]) -> [UInt8]? {
        var header = SCARD_IO_REQUEST(
            dwProtocol: activeProtocol, cbPciLength: DWORD(MemoryLayout<SCARD_IO_REQUEST>.size))
        var answer = [UInt8](repeating: 0, count: Self.longestAnswer)
        var length = DWORD(answer.count)
        guard SCardTransmit(card, &header, command, DWORD(command.count), nil, &answer, &length) == SCARD_S_SUCCESS
        else { return nil }
        return Array(answer.prefix(Int(length)))
    }

    func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if isExclusive { SCardEndTransaction(card, DWORD(SCARD_LEAVE_CARD)) }
        SCardDisconnect(card, DWORD(SCARD_LEAVE_CARD))
        context.release()
    }
}
