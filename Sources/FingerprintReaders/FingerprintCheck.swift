// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors

/// One check of the person's finger by the machine's reader, through fprintd.
///
/// `begin()`, then `next(within:)` until it says ``Finding/recognized`` or throws, then `end()`. What blocks, does so on a thread
/// of the check's own. The reader is given back at the latest when the check is gone.
package actor FingerprintCheck {
    /// How many fingers are looked at that are not the person's.
    package static let mostTries = 5

    /// What the reader found.
    package enum Finding: Hashable, Sendable {
        /// The finger is one of the person's.
        case recognized
        /// The finger is not; so many tries are left, at least one.
        case notRecognized(triesLeft: Int)
        /// The reader could not see the finger well; what to do is for the person. No try is lost.
        case again(advice: String)
    }

    private let executor = BlockingSerialExecutor(label: "countersign.fingerprint")
    private let address: String?
    private var service: FingerprintService?
    private var triesLeft = FingerprintCheck.mostTries

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// A check that has not begun.
    ///
    /// - Parameter address: the bus; `nil` for the machine's system bus.
    package init(systemBusAt address: String? = nil) { self.address = address }

    /// Finds out whether there is a reader that knows a finger of the person's; takes nothing.
    ///
    /// - Returns: the fingers, by fprintd's names, such as `right-index-finger`; never empty.
    /// - Throws: ``FingerprintReaderError``.
    package func enrolledFingers() throws(FingerprintReaderError) -> [String] {
        let fingers = try FingerprintService(systemBusAt: address).enrolledFingers()
        guard !fingers.isEmpty else { throw .noFingerEnrolled }
        return fingers
    }

    /// Takes the reader.
    ///
    /// - Throws: ``FingerprintReaderError``.
    package func begin() throws(FingerprintReaderError) {
        let service = try FingerprintService(systemBusAt: address)
        guard try !service.enrolledFingers().isEmpty else { throw .noFingerEnrolled }
        try service.claim()
        self.service = service
        triesLeft = Self.mostTries
    }

    /// Has the reader look at the next finger. Cancelling the task ends it within a fraction of a second.
    ///
    /// - Parameter limit: how long to wait for a finger.
    /// - Throws: ``FingerprintReaderError``; with ``FingerprintReaderError/Code/notRecognized`` after the last try.
    package func next(within limit: Duration) throws(FingerprintReaderError) -> Finding {
        guard let service, triesLeft > 0 else { throw .notRecognized }
        try service.look()
        guard let status = try service.status(within: limit) else {
            service.stopLooking()
            throw Task.isCancelled ? .cancelled : .timedOut
        }
        if status.isDone { service.stopLooking() }
        return try finding(status)
    }

    /// Gives the reader back.
    package func end() {
        service?.end()
        service = nil
    }

    /// What a word of fprintd's means (`VerifyStatus` of `net.reactivated.Fprint.Device`).
    private func finding(_ status: FingerprintService.Status) throws(FingerprintReaderError) -> Finding {
        switch status.result {
        case "verify-match" where status.isDone: return .recognized
        case "verify-no-match":
            triesLeft -= 1
            guard triesLeft > 0 else { throw .notRecognized }
            return .notRecognized(triesLeft: triesLeft)
        case "verify-disconnected": throw .removed
        case let result where !status.isDone: return .again(advice: Self.advice(result))
        default:
            // fprintd tells of a reader that was unplugged as of one that failed, and forgets it once nobody has it.
            service?.end()
            guard (try? service?.enrolledFingers()) != nil else { throw .removed }
            throw FingerprintReaderError(.failed, "the fingerprint reader failed: try again")
        }
    }

    private static func advice(_ result: String) -> String {
        switch result {
        case "verify-swipe-too-short": "That was too short: swipe more slowly."
        case "verify-finger-not-centered": "The finger was not in the middle: try again."
        case "verify-remove-and-retry": "Lift the finger, then put it on the reader again."
        default: "The reader could not see the finger well: try again."
        }
    }
}
