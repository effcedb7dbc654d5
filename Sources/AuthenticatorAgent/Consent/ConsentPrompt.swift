// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceKeys
package import WireProtocol

/// Asks the person whether a sign-in may go on.
package protocol ConsentPrompt: Sendable {
    /// Asks, and waits for the word. Cancelling the task withdraws the prompt.
    ///
    /// One prompt is shown at a time: a second call waits for the first. Who must not wait is for the caller to decide.
    func consent(to request: ConsentRequest) async -> ConsentAnswer

    /// How a key asks for its PIN in the course of a request; the same rules hold.
    func presence(for request: ConsentRequest) -> any UserPresence

    /// The same, for one request: gets ready to be shown while the caller does something else first.
    func prepared() -> any ConsentPrompt
}

extension ConsentPrompt {
    /// Where there is nothing to get ready.
    package func prepared() -> any ConsentPrompt { self }
}

/// What a person is told when they are asked.
package struct ConsentRequest: Hashable, Sendable {
    /// The organisation's name.
    package var organization: String
    /// The person's name there.
    package var username: String
    /// The app that is signed in to, where the challenge names one.
    package var app: String?
    /// The page's origin.
    package var origin: Origin?
    /// The program that asked, by the name of its file; anyone can bear any name, so it is shown as unverified.
    package var process: String?

    /// A request.
    package init(organization: String, username: String, app: String?, origin: Origin?, process: String?) {
        self.organization = organization
        self.username = username
        self.app = app
        self.origin = origin
        self.process = process
    }
}

/// What came of asking.
package enum ConsentAnswer: Hashable, Sendable {
    /// The person agreed.
    case approved
    /// The person refused, or closed the prompt.
    case denied
    /// Nobody answered in time.
    case timedOut
    /// There was no way to ask: no display, no terminal. The reason is for a person.
    case unavailable(reason: String)
}
