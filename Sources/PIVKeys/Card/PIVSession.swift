// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// One transaction with a PIV card: nobody else speaks to the card meanwhile.
final class PIVSession {
    /// The application's identifier without its version (NIST SP 800-73-4 Part 1 §2.2).
    static let applicationIdentifier: [UInt8] = [0xA0, 0x00, 0x00, 0x03, 0x08]
    /// The longest answer that is put together: no object of a card is half as long.
    static let largestAnswer = 65536

    let card: CardInReader
    private let connection: any CardConnection
    private var form: CommandAPDU.Form
    private var isOpen = true
    /// Whether the card has shown that it is a YubiKey.
    var isKnownYubiKey = false

    /// Connects, waits for its turn, and selects the PIV application.
    ///
    /// - Throws: ``CardFailure/notPIV`` where the card has none.
    init(_ card: CardInReader, of service: any SmartCardService, patience: Duration) throws(CardFailure) {
        self.card = card
        let end = ContinuousClock.now + patience
        connection = try service.connect(to: card, patience: patience)
        form = connection.usesT0 ? .shortT0 : .short
        if form == .short, AnswerToReset(card.answerToReset).supportsExtendedLength { form = .extended }
        do {
            // The two waits are one to whoever waits.
            try connection.beginTransaction(patience: max(.zero, end - .now))
        } catch {
            connection.disconnect()
            throw error
        }
        do {
            try select()
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// Lets the card go. The card keeps its state, for others use it too.
    func close() {
        guard isOpen else { return }
        isOpen = false
        connection.disconnect()
    }

    /// Selects the PIV application.
    func select() throws(CardFailure) {
        let answer = try send(
            CommandAPDU(ins: 0xA4, p1: 0x04, data: Self.applicationIdentifier, expectsData: true))
        guard answer.status == .success else { throw .notPIV }
    }

    /// Sends a command, in parts where it has to be, and puts its answer together.
    ///
    /// - Throws: ``CardFailure/malformed(_:)`` where the answer never ends.
    func send(_ command: CommandAPDU) throws(CardFailure) -> ResponseAPDU {
        let answer = try sendOnce(command)
        guard form == .extended, command.data.count > 255, answer.status == .wrongLength else { return answer }
        // The card says that it takes extended lengths, and does not, or the reader does not.
        form = .short
        return try sendOnce(command)
    }

    private func sendOnce(_ command: CommandAPDU) throws(CardFailure) -> ResponseAPDU {
        let parts = command.encoded(form)
        var answer = try transmit(parts[0])
        for part in parts.dropFirst() {
            guard answer.status == .success else { return answer }
            answer = try transmit(part)
        }
        if let length = answer.status.rightLength {
            // The command was not carried out (ISO/IEC 7816-4 §5.1.3): once more with the length that the card names.
            var again = command
            again.expectsData = true
            again.expectedLength = length
            answer = try transmit(again.encoded(form).last ?? [])
        }
        return try completed(answer)
    }

    private func completed(_ first: consuming ResponseAPDU) throws(CardFailure) -> ResponseAPDU {
        var answer = first
        var rounds = 0
        while let more = answer.status.moreBytes {
            rounds += 1
            guard rounds <= 512, answer.data.count <= Self.largestAnswer else {
                throw .malformed("answer without an end")
            }
            answer.append(try transmit([0x00, 0xC0, 0x00, 0x00, more]))
        }
        guard answer.data.count <= Self.largestAnswer else { throw .malformed("answer without an end") }
        return answer
    }

    private func transmit(_ bytes: [UInt8]) throws(CardFailure) -> ResponseAPDU {
        try ResponseAPDU(try connection.transmit(bytes))
    }

    /// Sends a command that has to succeed.
    ///
    /// - Parameter what: what the card is to do, for the error.
    func demand(_ command: CommandAPDU, _ what: String) throws(CardFailure) -> [UInt8] {
        let answer = try send(command)
        guard answer.status == .success else { throw .refused(answer.status, what) }
        return answer.data
    }

    /// Sends one command whose bytes are secret; they are wiped.
    func send(wiping bytes: inout [UInt8]) throws(CardFailure) -> StatusWord {
        defer { _ = SecretBytes(wiping: &bytes) }
        return try transmit(bytes).status
    }

    /// Asks the reader itself, not the card.
    func control(_ code: UInt32, _ data: [UInt8]) throws(CardFailure) -> [UInt8] { try connection.control(code, data) }
}
