// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable internal import FIDO2Keys

extension FuzzTarget {
    /// What security keys answer past libfido2, and what is kept of their credentials.
    static let securityKeyTargets: [String: Body] = [
        "fido2-handle": { input in
            guard let handle = try? CredentialHandle(reading: input), let again = try? handle.encoded() else { return }
            expect((try? CredentialHandle(reading: again)) == handle, "a handle is read as it was written")
        },
        "fido2-card": { input in
            let session = CardSession(ReplayedCard(input))
            if session.send(0x06, [UInt8](repeating: 1, count: 8)) { _ = session.receive(0x06, timeout: .zero) }
            if session.send(0x03, [0, 3, 0, 0, 0, 0, 0, 0, 0]) { _ = session.receive(0x03, timeout: .zero) }
            _ = session.send(0x10, [UInt8](repeating: 4, count: 600))
        },
    ]
}

/// A card whose answers are the pieces of an input, each with its length in front.
private final class ReplayedCard: CardChannel {
    private let pieces: [[UInt8]]
    private let position = Position()

    /// `@unchecked Sendable` holds because a session is used by one thread.
    private final class Position: @unchecked Sendable { var next = 0 }

    init(_ input: [UInt8]) {
        var rest = input[...]
        var pieces: [[UInt8]] = []
        while let length = rest.popFirst() {
            pieces.append(Array(rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        self.pieces = pieces
    }

    func transmit(_ command: [UInt8]) -> [UInt8]? {
        guard position.next < pieces.count else { return nil }
        defer { position.next += 1 }
        return pieces[position.next]
    }

    func close() {}
}
