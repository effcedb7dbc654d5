// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import PIVKeys
internal import Synchronization

/// Readers with virtual cards, in the place of PC/SC: shared, locked, reset and pulled out as there, and at a test's word.
package final class VirtualReaders: SmartCardService {
    /// What goes wrong at a command.
    package enum Fault: Sendable {
        /// The card is pulled out before it answers.
        case pullOut
        /// Another program resets the card before it answers.
        case reset
        /// The service ends before the card answers.
        case stopService
    }

    fileprivate struct State {
        var cards: [String: VirtualPIVCard] = [:]
        /// Faults by the number of the command, from 0.
        var faults: [Int: Fault] = [:]
        var everyAnswer: (@Sendable ([UInt8]) -> [UInt8])?
        var count = 0
        /// How often the card of a reader was reset or exchanged: a connection of before is told.
        var epochs: [String: Int] = [:]
        var serviceEpoch = 0
        var isRunning = true
        var isHeldByOthers = false
        var lockedBy: ObjectIdentifier?
        var padPIN: [UInt8]?
        var afterTransactions: (@Sendable (VirtualPIVCard, Int) -> Void)?
        var transactions = 0
        var open = 0
        var attempts = 0
        var connectionDelay: Duration = .zero
        var listings = 0
        var usesT0 = false
    }

    fileprivate let state = Mutex(State())

    /// Readers that are empty yet.
    package init() {}

    /// A reader with a card.
    package convenience init(_ card: VirtualPIVCard, reader: String = "Virtual Reader 00 00") {
        self.init()
        insert(card, in: reader)
    }

    /// Puts a card into a reader.
    package func insert(_ card: VirtualPIVCard, in reader: String = "Virtual Reader 00 00") {
        card.powerOff()
        state.withLock {
            $0.cards[reader] = card
            $0.epochs[reader, default: 0] += 1
        }
    }

    /// Takes a card out.
    package func pullOut(_ reader: String = "Virtual Reader 00 00") {
        state.withLock { $0.cards.removeValue(forKey: reader)?.powerOff() }
    }

    /// Counts commands from 0 again, and lets these go wrong.
    package func plan(_ faults: [Int: Fault] = [:]) {
        state.withLock {
            $0.count = 0
            $0.faults = faults
        }
    }

    /// How many commands went to cards since ``plan(_:)``.
    package var commandCount: Int { state.withLock { $0.count } }

    /// How often somebody tried to connect.
    package var connectionAttempts: Int { state.withLock { $0.attempts } }

    /// How often somebody asked which cards there are.
    package var listings: Int { state.withLock { $0.listings } }

    /// Lets each connection take so long.
    package func delayConnections(by delay: Duration) { state.withLock { $0.connectionDelay = delay } }

    /// How many connections are open.
    package var openConnections: Int { state.withLock { $0.open } }

    /// Changes every answer.
    package func mutate(_ body: (@Sendable ([UInt8]) -> [UInt8])?) { state.withLock { $0.everyAnswer = body } }

    /// Ends the service, or starts it again.
    package func run(_ isRunning: Bool) {
        state.withLock {
            $0.isRunning = isRunning
            $0.serviceEpoch += 1
        }
    }

    /// Has another program hold the cards for itself.
    package func holdForOthers(_ isHeld: Bool) { state.withLock { $0.isHeldByOthers = isHeld } }

    /// Gives the readers a pad, on which somebody types a PIN; `nil` for somebody who gives up.
    package func attachPad(typing pin: String?) { state.withLock { $0.padPIN = pin.map { Array($0.utf8) } ?? [] } }

    /// Speaks the protocol T=0.
    package func useT0() { state.withLock { $0.usesT0 = true } }

    /// What happens to a card after each transaction, given its number from 1.
    package func afterTransactions(_ body: (@Sendable (VirtualPIVCard, Int) -> Void)?) {
        state.withLock {
            $0.afterTransactions = body
            $0.transactions = 0
        }
    }

    package func cards() throws(CardFailure) -> [CardInReader] {
        let found = state.withLock { state -> [CardInReader]? in
            guard state.isRunning else { return nil }
            state.listings += 1
            return state.cards.sorted { $0.key < $1.key }.map {
                CardInReader(reader: $0.key, answerToReset: $0.value.answerToReset)
            }
        }
        guard let found else { throw .serviceUnavailable }
        return found
    }

    package func connect(to card: CardInReader, patience: Duration) throws(CardFailure) -> any CardConnection {
        let end = ContinuousClock.now + state.withLock { $0.connectionDelay }
        while ContinuousClock.now < end { pause() }
        let result = state.withLock { state -> Result<VirtualConnection, CardFailure> in
            state.attempts += 1
            guard state.isRunning else { return .failure(.serviceUnavailable) }
            guard let found = state.cards[card.reader] else { return .failure(.removed) }
            if state.isHeldByOthers { return .failure(.busy) }
            state.open += 1
            return .success(
                VirtualConnection(
                    self, card: found, reader: card.reader, epoch: state.epochs[card.reader, default: 0],
                    serviceEpoch: state.serviceEpoch, usesT0: state.usesT0))
        }
        return try result.get()
    }
}

/// A way to a virtual card.
final class VirtualConnection: CardConnection {
    /// The control code of the virtual pad.
    private static let padCode: UInt32 = 0x4233_0006

    let usesT0: Bool
    private let readers: VirtualReaders
    private let card: VirtualPIVCard
    private let reader: String
    private let epoch: Int
    private let serviceEpoch: Int
    private var isOpen = true

    init(
        _ readers: VirtualReaders, card: VirtualPIVCard, reader: String, epoch: Int, serviceEpoch: Int, usesT0: Bool
    ) {
        self.readers = readers
        self.card = card
        self.reader = reader
        self.epoch = epoch
        self.serviceEpoch = serviceEpoch
        self.usesT0 = usesT0
    }

    private func trouble(_ state: borrowing VirtualReaders.State) -> CardFailure? {
        if !state.isRunning || state.serviceEpoch != serviceEpoch { return .serviceLost }
        guard state.cards[reader] === card else { return .removed }
        return state.epochs[reader] == epoch ? nil : .reset
    }

    func beginTransaction(patience: Duration) throws(CardFailure) {
        let end = ContinuousClock.now + patience
        while true {
            let result = readers.state.withLock { state -> CardFailure? in
                if let trouble = trouble(state) { return trouble }
                guard state.lockedBy == nil else { return .busy }
                state.lockedBy = ObjectIdentifier(self)
                return nil
            }
            guard let result else { return }
            guard result == .busy, ContinuousClock.now < end else { throw result }
            pause()
        }
    }

    func endTransaction() {
        let after = readers.state.withLock { state -> (@Sendable (VirtualPIVCard, Int) -> Void, Int)? in
            guard state.lockedBy == ObjectIdentifier(self) else { return nil }
            state.lockedBy = nil
            state.transactions += 1
            return state.afterTransactions.map { ($0, state.transactions) }
        }
        if let after { after.0(card, after.1) }
    }

    func transmit(_ command: [UInt8]) throws(CardFailure) -> [UInt8] {
        let trouble = readers.state.withLock { state -> CardFailure? in
            let fault = state.faults[state.count]
            state.count += 1
            switch fault {
            case .pullOut:
                state.cards.removeValue(forKey: reader)?.powerOff()
            case .reset:
                card.powerOff()
                state.epochs[reader, default: 0] += 1
            case .stopService: state.serviceEpoch += 1
            case nil: break
            }
            return self.trouble(state)
        }
        if let trouble { throw trouble }
        let answer = card.transmit(command)
        return readers.state.withLock { $0.everyAnswer }?(answer) ?? answer
    }

    func control(_ code: UInt32, _ data: [UInt8]) throws(CardFailure) -> [UInt8] {
        guard let pin = readers.state.withLock({ $0.padPIN }) else { throw .library(code: 0x8010_001F) }
        if code == 0x4200_0000 + 3400 {
            return [0x06, 0x04] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: Self.padCode >> $0) }
        }
        // PIN_VERIFY_STRUCTURE: 19 bytes, then the command with room for the PIN.
        guard code == Self.padCode, data.count == 32, data[15] == 13 else { throw .library(code: 0x8010_0004) }
        if pin.isEmpty { return [0x64, 0x01] }
        let block = (pin + [UInt8](repeating: 0xFF, count: 8)).prefix(8)
        return card.transmit(Array(data[19..<24]) + block)
    }

    func disconnect() {
        guard isOpen else { return }
        isOpen = false
        endTransaction()
        readers.state.withLock { $0.open -= 1 }
    }
}
