// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Pinentry

/// Knows where the person can be asked now.
package protocol PromptSurfaceSource: Sendable {
    /// The places, the best first; empty where there is none.
    func surfaces() async -> [PromptSurface]

    /// Whether a place can go away while somebody is asked there, without the program that asks noticing.
    func mayGo(_ surface: PromptSurface) -> Bool

    /// Returns once a place is gone, such as a terminal that was taken back; otherwise when the task is cancelled.
    func untilGone(_ surface: PromptSurface) async

    /// What a person can do where there is no place to be asked: one clause.
    var advice: String { get }
}

extension PromptSurfaceSource {
    package func mayGo(_ surface: PromptSurface) -> Bool { true }
}

/// The person's desktop, else the terminals that waiting commands lend.
package struct DesktopAndLentTerminals: PromptSurfaceSource {
    private let environment: [String: String]
    private let terminals: LentTerminals

    /// A source.
    ///
    /// - Parameter environment: the process's own.
    package init(environment: [String: String], terminals: LentTerminals) {
        self.environment = environment
        self.terminals = terminals
    }

    package func surfaces() async -> [PromptSurface] {
        let desktop = await DesktopEnvironment.variables(in: environment).map { [PromptSurface.display(variables: $0)] }
        return (desktop ?? []) + (await terminals.all).map(PromptSurface.terminal)
    }

    package func mayGo(_ surface: PromptSurface) -> Bool {
        if case .terminal = surface { true } else { false }
    }

    package func untilGone(_ surface: PromptSurface) async {
        guard case .terminal(let terminal) = surface else { return await Self.forever() }
        await terminals.untilReturned(terminal)
    }

    package var advice: String { "run 'agent attend' in a terminal to be asked there" }

    /// Returns when the task is cancelled.
    static func forever() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }
}

/// The desktop, else the terminal of a command that asks for itself.
package struct OwnSurfaces: PromptSurfaceSource {
    private let environment: [String: String]
    private let terminal: PromptSurface.Terminal?

    /// A source.
    package init(environment: [String: String], terminal: PromptSurface.Terminal?) {
        self.environment = environment
        self.terminal = terminal
    }

    package func surfaces() async -> [PromptSurface] {
        let desktop = await DesktopEnvironment.variables(in: environment).map { [PromptSurface.display(variables: $0)] }
        return (desktop ?? []) + (terminal.map { [.terminal($0)] } ?? [])
    }

    package func mayGo(_ surface: PromptSurface) -> Bool { false }

    package func untilGone(_ surface: PromptSurface) async { await DesktopAndLentTerminals.forever() }

    package var advice: String { "run the command in a terminal, or in a session of your desktop" }
}
