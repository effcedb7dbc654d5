// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FIDO2Keys
import Synchronization
import VirtualAuthenticator

/// Virtual keys that count how they are used.
final class CountingDevices: DeviceSource {
    private final class Counts: Sendable {
        let opened = Mutex(0)
        let emptyReads = Mutex(0)
    }

    private final class Channel: ReportChannel {
        private let channel: any ReportChannel
        private let counts: Counts

        init(_ channel: any ReportChannel, _ counts: Counts) {
            self.channel = channel
            self.counts = counts
        }

        func read(timeout: Duration?) -> [UInt8]? {
            let report = channel.read(timeout: timeout)
            if report == nil { counts.emptyReads.withLock { $0 += 1 } }
            return report
        }

        func write(_ report: [UInt8]) -> Bool { channel.write(report) }
        func close() { channel.close() }
    }

    private let source: VirtualDevices
    private let counts = Counts()

    init(_ source: VirtualDevices) { self.source = source }

    /// How often a key was opened.
    var opened: Int { counts.opened.withLock { $0 } }
    /// How often a key was read from in vain.
    var emptyReads: Int { counts.emptyReads.withLock { $0 } }

    func devices() throws -> [DeviceEntry] {
        try source.devices().map { entry in
            guard case .reports(let open) = entry.link else { return entry }
            var counted = entry
            let counts = counts
            counted.link = .reports {
                counts.opened.withLock { $0 += 1 }
                return open().map { Channel($0, counts) }
            }
            return counted
        }
    }
}
