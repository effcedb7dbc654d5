// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import SmartCards
internal import Synchronization

/// A card on a reader, which no other program speaks to until this is closed.
final class ReaderChannel: CardChannel {
    /// How long a card may take for what asks nobody for anything.
    private static let usualTime = Duration.seconds(10)
    /// How long it may take for the rest: one that does not know that it may answer before it is done waits for a touch meanwhile.
    private static let messageTime = Duration.seconds(60)

    private let connection: Mutex<PCSCConnection?>

    /// Connects to the card on a reader.
    ///
    /// - Parameter patience: how long other programs may take at the card; once to let it be connected to, once to end what they do.
    /// - Returns: `nil` where there is none, or another program does not let go of it.
    init?(reader: String, patience: Duration) {
        guard let connection = try? PCSCConnection(PCSCContext(), reader: reader, patience: patience),
            (try? connection.beginTransaction(patience: patience)) != nil
        else { return nil }
        self.connection = Mutex(connection)
    }

    func transmit(_ command: [UInt8]) -> [UInt8]? {
        connection.withLock { try? $0?.transmit(command, within: Self.limit(for: command)) }
    }

    /// How long a card may take for a command.
    static func limit(for command: [UInt8]) -> Duration {
        let instruction = command.count > 1 ? command[1] : 0
        return CardSession.asksNobody(instruction) ? usualTime : messageTime
    }

    func close() {
        connection.withLock { connection in
            connection?.disconnect()
            connection = nil
        }
    }
}
