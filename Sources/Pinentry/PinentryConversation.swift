// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// A started pinentry and the thread that speaks to it. It is made ready at once, and asked one question.
///
/// `@unchecked Sendable` holds because what changes is touched on the conversation's own serial queue alone.
final class PinentryConversation: @unchecked Sendable {
    let surface: PromptSurface
    private let child: ChildProcess
    /// A thread of its own: the conversation blocks for as long as the person thinks.
    private let queue = DispatchQueue(label: "countersign.pinentry")
    private var ready: Result<ReadyPinentry, PinentryError>?

    init(with child: ChildProcess, on surface: PromptSurface) {
        self.child = child
        self.surface = surface
        queue.async { [self] in
            ready = Result { () throws(PinentryError) in try ReadyPinentry(child, on: surface) }
        }
    }

    /// Asks, and ends the program. Cancelling the task withdraws the question.
    ///
    /// - Parameter limit: how long the question stands, all showings together.
    func ask<Answer: Sendable>(
        within limit: Duration, _ question: @escaping @Sendable (PinentrySession) throws(PinentryError) -> Answer
    ) async throws -> Answer {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async { [self] in
                    let state = TerminalState(of: surface)
                    let answer = Result { try outcome(of: question, within: limit) }
                    if case .success = answer {
                        // The person has done their part, and does not wait for the program's end.
                        child.dismiss()
                        continuation.resume(with: answer)
                        child.end()
                    } else {
                        child.end()
                        state?.restore()
                        continuation.resume(with: answer)
                    }
                }
            }
        } onCancel: {
            child.interrupt()
        }
    }

    private func outcome<Answer>(
        of question: (PinentrySession) throws(PinentryError) -> Answer, within limit: Duration
    ) throws -> Answer {
        guard let ready else { throw PinentryError(.unavailable, "the pinentry was not started") }
        return try question(PinentrySession(with: try ready.get(), within: limit))
    }

    /// Ends the program without a question. May take a quarter of a second, elsewhere.
    func abandon() {
        child.interrupt()
        DispatchQueue.global().async { [child] in child.end() }
    }
}
