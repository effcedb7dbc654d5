// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Pinentry

/// The terminals that waiting commands lend for prompts.
package actor LentTerminals {
    private var loans: [(id: Int, terminal: PromptSurface.Terminal)] = []
    private var nextID = 0
    private var watchers: [Int: (terminal: PromptSurface.Terminal, continuation: CheckedContinuation<Void, Never>)] =
        [:]

    /// None yet.
    package init() {}

    /// All of them, the one lent last first.
    package var all: [PromptSurface.Terminal] { loans.reversed().map(\.terminal) }

    /// Takes a terminal on loan, and names the loan.
    package func lend(_ terminal: PromptSurface.Terminal) -> Int {
        nextID += 1
        loans.append((nextID, terminal))
        return nextID
    }

    /// Gives a terminal back.
    package func takeBack(_ id: Int) {
        loans.removeAll { $0.id == id }
        for (watcher, entry) in watchers where !isLent(entry.terminal) {
            watchers[watcher] = nil
            entry.continuation.resume()
        }
    }

    /// Returns once a terminal is no longer lent, or when the task is cancelled.
    package func untilReturned(_ terminal: PromptSurface.Terminal) async {
        nextID += 1
        let watcher = nextID
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled || !isLent(terminal) {
                    continuation.resume()
                } else {
                    watchers[watcher] = (terminal, continuation)
                }
            }
        } onCancel: {
            Task { await self.stopWatching(watcher) }
        }
    }

    private func isLent(_ terminal: PromptSurface.Terminal) -> Bool { loans.contains { $0.terminal == terminal } }

    private func stopWatching(_ watcher: Int) { watchers.removeValue(forKey: watcher)?.continuation.resume() }
}
