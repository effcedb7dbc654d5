// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Cryptography

/// The person's pinentry: asks for a yes or for a PIN (Assuan protocol, "Using the PIN-Entry", GnuPG).
///
/// Each question starts the program anew, or takes one that was started for it. Cancelling the task withdraws the question.
package struct PinentryProgram: Sendable {
    /// An absolute path, or a name that is looked for in `PATH`.
    package let path: String
    private let environment: [String: String]

    /// A program, with the environment that it is started in where the surface says nothing else.
    package init(path: String, environment: [String: String]) {
        self.path = path
        self.environment = environment
    }

    /// Starts the program to be asked once, on this surface; `nil` where it cannot be started.
    package func started(on surface: PromptSurface) -> StartedPinentry? {
        (try? conversation(on: surface)).map(StartedPinentry.init)
    }

    private func conversation(on surface: PromptSurface) throws(PinentryError) -> PinentryConversation {
        let child = try ChildProcess(path: path, arguments: [], environment: surface.environment(from: environment))
        return PinentryConversation(with: child, on: surface)
    }

    /// Asks for a yes. Whatever is not plainly a yes is a no.
    ///
    /// - Parameters:
    ///   - limit: how long the question stands, all showings together; 1 second to an hour.
    ///   - started: a program that was started for this; used where it is on the surface and was not used before.
    /// - Throws: ``PinentryError``; closing the window is no error but a no.
    package func isAllowed(
        _ text: PromptText, on surface: PromptSurface, within limit: Duration, by started: StartedPinentry? = nil
    ) async throws -> Bool {
        try await ask(on: surface, within: limit, by: started) { session throws(PinentryError) in
            try session.isAllowed(text)
        }
    }

    /// Asks for a PIN, or for a new one twice where the texts have a repetition.
    ///
    /// - Returns: what was typed, never empty, some 900 bytes of UTF-8 at most, in Unicode's Normalization Form C. What is no UTF-8 is
    ///   returned as it came.
    /// - Throws: ``PinentryError``.
    package func pin(
        _ text: PromptText, on surface: PromptSurface, within limit: Duration, by started: StartedPinentry? = nil
    ) async throws -> SecretBytes {
        try await ask(on: surface, within: limit, by: started) { session throws(PinentryError) in try session.pin(text)
        }
    }

    /// Tells of something until the person closes it, with a button that says Cancel. Whoever takes it back cancels the task.
    ///
    /// - Parameter onShown: called once, right before the text is shown; never where the program cannot show anything.
    /// - Throws: ``PinentryError``, with ``PinentryError/Code/timedOut`` where nobody closed it.
    package func tell(
        _ text: PromptText, on surface: PromptSurface, within limit: Duration, by started: StartedPinentry? = nil,
        onShown: @escaping @Sendable () -> Void
    ) async throws {
        try await ask(on: surface, within: limit, by: started) { session throws(PinentryError) in
            try session.tell(text, onShown: onShown)
        }
    }

    private func ask<Answer: Sendable>(
        on surface: PromptSurface, within limit: Duration, by started: StartedPinentry?,
        _ question: @escaping @Sendable (PinentrySession) throws(PinentryError) -> Answer
    ) async throws -> Answer {
        if let ready = started?.take(for: surface) { return try await ready.ask(within: limit, question) }
        // Starting a program takes its time, which the thread of the caller may not have.
        let new = try await withTaskExecutorPreference(globalConcurrentExecutor) { try conversation(on: surface) }
        return try await new.ask(within: limit, question)
    }
}
