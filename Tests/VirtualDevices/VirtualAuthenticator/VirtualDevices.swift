// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
package import FIDO2Keys
internal import Synchronization

/// The keys of a test, for a store to find.
package final class VirtualDevices: DeviceSource {
    private let keys: Mutex<[(path: String, device: CTAPHIDDevice)]>
    private let failure = Mutex<(any Error)?>(nil)

    /// These keys, at the paths `virtual:1`, `virtual:2` and so on.
    package init(_ authenticators: [VirtualAuthenticator]) {
        keys = Mutex([])
        for authenticator in authenticators { add(authenticator) }
    }

    /// Brings another key.
    package func add(_ authenticator: VirtualAuthenticator) {
        keys.withLock { $0.append((VirtualPath.next(), CTAPHIDDevice(authenticator))) }
    }

    /// Makes listing fail, or work again.
    package func failListing(with error: (any Error)?) { failure.withLock { $0 = error } }

    package func devices() throws -> [DeviceEntry] {
        if let error = failure.withLock({ $0 }) { throw error }
        return keys.withLock { $0 }.filter { $0.device.authenticator.isPluggedIn }.map { path, device in
            DeviceEntry(
                path: path, product: device.authenticator.model.product, manufacturer: "Countersign Tests",
                serial: String(path.drop { $0 != ":" }.dropFirst()),
                link: .reports { VirtualConnection(to: device) })
        }
    }
}

/// Paths that no two virtual keys of a process share.
enum VirtualPath {
    private static let count = Mutex(0)

    static func next() -> String {
        "virtual:"
            + String(
                count.withLock { count in
                    count += 1
                    return count
                })
    }
}

/// A program's connection to a key in the same process.
package final class VirtualConnection: ReportChannel, ReportSink {
    private struct State {
        var reports: [[UInt8]] = []
        var isClosed = false
    }

    private let device: CTAPHIDDevice
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)

    /// A connection; `nil` where the key is not plugged in.
    package init?(to device: CTAPHIDDevice) {
        guard device.authenticator.isPluggedIn else { return nil }
        self.device = device
        device.authenticator.onRemoval { [weak self] in self?.close() }
    }

    package func read(timeout: Duration?) -> [UInt8]? {
        let end = timeout.map { ContinuousClock.now + $0 }
        while true {
            let (report, isClosed) = state.withLock { state in
                (state.reports.isEmpty ? nil : state.reports.removeFirst(), state.isClosed)
            }
            if let report { return isClosed ? nil : report }
            if isClosed { return nil }
            guard let end else {
                arrival.wait()
                continue
            }
            let left = end - ContinuousClock.now
            guard left > .zero else { return nil }
            let nanoseconds =
                Int(left.components.seconds) * 1_000_000_000 + Int(left.components.attoseconds / 1_000_000_000)
            _ = arrival.wait(timeout: .now() + .nanoseconds(nanoseconds))
        }
    }

    package func write(_ report: [UInt8]) -> Bool {
        guard !state.withLock({ $0.isClosed }) else { return false }
        device.receive(report, from: self)
        return true
    }

    package func send(_ report: [UInt8]) {
        state.withLock { $0.reports.append(report) }
        arrival.signal()
    }

    package func close() {
        state.withLock { $0.isClosed = true }
        arrival.signal()
    }
}
