// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import DeviceSignals
internal import Glibc

/// The signal `timeSynchronized`: whether the kernel's clock is kept right by a time server.
///
/// The kernel's own estimate of its greatest error counts, not its flag: programs set that to keep the kernel off the hardware
/// clock. Source: adjtimex(2); the limit is `NTP_PHASE_LIMIT` of the kernel, beyond which it gives the clock up.
struct TimeSynchronizedCollector: SingleSignalCollector {
    static let name = SignalName.timeSynchronized
    static let source = "adjtimex(2)"
    /// In microseconds.
    static let greatestError = 16_000_000

    func find(in system: SystemView) -> Finding {
        guard system.isLive else {
            return .unknown("the clock can be asked on a live system only", source: Self.source)
        }
        var state = timex()
        guard adjtimex(&state) >= 0 else {
            return .unknown("the kernel did not answer (error \(errno))", source: Self.source)
        }
        return Self.judge(greatestError: state.maxerror)
    }

    /// Whether a clock with this error, in microseconds, is kept right.
    static func judge(greatestError error: Int) -> Finding {
        guard error >= 0 else { return .unknown("the kernel's estimate is no time", source: source) }
        return .known(error < greatestError, source: source, evidence: ["greatest error: \(error / 1000) ms"])
    }
}
