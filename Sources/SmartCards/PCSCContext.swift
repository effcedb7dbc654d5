// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibpcsclite
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
    private let isReleased = Mutex(false)

    /// Begins one.
    package init() throws(PCSCError) {
        var handle: SCARDCONTEXT = 0
        try check(SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &handle))
        self.handle = handle
    }

    deinit { release() }

    /// Ends the conversation, and every wait in it. May be called from any thread, and again.
    package func release() {
        isReleased.withLock { isReleased in
            guard !isReleased else { return }
            isReleased = true
            SCardReleaseContext(handle)
        }
    }

    /// The readers that hold a card which answers.
    package func cards() throws(PCSCError) -> [PCSCCard] {
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
