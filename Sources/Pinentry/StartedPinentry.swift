// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Synchronization

/// A pinentry that was started before it is known what it is to ask, so that nobody waits for a desktop's program to come up. It
/// shows nothing until it is asked, and ends with the last reference to it.
package final class StartedPinentry: Sendable {
    private let surface: PromptSurface
    private let child: Mutex<ChildProcess?>

    init(_ child: ChildProcess, on surface: PromptSurface) {
        self.child = Mutex(child)
        self.surface = surface
    }

    deinit {
        // To end it may take a quarter of a second.
        if let child = child.withLock({ $0 }) { DispatchQueue.global().async { child.end() } }
    }

    /// The program, the first time; `nil` where it was started to be asked elsewhere.
    func take(for surface: PromptSurface) -> ChildProcess? {
        guard surface == self.surface else { return nil }
        return child.withLock { child in
            defer { child = nil }
            return child
        }
    }
}
