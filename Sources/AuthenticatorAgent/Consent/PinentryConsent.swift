// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DesktopNotifications
package import DeviceKeys
package import Languages
package import Pinentry

/// Asks through the person's pinentry, on the desktop or on a lent terminal.
package struct PinentryConsent: ConsentPrompt {
    /// How long a prompt stands.
    package static let timeLimit = Duration.seconds(120)

    let program: PinentryProgram
    let surfaces: any PromptSurfaceSource
    let queue: PromptQueue
    let timeLimit: Duration
    let notifier = DesktopNotifier()
    /// The bus that fprintd is on; `nil` for the machine's own.
    let systemBus: String?
    let translations: Translations
    /// The program that was started for the request that is about to be asked; of others' requests `nil`.
    private(set) var started: Task<StartedPinentry?, Never>?

    /// A prompt.
    ///
    /// - Parameters:
    ///   - surfaces: where to ask.
    ///   - queue: shared by all prompts of the process.
    ///   - systemBus: the bus that fprintd is on; `nil` for the machine's own.
    ///   - language: what people are spoken to in.
    package init(
        program: PinentryProgram, surfaces: any PromptSurfaceSource, queue: PromptQueue,
        timeLimit: Duration = PinentryConsent.timeLimit, systemBus: String? = nil, language: Language = .english
    ) {
        self.program = program
        self.surfaces = surfaces
        self.queue = queue
        self.timeLimit = timeLimit
        self.systemBus = systemBus
        translations = .prompts(language)
    }

    package func prepared() -> any ConsentPrompt {
        var prepared = self
        prepared.started = Task { [program, surfaces, queue] in
            // A prompt that has to wait for another one's end can start its program then.
            guard await queue.count == 0, let surface = await surfaces.surfaces().first else { return nil }
            return program.started(on: surface)
        }
        return prepared
    }

    package func consent(to request: ConsentRequest) async -> ConsentAnswer {
        let text = ConsentText(request, translations).question
        do {
            let isAllowed = try await onSurface { surface in
                try await program.isAllowed(text, on: surface, within: timeLimit, by: await started?.value)
            }
            return isAllowed ? .approved : .denied
        } catch let error as PinentryError {
            switch error.code {
            case .timedOut: return .timedOut
            case .cancelled: return .denied
            default: return .unavailable(reason: error.message)
            }
        } catch {
            return .denied
        }
    }

    package func presence(for request: ConsentRequest) -> any UserPresence {
        PinentryPresence(consent: self, text: ConsentText(request, translations))
    }

    /// Runs a prompt in its turn on the first surface that can show it.
    ///
    /// - Throws: `PinentryError`, or `CancellationError`.
    func onSurface<Answer: Sendable>(
        _ prompt: @escaping @Sendable (PromptSurface) async throws -> Answer
    ) async throws -> Answer {
        try await queue.inTurn {
            var reason = "there is no desktop and no terminal to ask on"
            for surface in await surfaces.surfaces() {
                do {
                    return try await whilePresent(surface, prompt)
                } catch let error as PinentryError where error.code == .unavailable || error.code == .protocolViolation
                {
                    reason = error.message
                }
            }
            throw PinentryError(.unavailable, "\(reason); \(surfaces.advice)")
        }
    }

    /// Withdraws the prompt when its surface goes away.
    private func whilePresent<Answer: Sendable>(
        _ surface: PromptSurface, _ prompt: @escaping @Sendable (PromptSurface) async throws -> Answer
    ) async throws -> Answer {
        guard surfaces.mayGo(surface) else { return try await prompt(surface) }
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { try await prompt(surface) }
            group.addTask {
                await surfaces.untilGone(surface)
                try Task.checkCancellation()
                throw PinentryError(.unavailable, "the terminal was taken back")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }
}
