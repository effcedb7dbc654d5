// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibpcsclite
internal import Dispatch

/// Connects to a card with a bound on the time: pcscd answers only when no transaction of another program is open on the card, and
/// the library lets nothing end that wait.
///
/// One that nobody waits for any more lets the card go as soon as it gets it; meanwhile nobody else waits for that reader, so that
/// there is one such thread at most for each.
enum PatientConnect {
    private struct Answer: Sendable {
        var result: LONG
        var card: SCARDHANDLE = 0
        var activeProtocol: DWORD = 0
    }

    /// How long a service may take to answer of which it is asked whether it runs at all.
    private static let shortPatience = Duration.seconds(1)

    /// - Throws: ``PCSCError/busy`` where the others do not end in time, ``PCSCError/stuck`` where a card has yet to answer.
    static func connect(
        _ context: PCSCContext, reader: String, queue: DispatchQueue, patience: Duration
    ) throws(PCSCError) -> (card: SCARDHANDLE, activeProtocol: DWORD) {
        try ServiceCall.check()
        try PatientCall.check(reader, for: [.stuck, .busy])
        let answer = PatientCall.run(on: reader, queue: queue, patience: patience, mark: .busy) {
            var answer = Answer(result: SCARD_S_SUCCESS)
            answer.result = SCardConnect(
                context.handle, reader, DWORD(SCARD_SHARE_SHARED), DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1),
                &answer.card, &answer.activeProtocol)
            return answer
        } late: { answer in
            if answer.result == SCARD_S_SUCCESS { SCardDisconnect(answer.card, DWORD(SCARD_LEAVE_CARD)) }
            context.release()
        }
        guard let answer else {
            // A service that stands still looks the same.
            do throws(PCSCError) { _ = try PCSCContext(patience: shortPatience) } catch {
                if error == .serviceSilent { throw error }
            }
            throw .busy
        }
        try SmartCards.check(answer.result)
        return (answer.card, answer.activeProtocol)
    }
}
