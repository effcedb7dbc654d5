// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A pinentry that was started before it is known what it is to ask, so that nobody waits for a desktop's program to come up. It
/// shows nothing until it is asked, and ends with the last reference to it.
package final class StartedPinentry: Sendable {
    private let conversation: Mutex<PinentryConversation?>

    init(_ conversation: PinentryConversation) { self.conversation = Mutex(conversation) }

    deinit { conversation.withLock { $0 }?.abandon() }

    /// The conversation, the first time; `nil` where the program was started to be asked elsewhere.
    func take(for surface: PromptSurface) -> PinentryConversation? {
        conversation.withLock { conversation in
            guard conversation?.surface == surface else { return nil }
            defer { conversation = nil }
            return conversation
        }
    }
}
