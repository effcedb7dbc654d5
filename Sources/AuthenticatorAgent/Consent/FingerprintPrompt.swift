// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import FingerprintReaders
internal import Languages
internal import Pinentry

/// Has the machine's reader look at the person's finger, while a prompt says for which organisation and app, and takes a no.
///
/// The reader looks only after the prompt was about to be shown: a finger that lies there for another reason, or that was asked
/// for by another program, is not taken for a sign-in that nobody was told of.
struct FingerprintPrompt: Sendable {
    let consent: PinentryConsent
    let text: ConsentText

    /// Returns once the finger is known.
    ///
    /// - Throws: `FingerprintReaderError`, or `PinentryError` where the prompt cannot be shown or was closed.
    func verify(on surface: PromptSurface) async throws {
        let check = FingerprintCheck(systemBusAt: consent.systemBus)
        try await check.begin()
        do {
            try await untilKnown(check, on: surface)
            await check.end()
        } catch {
            await check.end()
            throw error
        }
    }

    private func untilKnown(_ check: FingerprintCheck, on surface: PromptSurface) async throws {
        let end = ContinuousClock.now + consent.timeLimit
        var said: String?
        while true {
            try Task.checkCancellation()
            let left = end - ContinuousClock.now
            guard left > .zero else { throw PinentryError(.timedOut, "nobody put a finger on the reader in time") }
            switch try await finding(of: check, telling: text.finger(said), on: surface, within: left) {
            case .recognized: return
            case .notRecognized(let tries):
                let t = text.translations
                said =
                    tries == 1
                    ? t("That finger is not known. One try is left.")
                    : t("That finger is not known. {0} tries are left.", String(tries))
            case .again(let advice): said = text.translations(advice)
            }
        }
    }

    /// What the reader finds while the prompt is there.
    private func finding(
        of check: FingerprintCheck, telling text: PromptText, on surface: PromptSurface, within limit: Duration
    ) async throws -> FingerprintCheck.Finding {
        let (shown, gate) = AsyncStream.makeStream(of: Void.self)
        return try await withThrowingTaskGroup(of: FingerprintCheck.Finding.self) { group in
            group.addTask {
                // Ends without an element where the task was cancelled, as when the prompt could not be shown.
                guard await shown.first(where: { true }) != nil else { throw CancellationError() }
                return try await check.next(within: limit)
            }
            group.addTask {
                try await consent.program.tell(text, on: surface, within: limit, by: await consent.started?.value) {
                    gate.yield()
                }
                throw PinentryError(.cancelled, "the fingerprint prompt was closed")
            }
            defer { group.cancelAll() }
            guard let finding = try await group.next() else { throw CancellationError() }
            return finding
        }
    }
}

extension DeviceKeyError {
    /// What a check of a finger that failed means for the key behind it.
    init(_ error: FingerprintReaderError) {
        let code: Code =
            switch error.code {
            case .noService, .noReader, .removed: .deviceRemoved
            case .notPermitted: .permissionDenied
            case .timedOut: .timedOut
            case .cancelled: .cancelled
            default: .unavailable
            }
        self.init(code, error.message)
    }
}
