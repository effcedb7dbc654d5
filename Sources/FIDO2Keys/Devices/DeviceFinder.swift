// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import DeviceKeys
internal import Glibc

/// Looks for keys, and runs calls on them, with errors that a person understands.
struct DeviceFinder: Sendable {
    /// How long a key that asks nobody for anything may take.
    static let silentTimeout = Duration.seconds(10)
    private static let executor = BlockingSerialExecutor(label: "countersign.fido2-devices")

    let source: any DeviceSource

    /// What is there now.
    func devices() async throws -> [DeviceEntry] {
        try await withCheckedThrowingContinuation { continuation in
            Self.executor.run { continuation.resume(with: Result { try source.devices() }) }
        }
    }

    /// Runs a body with an open key.
    ///
    /// - Throws: ``CTAPFailure``, for a caller that has its own answer to some of them.
    func attempt<Result: Sendable>(
        _ entry: DeviceEntry, timeout: Duration = silentTimeout,
        _ body: @escaping @Sendable (OpenDevice) throws -> Result
    ) async throws -> Result {
        try await DeviceThreads.withDevice(entry, timeout: timeout, body)
    }

    /// Runs a body with an open key.
    ///
    /// - Throws: ``DeviceKeyError``.
    func run<Result: Sendable>(
        _ entry: DeviceEntry, timeout: Duration = silentTimeout,
        _ body: @escaping @Sendable (OpenDevice) throws -> Result
    ) async throws -> Result {
        try await explaining(on: entry) { try await attempt(entry, timeout: timeout, body) }
    }

    /// Turns the failures of a body into errors for a person.
    func explaining<Result: Sendable>(
        on entry: DeviceEntry, _ body: () async throws -> Result
    ) async throws -> Result {
        do { return try await body() } catch let failure as CTAPFailure {
            throw await explained(failure, on: entry)
        }
    }

    /// The error of a failure.
    func explained(_ failure: CTAPFailure, on entry: DeviceEntry) async -> DeviceKeyError {
        // An error of listing is no sign that the key is gone.
        let paths = (try? await devices())?.map(\.path) ?? [entry.path]
        return failure.error(on: entry, isStillThere: paths.contains(entry.path) && !entry.isUnplugged)
    }
}

// MARK: - Waiting for a key

extension DeviceFinder {
    private static let interval = Duration.milliseconds(300)
    /// How long one look for a touch waits, and what is waited after one that did not, in microseconds.
    private static let touchSlice = Duration.milliseconds(200)
    private static let pause: UInt32 = 100_000
    /// A new device is there for a moment before udev lets its user open it.
    private static let refusalsInARow = 8

    /// Finds something on the keys that are there, or asks the person to plug one in and looks again.
    ///
    /// - Parameters:
    ///   - name: which key is wanted, where that is known.
    ///   - timeout: how long is waited; the person is not asked where this is zero.
    ///   - find: looks once; `nil` where it is not there.
    /// - Throws: ``DeviceKeyError`` with the code `deviceRemoved` where it does not come.
    func waiting<Found: Sendable>(
        for name: String?, presence: any UserPresence, timeout: Duration,
        _ find: @escaping @Sendable () async throws -> Found?
    ) async throws -> Found {
        if let found = try await find() { return found }
        let missing = DeviceKeyError(
            .deviceRemoved,
            name.map { "\($0), which has this key, is not plugged in" } ?? "no security key is plugged in")
        guard timeout > .zero else { throw missing }
        return try await presence.whileWaiting(for: HardwareAction(.insert, deviceName: name)) {
            let end = ContinuousClock.now + timeout
            var refusals = 0
            while ContinuousClock.now < end {
                try await Task.sleep(for: Self.interval)
                do {
                    if let found = try await find() { return found }
                    refusals = 0
                } catch let error as DeviceKeyError where error.code == .permissionDenied {
                    refusals += 1
                    if refusals >= Self.refusalsInARow { throw error }
                }
            }
            throw missing
        }
    }

    /// The key that a new credential is made on: as the options say, and of several the one that is touched.
    func chosen(_ options: FIDO2Options, presence: any UserPresence) async throws -> DeviceEntry {
        let wanted: String? =
            switch options.device {
            case .any: nil
            case .path(let path): path
            case .serial(let serial): "the key with the serial number \(serial)"
            }
        let entries = try await waiting(for: wanted, presence: presence, timeout: options.insertTimeout) {
            let matching = try await devices().filter { entry in
                switch options.device {
                case .any: true
                case .path(let path): entry.path == path
                case .serial(let serial): entry.serial == serial
                }
            }
            return matching.isEmpty ? nil : matching
        }
        return entries.count == 1
            ? entries[0] : try await touched(among: entries, presence: presence, timeout: options.touchTimeout)
    }

    /// The one of several keys that is touched first. All blink until then.
    func touched(
        among entries: [DeviceEntry], presence: any UserPresence, timeout: Duration
    ) async throws -> DeviceEntry {
        let end = ContinuousClock.now + timeout
        let touched: DeviceEntry? = try await presence.whileWaiting(for: HardwareAction(.touch)) {
            await withTaskGroup(of: DeviceEntry?.self) { group in
                for entry in entries {
                    group.addTask { await self.isTouched(entry, timeout: timeout) ? entry : nil }
                }
                defer { group.cancelAll() }
                for await entry in group where entry != nil { return entry }
                return nil
            }
        }
        try Task.checkCancellation()
        guard let touched else {
            throw ContinuousClock.now < end
                ? DeviceKeyError(
                    .deviceRemoved, "the security keys stopped answering before one was touched: try again")
                : DeviceKeyError(.timedOut, "none of the security keys was touched in time")
        }
        return touched
    }

    private func isTouched(_ entry: DeviceEntry, timeout: Duration) async -> Bool {
        let touched = try? await attempt(entry, timeout: timeout) { device in
            let end = ContinuousClock.now + timeout
            try device.beginTouch()
            while ContinuousClock.now < end, !device.isCancelled {
                // A card is told to stop once a time is over, so it has but one.
                let slice = entry.isOnReader && device.isFIDO2 ? end - .now : Self.touchSlice
                let asked = ContinuousClock.now
                if try device.isTouched(within: slice) { return true }
                guard ContinuousClock.now - asked < Self.touchSlice / 2 else { continue }
                // It did not wait: the library says so of a key that is gone, and of every one without CTAP 2.
                if device.isFIDO2 { return false }
                usleep(Self.pause)
            }
            device.stopWaiting()
            return false
        }
        return touched ?? false
    }
}
