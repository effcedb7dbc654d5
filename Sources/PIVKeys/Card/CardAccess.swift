// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Finds cards and speaks to them, over the troubles that pass: another program's use or reset of the card, a service that
/// starts anew.
struct CardAccess: Sendable {
    /// How often a card that others reset is tried again.
    private static let mostResets = 3

    let service: any SmartCardService
    /// How long it waits for other programs, and for a service that comes back.
    let patience: Duration

    /// Speaks to a card that meets a condition, in one transaction.
    ///
    /// - Parameters:
    ///   - condition: asked in the transaction before the body.
    ///   - reader: the reader where the card was last; it is looked at first.
    ///   - isRepeatable: asked after the body failed by no fault of its own: whether it may run again.
    /// - Throws: ``CardFailure/absent`` where there is no such card; what the body throws.
    func withCard<Result>(
        where condition: (PIVSession) throws -> Bool, lastSeenIn reader: String? = nil,
        isRepeatable: () -> Bool = { true },
        _ body: (PIVSession) throws -> Result
    ) throws -> Result {
        let end = ContinuousClock.now + patience
        var resets = 0
        var wasLost = false
        while true {
            var hasBegun = false
            do {
                guard let session = try find(condition, first: reader) else { throw CardFailure.absent }
                defer { session.close() }
                hasBegun = true
                return try body(session)
            } catch let failure as CardFailure {
                if hasBegun, !isRepeatable() { throw failure }
                switch failure {
                case .reset where resets < Self.mostResets: resets += 1
                case .serviceLost where ContinuousClock.now < end: wasLost = true
                // After a service was lost its successor is waited for, and the card that it has not noticed yet.
                case .serviceUnavailable where wasLost && ContinuousClock.now < end: break
                case .removed where wasLost && !hasBegun && ContinuousClock.now < end: break
                case .absent where wasLost && !hasBegun && ContinuousClock.now < end: break
                case .busy where ContinuousClock.now < end: break
                default: throw failure
                }
            }
            // Away from the cooperative pool: the caller runs on a thread of its own.
            usleep(20_000)
        }
    }

    /// Each PIV card, one after the other. Cards that cannot be spoken to are left out, with the reason.
    func everyCard(_ body: (PIVSession) throws -> Void) throws -> [(reader: String, failure: CardFailure)] {
        var failures: [(reader: String, failure: CardFailure)] = []
        for card in try service.cards() {
            do {
                let session = try PIVSession(card, of: service, patience: patience)
                defer { session.close() }
                try body(session)
            } catch let failure as CardFailure {
                if failure != .notPIV { failures.append((card.reader, failure)) }
            }
        }
        return failures
    }

    private func find(_ condition: (PIVSession) throws -> Bool, first reader: String?) throws -> PIVSession? {
        var cards = try service.cards()
        if let index = cards.firstIndex(where: { $0.reader == reader }) { cards.swapAt(0, index) }
        var trouble: CardFailure?
        for card in cards {
            do {
                let session = try PIVSession(card, of: service, patience: patience)
                do {
                    if try condition(session) { return session }
                } catch {
                    session.close()
                    throw error
                }
                session.close()
            } catch let failure as CardFailure {
                // Another card may be the one; its troubles count only where it is not found.
                if failure != .notPIV { trouble = trouble ?? failure }
            }
        }
        if let trouble { throw trouble }
        return nil
    }
}
