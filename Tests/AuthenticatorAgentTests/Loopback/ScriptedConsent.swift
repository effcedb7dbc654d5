// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Synchronization

@testable import AuthenticatorAgent

/// A person who answers prompts as a test says, or not at all until the prompt is taken away.
final class ScriptedConsent: ConsentPrompt {
    private struct State {
        var requests: [ConsentRequest] = []
        var withdrawn = 0
        var prepared = 0
        var pins: [String]
        var pinRequests: [PINRequest] = []
        var actions: [HardwareAction] = []
        var answer: ConsentAnswer?
    }

    private let state: Mutex<State>

    /// - Parameter answer: what the person says; `nil` for never.
    /// - Parameter pins: what they type, one entry after the other; once there are none left, they give up.
    init(_ answer: ConsentAnswer? = .approved, pins: [String] = []) {
        state = Mutex(State(pins: pins, answer: answer))
    }

    /// Answers the prompt that is open.
    func answer(_ answer: ConsentAnswer) { state.withLock { $0.answer = answer } }

    /// All prompts so far.
    var requests: [ConsentRequest] { state.withLock { $0.requests } }
    /// How many prompts were taken away.
    var withdrawn: Int { state.withLock { $0.withdrawn } }

    /// How many prompts were got ready for.
    var timesPrepared: Int { state.withLock { $0.prepared } }

    /// What PINs were asked for.
    var pinRequests: [PINRequest] { state.withLock { $0.pinRequests } }
    /// What hardware waited for.
    var actions: [HardwareAction] { state.withLock { $0.actions } }

    /// Waits until so many prompts were shown.
    func shown(_ count: Int) async {
        for _ in 0..<500 where requests.count < count { try? await Task.sleep(for: .milliseconds(10)) }
    }

    /// Waits until so many prompts were taken away.
    func wereWithdrawn(_ count: Int) async -> Bool {
        for _ in 0..<500 where withdrawn < count { try? await Task.sleep(for: .milliseconds(10)) }
        return withdrawn == count
    }

    func consent(to request: ConsentRequest) async -> ConsentAnswer {
        state.withLock { $0.requests.append(request) }
        return await waitForAnswer() ?? .denied
    }

    func prepared() -> any ConsentPrompt {
        state.withLock { $0.prepared += 1 }
        return self
    }

    func presence(for request: ConsentRequest) -> any UserPresence { Presence(consent: self, request: request) }

    private func waitForAnswer() async -> ConsentAnswer? {
        while !Task.isCancelled {
            if let answer = state.withLock({ $0.answer }) { return answer }
            try? await Task.sleep(for: .milliseconds(5))
        }
        state.withLock { $0.withdrawn += 1 }
        return nil
    }

    private struct Presence: UserPresence {
        let consent: ScriptedConsent
        let request: ConsentRequest

        func pin(_ request: PINRequest) async throws -> SecretBytes {
            consent.state.withLock { state in
                state.requests.append(self.request)
                state.pinRequests.append(request)
            }
            switch await consent.waitForAnswer() {
            case nil: throw DeviceKeyError(.cancelled, "taken away")
            case .timedOut?: throw DeviceKeyError(.timedOut, "nobody answered")
            default: break
            }
            guard let pin = consent.state.withLock({ $0.pins.isEmpty ? nil : $0.pins.removeFirst() }) else {
                throw DeviceKeyError(.cancelled, "given up")
            }
            return SecretBytes(copying: Array(pin.utf8))
        }

        func newPIN(minimumLength: Int) async throws -> SecretBytes { SecretBytes(copying: []) }

        func whileWaiting<Result: Sendable>(
            for action: HardwareAction, _ body: @Sendable () async throws -> Result
        ) async throws -> Result {
            consent.state.withLock { $0.actions.append(action) }
            return try await body()
        }
    }
}
