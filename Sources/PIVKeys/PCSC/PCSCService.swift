// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibpcsclite
internal import Glibc
internal import Synchronization

/// The machine's PC/SC service (pcscd), through libpcsclite.
///
/// Each call has a context of its own: a service that was started anew is noticed by nobody, and an idle agent holds nothing.
package struct PCSCService: SmartCardService {
    /// The service of this machine.
    package init() {}

    package func cards() throws(CardFailure) -> [CardInReader] {
        let context = try PCSCContext()
        return try context.cards()
    }

    package func connect(to card: CardInReader, patience: Duration) throws(CardFailure) -> any CardConnection {
        try PCSCConnection(PCSCContext(), reader: card.reader, patience: patience)
    }
}

/// One conversation with the service.
final class PCSCContext: Sendable {
    let handle: SCARDCONTEXT
    private let isReleased = Mutex(false)

    init() throws(CardFailure) {
        var handle: SCARDCONTEXT = 0
        try check(SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &handle))
        self.handle = handle
    }

    deinit { release() }

    /// Ends the conversation, and every wait in it. May be called from any thread, and again.
    func release() {
        isReleased.withLock { isReleased in
            guard !isReleased else { return }
            isReleased = true
            SCardReleaseContext(handle)
        }
    }

    /// The readers that hold a card which answers.
    func cards() throws(CardFailure) -> [CardInReader] {
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
            let answer = withUnsafeBytes(of: state.rgbAtr) { Array($0.prefix(Int(state.cbAtr))) }
            return CardInReader(reader: name, answerToReset: answer)
        }
    }

    private func readers() throws(CardFailure) -> [String] {
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

/// Turns what the library answers into a failure.
func check(_ result: LONG) throws(CardFailure) {
    switch result {
    case SCARD_S_SUCCESS: return
    case SCARD_E_NO_SERVICE: throw .serviceUnavailable
    // A handle that was good and is not any more: the service was started anew behind it.
    case SCARD_E_SERVICE_STOPPED, SCARD_E_INVALID_HANDLE, SCARD_F_COMM_ERROR, SCARD_F_INTERNAL_ERROR:
        throw .serviceLost
    case SCARD_W_REMOVED_CARD, SCARD_E_NO_SMARTCARD, SCARD_E_READER_UNAVAILABLE, SCARD_E_UNKNOWN_READER,
        SCARD_E_NO_READERS_AVAILABLE, SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNPOWERED_CARD, SCARD_E_NOT_TRANSACTED:
        throw .removed
    case SCARD_W_RESET_CARD: throw .reset
    case SCARD_E_SHARING_VIOLATION: throw .busy
    case SCARD_W_SECURITY_VIOLATION: throw .denied
    default: throw .library(code: UInt32(truncatingIfNeeded: result))
    }
}
