// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging

/// What a responder works with.
struct ResponderParts: Sendable {
    let executor: LoopExecutor
    let checks: ChallengeChecks
    let keys: KeyRing
    let consent: any ConsentPrompt
    let signals: any SignalSource
    let reports: any ReportSource
    let delivery: ResponseDelivery
    let clock: AgentClock
    let logger: Logger
    /// Told of an enrolment whose verifier did not take a signature of its keys.
    let keyWasRefused: @Sendable (String) -> Void
}
