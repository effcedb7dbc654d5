// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AuthenticatorAgent
internal import Pinentry
internal import Synchronization

/// Lends a command's terminal to the running agent while the command waits for a sign-in that may need it.
final class TerminalLoan: Sendable {
    private let terminal: PromptSurface.Terminal?
    private let control: ControlClient
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// A loan that has not begun.
    init(terminal: PromptSurface.Terminal?, control: ControlClient) {
        self.terminal = terminal
        self.control = control
    }

    deinit { task.withLock { $0?.cancel() } }

    /// Lends the terminal, where there is one and an agent runs.
    func begin() {
        guard let terminal else { return }
        let control = control
        task.withLock { task in
            // An agent that does not run needs no terminal.
            if task == nil { task = Task { try? await control.attend(terminal, started: {}) } }
        }
    }

    /// Takes it back.
    func end() {
        task.withLock { task in
            task?.cancel()
            task = nil
        }
    }
}
