// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Finds cards and speaks to them, over the troubles that pass: another program's use or reset of the card, a service that
/// starts anew.
struct CardAccess: Sendable {
    /// How often a card that others reset is tried again.
    private static let mostResets = 3
    /// How long it lets others have a card before it asks again: each time costs a conversation with the service.
    private static let pauseWhileBusy: Duration = .milliseconds(100)
    /// How long it lets a service or a card come to itself.
    private static let pause: Duration = .milliseconds(20)

    let service: any SmartCardService
    /// How long it waits for other programs, and for a service that comes back: all waits of one operation together.
    let patience: Duration

    /// Speaks to a card that meets a condition, in one transaction.
    ///
    /// - Parameters:
    ///   - condition: asked in the transaction before the body.
    ///   - last: where the card was last; it is looked for there first, and elsewhere only where it is not there.
    ///   - isRepeatable: asked after the body failed by no fault of its own: whether it may run again.
    /// - Throws: ``CardFailure/absent`` where there is no such card; what the body throws.
    func withCard<Result>(
        where condition: (PIVSession) throws -> Bool, last: CardInReader? = nil,
        isRepeatable: () -> Bool = { true },
        _ body: (PIVSession) throws -> Result
    ) throws -> Result {
        let end = ContinuousClock.now + patience
        var resets = 0
        var wasLost = false
        while true {
            var hasBegun = false
            var pause = Self.pause
            do {
                guard let session = try find(condition, last: last, until: end) else { throw CardFailure.absent }
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
                case .busy where ContinuousClock.now < end: pause = Self.pauseWhileBusy
                default: throw failure
                }
            }
            // Away from the cooperative pool: the caller runs on a thread of its own.
            usleep(UInt32(pause / .microseconds(1)))
        }
    }

    /// Each PIV card, one after the other, with the whole patience for each. Cards that cannot be spoken to are left out, with the
    /// reason.
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

    private func find(
        _ condition: (PIVSession) throws -> Bool, last: CardInReader?, until end: ContinuousClock.Instant
    ) throws -> PIVSession? {
        var trouble: CardFailure?
        var wasExamined = last != nil
        if let last {
            // The usual case, without asking the service what readers there are.
            do {
                if let session = try session(with: last, if: condition, until: end) { return session }
            } catch let failure as CardFailure {
                switch failure {
                case .reset, .serviceLost, .serviceSilent, .serviceUnavailable: throw failure
                case .removed: wasExamined = false
                case .notPIV: break
                default: trouble = failure
                }
            }
        }
        for card in try service.cards() where !(wasExamined && card == last) {
            do {
                if let session = try session(with: card, if: condition, until: end) { return session }
            } catch let failure as CardFailure {
                // Another card may be the one; its troubles count only where it is not found.
                if failure != .notPIV { trouble = trouble ?? failure }
            }
        }
        if let trouble { throw trouble }
        return nil
    }

    /// Speaks to a card; `nil` where it does not meet the condition. Waits for others no longer than until the end, but for one
    /// pause at least, so that a card that nobody holds is not said to be held.
    private func session(
        with card: CardInReader, if condition: (PIVSession) throws -> Bool, until end: ContinuousClock.Instant
    ) throws -> PIVSession? {
        let session = try PIVSession(card, of: service, patience: max(Self.pauseWhileBusy, end - .now))
        do { if try condition(session) { return session } } catch {
            session.close()
            throw error
        }
        session.close()
        return nil
    }
}
