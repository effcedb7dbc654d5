// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DevicePosture
internal import Glibc

/// One connection: a request is read, its answer is written, nothing else.
struct HelperConnection: Sendable {
    let descriptor: Int32
    let peer: PeerCredentials
    let timeLimit: Duration
    let read: HelperServer.Reader
    let log: HelperLog

    /// Reads the request and makes its answer; blocks while the peer is slow, for the time limit at most.
    func answer() async -> HelperAnswer {
        do throws(HelperRefusal) {
            let request = try receive()
            let snapshot = await read(request.questions, peer.userID, peer.groups(of: descriptor))
            let letters = String(request.questions.map(\.rawValue))
            log.write(.information, "told the user \(peer.userID) (process \(peer.processID)): \(letters)")
            return .readings(snapshot)
        } catch {
            log.write(.notice, "refused the user \(peer.userID) (process \(peer.processID)): \(error.rawValue)")
            return .refused(error)
        }
    }

    private func receive() throws(HelperRefusal) -> HelperRequest {
        let socket = TimedSocket(descriptor, until: .now + timeLimit)
        let bytes: [UInt8]
        do throws(TimedSocket.Failure) {
            bytes = try socket.read(atMost: HelperRequest.maximumLength) { $0.last == UInt8(ascii: "\n") }
        } catch {
            throw error == .timedOut ? .tooSlow : .malformed
        }
        return try HelperRequest(parsing: bytes)
    }

    /// Sends an answer and waits for nobody: the kernel keeps all of it until the peer reads it.
    func send(_ answer: HelperAnswer) {
        guard let bytes = answer.bytes ?? HelperAnswer.refused(.failed).bytes else { return }
        try? TimedSocket(descriptor, until: .now).write(bytes)
    }
}
