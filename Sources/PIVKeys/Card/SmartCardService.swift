// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Readers and the cards in them: what PC/SC offers, as far as it is used here. Calls block.
package protocol SmartCardService: Sendable {
    /// The readers that hold a card which answers.
    func cards() throws(CardFailure) -> [CardInReader]

    /// Speaks to a card, beside others who do.
    ///
    /// - Parameter patience: how long it waits for a transaction of another program.
    /// - Throws: ``CardFailure/busy`` where another program has the card for itself.
    func connect(to card: CardInReader, patience: Duration) throws(CardFailure) -> any CardConnection
}

/// A reader and the card in it.
package struct CardInReader: Hashable, Sendable {
    /// The reader's name, as the service gives it.
    package var reader: String
    /// The card's answer to reset.
    package var answerToReset: [UInt8]

    /// A card.
    package init(reader: String, answerToReset: [UInt8]) {
        self.reader = reader
        self.answerToReset = answerToReset
    }
}

/// A way to a card, used by one thread.
package protocol CardConnection: AnyObject {
    /// Whether commands go by the protocol T=0.
    var usesT0: Bool { get }

    /// Keeps others from speaking to the card until ``endTransaction()``; waits for them to end theirs.
    ///
    /// - Parameter patience: how long it waits.
    /// - Throws: ``CardFailure/busy`` where they do not end in time.
    func beginTransaction(patience: Duration) throws(CardFailure)

    /// Lets others speak again. The card is left as it is.
    func endTransaction()

    /// Sends a command and waits for the answer, for as long as what is asked may take.
    ///
    /// - Throws: ``CardFailure/stuck`` where no answer comes: the connection is of no use any more.
    func transmit(_ command: [UInt8]) throws(CardFailure) -> [UInt8]

    /// Asks the reader itself; one with a pad answers when the person has typed.
    func control(_ code: UInt32, _ data: [UInt8]) throws(CardFailure) -> [UInt8]

    /// Lets the card go, as it is, and ends its transaction.
    func disconnect()
}
