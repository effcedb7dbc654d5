// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys
internal import Synchronization

/// A key that has a credential, as far as could be learned without asking anybody.
struct LocatedCredential: Sendable {
    var entry: DeviceEntry
    var info: AuthenticatorInfo
    /// Whether it signs without the person.
    var signsSilently = false
    /// Whether it verifies the person by itself, now: not when it takes no finger any more.
    var verifiesByItself = false
    /// How many wrong PINs were left, where the PIN is what verifies the person.
    var pinTries: Int?
}

/// Looks for the key that has a credential. What was looked at once without finding it is not asked again while it stays.
final class CredentialSearch: Sendable {
    private enum Finding {
        case present(LocatedCredential)
        /// It may be there: the key does not tell without the person.
        case possible(LocatedCredential)
        case absent
    }

    private let handle: CredentialHandle
    private let use: KeyUse
    private let finder: DeviceFinder
    private let places: KnownPlaces
    private let options: FIDO2Options
    private let ruledOut = Mutex<Set<String>>([])

    init(
        _ handle: CredentialHandle, for use: KeyUse, finder: DeviceFinder, places: KnownPlaces, options: FIDO2Options
    ) {
        self.handle = handle
        self.use = use
        self.finder = finder
        self.places = places
        self.options = options
    }

    /// Finds the key, and has it plugged in where it is not there and the person may be asked.
    func locate(asking isAllowed: Bool, presence: any UserPresence) async throws -> LocatedCredential {
        try await finder.waiting(
            for: handle.deviceName, presence: presence, timeout: isAllowed ? options.insertTimeout : .zero
        ) {
            try await self.look(asking: isAllowed, presence: presence)
        }
    }

    /// Looks at the keys that are there once; `nil` where none has the credential.
    func look(asking isAllowed: Bool, presence: any UserPresence) async throws -> LocatedCredential? {
        let entries = try await finder.devices()
        if let located = await known(among: entries) { return located }
        let paths = Set(entries.map(\.path))
        let known = ruledOut.withLock { ruledOut in
            ruledOut.formIntersection(paths)
            return ruledOut
        }
        let findings = try await probe(entries.filter { !known.contains($0.path) })
        var possible: [LocatedCredential] = []
        for (path, finding) in findings {
            switch finding {
            case .present(let located):
                places.remember(handle.credentialID, at: located)
                return located
            case .possible(let located): possible.append(located)
            case .absent: ruledOut.withLock { _ = $0.insert(path) }
            }
        }
        guard possible.count > 1 else { return possible.first }
        guard isAllowed else { throw DeviceKeyError.interaction(handle.deviceName) }
        let touched = try await finder.touched(
            among: possible.map(\.entry), presence: presence, timeout: options.touchTimeout)
        return possible.first { $0.entry.path == touched.path }
    }

    /// The key that had the credential last, if it has stayed plugged in since and is what it was.
    private func known(among entries: [DeviceEntry]) async -> LocatedCredential? {
        guard let place = places.place(of: handle.credentialID) else { return nil }
        if let entry = entries.first(where: place.isAt),
            case .present(let located)? = try? await probe(entry, knownAs: place)
        {
            places.remember(handle.credentialID, at: located)
            return located
        }
        places.forget(handle.credentialID)
        return nil
    }

    /// Asks keys side by side. A failure counts only where no other key has the credential.
    private func probe(_ entries: [DeviceEntry]) async throws -> [(String, Finding)] {
        let answers = entries.count == 1 ? [await answer(of: entries[0])] : await self.answers(of: entries)
        let findings = answers.compactMap { answer in answer.finding.map { (answer.path, $0) } }
        if !findings.contains(where: { if case .absent = $0.1 { false } else { true } }) {
            // A key that is pulled out while it is asked is one that is not there.
            for case let error? in answers.map(\.failure) where (error as? DeviceKeyError)?.code != .deviceRemoved {
                throw error
            }
        }
        return findings
    }

    private func answers(of entries: [DeviceEntry]) async -> [Answer] {
        await withTaskGroup(of: Answer.self) { group in
            for entry in entries { group.addTask { await self.answer(of: entry) } }
            var answers: [Answer] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
    }

    /// What came of asking one key. No tuple with a `Result`: as the result of a group's task, an optimised build of Swift 6.3 lets
    /// the group read such a one from memory that nobody wrote.
    private final class Answer: Sendable {
        let path: String
        let finding: Finding?
        let failure: (any Error)?

        init(path: String, finding: Finding? = nil, failure: (any Error)? = nil) {
            self.path = path
            self.finding = finding
            self.failure = failure
        }
    }

    private func answer(of entry: DeviceEntry) async -> Answer {
        do {
            return Answer(path: entry.path, finding: try await probe(entry))
        } catch {
            return Answer(path: entry.path, failure: error)
        }
    }

    /// Asks one key.
    ///
    /// - Parameter place: what is known of this very key, which had the credential.
    private func probe(_ entry: DeviceEntry, knownAs place: KnownPlaces.Place? = nil) async throws -> Finding {
        let (handle, use) = (handle, use)
        return try await finder.run(entry) { device in
            let info = try device.info()
            var located = LocatedCredential(entry: entry, info: info)
            // Read while the key is open: opening costs it two answers more.
            if use == .verification || (use == .presence && info.isAlwaysVerifying) {
                located.verifiesByItself = info.hasBuiltInVerification && device.verificationTries() != 0
                if info.hasPIN, !located.verifiesByItself { located.pinTries = try device.pinTries() }
            }
            if let place, place.info == info {
                located.signsSilently = place.signsSilently
                return .present(located)
            }
            let hides = handle.protection == .userVerificationRequired
            if device.isFIDO2, hides { return info.aaguid == handle.aaguid ? .possible(located) : .absent }
            let request = AssertionRequest(
                relyingPartyID: handle.relyingPartyID, credentialID: handle.credentialID,
                clientDataHash: try SecureRandom.bytes(32), isSilent: true)
            do {
                _ = try device.assertion(request, pin: nil)
            } catch let failure as CTAPFailure {
                if failure.isNoCredential { return .absent }
                guard failure.isInteractionNeeded else { throw failure }
                if !device.isFIDO2 { return .present(located) }
                return info.aaguid == handle.aaguid ? .possible(located) : .absent
            }
            located.signsSilently = true
            return .present(located)
        }
    }
}

extension DeviceKeyError {
    /// A key that cannot sign without its person.
    static func interaction(_ name: String) -> DeviceKeyError {
        DeviceKeyError(.interactionNeeded, "\(name) does not sign without a touch")
    }
}
