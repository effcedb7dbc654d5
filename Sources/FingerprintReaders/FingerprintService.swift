// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import MessageBus

/// What fprintd is asked on one connection (`net.reactivated.Fprint.Manager`, `net.reactivated.Fprint.Device`). Blocking.
///
/// A reader that was claimed is released when the connection ends, whatever else went wrong.
final class FingerprintService {
    /// A word of the reader's about what lies on it.
    struct Status: Hashable {
        /// Such as `verify-match`.
        var result: String
        /// Whether the reader has stopped looking.
        var isDone: Bool
    }

    private static let name = "net.reactivated.Fprint"
    private let bus: BusConnection<FingerprintReaderError>
    private let device: BusTarget
    private let owner: String
    private var isClaimed = false
    private var isLooking = false

    /// Connects, and finds the reader that fprintd prefers.
    init(systemBusAt address: String?) throws(FingerprintReaderError) {
        bus = try BusConnection(systemBusAt: address)
        let manager = BusTarget(
            destination: Self.name, path: "/net/reactivated/Fprint/Manager", interface: Self.name + ".Manager")
        let path = try bus.call(manager, "GetDefaultDevice").readText(.objectPath)
        device = BusTarget(destination: Self.name, path: path, interface: Self.name + ".Device")
        owner = try bus.owner(of: Self.name)
    }

    /// The fingers of the person that the reader knows, by fprintd's names.
    func enrolledFingers() throws(FingerprintReaderError) -> [String] {
        let reply = try bus.call(device, "ListEnrolledFingers") { message throws(FingerprintReaderError) in
            try message.append("")
        }
        return try reply.readArray(of: .string)
    }

    /// Takes the reader for the person who runs this program, and nobody else.
    func claim() throws(FingerprintReaderError) {
        try bus.subscribe(to: "VerifyStatus", of: device)
        _ = try bus.call(device, "Claim") { message throws(FingerprintReaderError) in try message.append("") }
        isClaimed = true
    }

    /// Has the reader look for any finger of the person's.
    func look() throws(FingerprintReaderError) {
        guard !isLooking else { return }
        _ = try bus.call(device, "VerifyStart") { message throws(FingerprintReaderError) in try message.append("any") }
        isLooking = true
    }

    /// Waits for the reader's next word.
    ///
    /// - Returns: `nil` when the time is over or the task was cancelled.
    func status(within limit: Duration) throws(FingerprintReaderError) -> Status? {
        let end = ContinuousClock.now + limit
        while true {
            let left = end - ContinuousClock.now
            guard left > .zero, !Task.isCancelled else { return nil }
            if let signal = try bus.awaitSignal("VerifyStatus", of: device, within: min(left, .seconds(2))) {
                return Status(result: try signal.readText(), isDone: try signal.readBoolean())
            }
            // A service that ended, or was started anew, says nothing of it, and never will of this claim.
            if !Task.isCancelled, (try? bus.owner(of: Self.name)) != owner { throw .removed }
        }
    }

    /// Has the reader stop looking.
    func stopLooking() {
        guard isLooking else { return }
        isLooking = false
        _ = try? bus.call(device, "VerifyStop")
        // A word on a finger that nobody waits for any more is not one on the next.
        bus.dropSignals()
    }

    /// Gives the reader back.
    func end() {
        stopLooking()
        guard isClaimed else { return }
        isClaimed = false
        _ = try? bus.call(device, "Release")
    }
}
