// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import SmartCards

/// The machine's PC/SC service (pcscd).
///
/// Each call has a context of its own: a service that was started anew is noticed by nobody, and an idle agent holds nothing.
package struct PCSCService: SmartCardService {
    private let answerTime: AnswerTime

    /// The service of this machine.
    package init() { self.init(answerTime: AnswerTime()) }

    /// The service of this machine, with other bounds on how long cards may take.
    init(answerTime: AnswerTime) { self.answerTime = answerTime }

    package func cards() throws(CardFailure) -> [CardInReader] {
        do {
            return try PCSCContext().cards().map { CardInReader(reader: $0.reader, answerToReset: $0.answerToReset) }
        } catch { throw CardFailure(error) }
    }

    package func connect(to card: CardInReader, patience: Duration) throws(CardFailure) -> any CardConnection {
        do {
            return PCSCCardConnection(
                try PCSCConnection(PCSCContext(), reader: card.reader, patience: patience), answerTime)
        } catch { throw CardFailure(error) }
    }
}

/// A card, through the machine's PC/SC service.
private final class PCSCCardConnection: CardConnection {
    private let connection: PCSCConnection
    private let answerTime: AnswerTime

    init(_ connection: PCSCConnection, _ answerTime: AnswerTime) {
        self.connection = connection
        self.answerTime = answerTime
    }

    var usesT0: Bool { connection.usesT0 }

    func beginTransaction(patience: Duration) throws(CardFailure) {
        do { try connection.beginTransaction(patience: patience) } catch { throw CardFailure(error) }
    }

    func endTransaction() { connection.endTransaction() }

    func transmit(_ command: [UInt8]) throws(CardFailure) -> [UInt8] {
        do { return try connection.transmit(command, within: answerTime.limit(for: command)) } catch {
            throw CardFailure(error)
        }
    }

    func control(_ code: UInt32, _ data: [UInt8]) throws(CardFailure) -> [UInt8] {
        do { return try connection.control(code, data, within: answerTime.limit(forControl: code)) } catch {
            throw CardFailure(error)
        }
    }

    func disconnect() { connection.disconnect() }
}

extension CardFailure {
    fileprivate init(_ error: PCSCError) {
        self =
            switch error {
            case .serviceUnavailable: .serviceUnavailable
            case .serviceLost: .serviceLost
            case .serviceSilent: .serviceSilent
            case .removed: .removed
            case .reset: .reset
            case .busy: .busy
            case .stuck: .stuck
            case .denied: .denied
            case .library(let code): .library(code: code)
            }
    }
}
