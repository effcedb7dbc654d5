// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
package import DeviceKeys
internal import FingerprintReaders
internal import Languages
internal import Pinentry
internal import Synchronization

/// Asks for PINs through the same prompt as for consent.
struct PinentryPresence: UserPresence {
    let consent: PinentryConsent
    let text: ConsentText

    func pin(_ request: PINRequest) async throws -> SecretBytes { try await ask(text.pin(request)) }

    func newPIN(minimumLength: Int) async throws -> SecretBytes {
        var error: String?
        while true {
            let entry = try await ask(text.newPIN(minimumLength: minimumLength, error: error))
            if entry.characterCount >= minimumLength { return entry }
            error = text.translations("That PIN is too short.")
        }
    }

    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        let notice = HardwareNotice(surfaces: consent.surfaces, notifier: consent.notifier)
        let message = text.hardware(action)
        // The hardware waits for no message: a desktop may take its time to show one.
        let shown = Task { await notice.show(message) }
        // It is taken back once: what stands in its place later is not ours.
        let isFirst = Atomic(true)
        let withdraw = { @Sendable in
            if isFirst.exchange(false, ordering: .relaxed) { await notice.withdraw(await shown.value) }
        }
        // What cannot be told to stop goes on without a page that waits for it; its message does not.
        return try await withTaskCancellationHandler {
            do {
                let result = try await body()
                await withdraw()
                return result
            } catch {
                await withdraw()
                throw error
            }
        } onCancel: {
            Task { await withdraw() }
        }
    }

    func verifyFinger() async throws {
        do {
            try await consent.onSurface { surface in
                try await FingerprintPrompt(consent: consent, text: text).verify(on: surface)
            }
        } catch let error as FingerprintReaderError {
            throw DeviceKeyError(error)
        } catch {
            throw Self.keyError(error)
        }
    }

    private func ask(_ text: PromptText) async throws -> SecretBytes {
        do {
            return try await consent.onSurface { [consent] surface in
                try await consent.program.pin(
                    text, on: surface, within: consent.timeLimit, by: await consent.started?.value)
            }
        } catch {
            throw Self.keyError(error)
        }
    }

    private static func keyError(_ error: any Error) -> DeviceKeyError {
        guard let error = error as? PinentryError else { return DeviceKeyError(.cancelled, "the prompt was withdrawn") }
        switch error.code {
        case .cancelled: return DeviceKeyError(.cancelled, error.message)
        case .timedOut: return DeviceKeyError(.timedOut, error.message)
        default: return DeviceKeyError(.noPrompt, error.message)
        }
    }
}

extension PinentryConsent {
    /// How an enrolment asks for a new PIN, which no page asked for.
    package func presence(enrollingAt organization: String, issuer: String) -> any UserPresence {
        PinentryPresence(consent: self, text: ConsentText(enrollingAt: organization, issuer: issuer, translations))
    }
}
