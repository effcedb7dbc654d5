// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The times and rates of the responder. All but tests use the defaults.
package struct ResponderSettings: Sendable {
    /// How long a prompt stays when its page has gone.
    package var grace = Duration.seconds(2)
    /// How long after an answer the same challenge gets the same one.
    package var joinWindow = Duration.seconds(60)
    /// When a challenge that is not for this agent is refused, counted from its arrival: so late that the time tells nothing
    /// about the reason.
    package var refusalDelay = Duration.seconds(1)
    /// How long before the challenge expires a prompt ends, so that the report of it still counts; in seconds.
    package var promptMargin: Int64 = 10
    /// How often an origin may open a prompt: so many at once, and one more after each interval.
    package var prompts = (burst: 10, interval: Duration.seconds(6))
    /// How often links together may open a prompt, which any page can use: so many at once, and one more after each interval.
    package var linkPrompts = (burst: 3, interval: Duration.seconds(20))
    /// How often an origin may post what is no challenge for this agent.
    package var badChallenges = (burst: 60, interval: Duration.seconds(1))
    /// How often relays of a foreign origin are reported to the verifier.
    package var relayReports = (burst: 5, interval: Duration.seconds(60))
    /// How often a verifier is asked for new keys at most.
    package var keySetInterval = Duration.seconds(60)
    /// How long the verifier may take to answer a response, in milliseconds.
    package var deliveryTimeoutMillis = 20_000

    /// The defaults.
    package init() {}
}
