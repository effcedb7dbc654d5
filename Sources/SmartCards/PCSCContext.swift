// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibpcsclite
internal import Dispatch
internal import Glibc
internal import Synchronization

/// A reader and the card in it.
package struct PCSCCard: Hashable, Sendable {
    /// The reader's name, as the service gives it.
    package let reader: String
    /// The card's answer to reset.
    package let answerToReset: [UInt8]
    /// How often something happened at the reader in this run of the service (``PCSCInstance``): while the number stays, the card
    /// has.
    package let eventCount: Int
}

/// One conversation with the machine's PC/SC service (pcscd), through libpcsclite.
///
/// Each call has one of its own: a service that was started anew is noticed by nobody, and an idle program holds nothing.
package final class PCSCContext: Sendable {
    let handle: SCARDCONTEXT
    /// How long the service itself may take to answer.
    let patience: Duration
    private let queue: DispatchQueue
    private let isReleased = Mutex(false)

    /// Begins one.
    ///
    /// - Parameter patience: how long the service itself may take to answer, here and later; one that is started by this takes a moment.
    /// - Throws: ``PCSCError/serviceSilent`` where it does not answer.
    package init(patience: Duration = .seconds(5)) throws(PCSCError) {
        let queue = DispatchQueue(label: "countersign.smart-cards.service")
        let answer = try ServiceCall.make(on: queue, patience: patience) {
            var handle: SCARDCONTEXT = 0
            let result = SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &handle)
            return (result: result, handle: handle)
        } late: { answer in
            if answer.result == SCARD_S_SUCCESS { SCardReleaseContext(answer.handle) }
        }
        try check(answer.result)
        handle = answer.handle
        self.patience = patience
        self.queue = queue
    }

    deinit {
        guard claimRelease() else { return }
        let handle = handle
        // The last reference may go on the thread of the conversation's own queue, which cannot wait for itself.
        let queue = DispatchQueue(label: "countersign.smart-cards.release")
        ServiceCall.letGo(on: queue, patience: patience) { SCardReleaseContext(handle) }
    }

    /// Ends the conversation, and every wait in it. May be called from any thread, and again; blocks for as long as the service stands
    /// still.
    package func release() {
        // Not under the lock: who comes second does not wait.
        if claimRelease() { SCardReleaseContext(handle) }
    }

    private func claimRelease() -> Bool {
        isReleased.withLock { isReleased in
            defer { isReleased = true }
            return !isReleased
        }
    }

    /// The readers that hold a card which answers.
    package func cards() throws(PCSCError) -> [PCSCCard] {
        let answer = try ServiceCall.make(on: queue, patience: patience) { [self] in
            Result { () throws(PCSCError) in try list() }
        } late: { _ in
            self.release()
        }
        return try answer.get()
    }

    private func list() throws(PCSCError) -> [PCSCCard] {
        let names = try readers().prefix(Int(PCSCLITE_MAX_READERS_CONTEXTS))
        guard !names.isEmpty else { return [] }
        var states = names.map { name in
            var state = SCARD_READERSTATE()
            state.szReader = UnsafePointer(strdup(name))
            state.dwCurrentState = DWORD(SCARD_STATE_UNAWARE)
            return state
        }
        defer { for state in states { free(UnsafeMutableRawPointer(mutating: state.szReader)) } }
        try check(SCardGetStatusChange(handle, 0, &states, DWORD(states.count)))
        return zip(names, states).compactMap { name, state in
            let flags = Int32(truncatingIfNeeded: state.dwEventState)
            guard flags & SCARD_STATE_PRESENT != 0, flags & SCARD_STATE_MUTE == 0 else { return nil }
            let answer = withUnsafeBytes(of: state.rgbAtr) { Array($0.prefix(Int(min(state.cbAtr, 33)))) }
            return PCSCCard(reader: name, answerToReset: answer, eventCount: Int(state.dwEventState >> 16 & 0xFFFF))
        }
    }

    private func readers() throws(PCSCError) -> [String] {
        var length: DWORD = 0
        let first = SCardListReaders(handle, nil, nil, &length)
        if first == SCARD_E_NO_READERS_AVAILABLE { return [] }
        try check(first)
        var text = [CChar](repeating: 0, count: Int(length))
        let second = SCardListReaders(handle, nil, &text, &length)
        if second == SCARD_E_NO_READERS_AVAILABLE { return [] }
        try check(second)
        return text.prefix(Int(length)).split(separator: 0).map { name in
            String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
