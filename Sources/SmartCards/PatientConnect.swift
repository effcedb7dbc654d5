// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibpcsclite
internal import Dispatch
internal import Synchronization

/// Connects to a card with a bound on the time: pcscd answers only when no transaction of another program is open on the card, and
/// the library lets nothing end that wait.
///
/// The wait is left to a thread of its own. One that nobody waits for any more lets the card go as soon as it gets it; meanwhile
/// nobody else waits for that reader, so that there is one such thread at most for each.
enum PatientConnect {
    private static let queue = DispatchQueue(label: "countersign.smart-cards.connect", attributes: .concurrent)
    private static let forsaken = Mutex<Set<String>>([])

    private enum Progress {
        case waiting
        case over(LONG, SCARDHANDLE, DWORD)
        case forsaken
    }

    private final class Attempt: Sendable {
        let progress = Mutex(Progress.waiting)
        let isOver = DispatchSemaphore(value: 0)
    }

    /// - Throws: ``PCSCError/busy`` where the others do not end in time.
    static func connect(
        _ context: PCSCContext, reader: String, patience: Duration
    ) throws(PCSCError) -> (card: SCARDHANDLE, activeProtocol: DWORD) {
        guard !forsaken.withLock({ $0.contains(reader) }) else { throw .busy }
        let attempt = Attempt()
        queue.async { run(attempt, context, reader) }
        _ = attempt.isOver.wait(timeout: .now() + .milliseconds(patience.milliseconds))
        let progress = attempt.progress.withLock { progress in
            if case .waiting = progress {
                progress = .forsaken
                forsaken.withLock { _ = $0.insert(reader) }
            }
            return progress
        }
        guard case .over(let result, let card, let activeProtocol) = progress else { throw .busy }
        try check(result)
        return (card, activeProtocol)
    }

    private static func run(_ attempt: Attempt, _ context: PCSCContext, _ reader: String) {
        var card: SCARDHANDLE = 0
        var activeProtocol: DWORD = 0
        let result = SCardConnect(
            context.handle, reader, DWORD(SCARD_SHARE_SHARED), DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1), &card,
            &activeProtocol)
        attempt.progress.withLock { progress in
            if case .forsaken = progress {
                if result == SCARD_S_SUCCESS { SCardDisconnect(card, DWORD(SCARD_LEAVE_CARD)) }
                forsaken.withLock { _ = $0.remove(reader) }
            } else {
                progress = .over(result, card, activeProtocol)
            }
        }
        attempt.isOver.signal()
    }
}
