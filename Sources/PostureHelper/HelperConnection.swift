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

    /// Tells the peer why it is not served; what it asks is not even read.
    func refuse(_ refusal: HelperRefusal) {
        send(.refused(refusal), within: .zero)
    }

    /// Serves it to its end; blocks while the peer is slow, for the time limit at most.
    func serve() async {
        do throws(HelperRefusal) {
            let request = try receive()
            let snapshot = await read(request.questions, peer.userID)
            let letters = String(request.questions.map(\.rawValue))
            log.write(.information, "told the user \(peer.userID) (process \(peer.processID)): \(letters)")
            send(.readings(snapshot), within: timeLimit)
        } catch {
            log.write(.notice, "refused the user \(peer.userID) (process \(peer.processID)): \(error.rawValue)")
            send(.refused(error), within: .zero)
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

    /// Sends an answer; a peer that does not take it goes without.
    private func send(_ answer: HelperAnswer, within limit: Duration) {
        guard let bytes = answer.bytes ?? HelperAnswer.refused(.failed).bytes else { return }
        try? TimedSocket(descriptor, until: .now + limit).write(bytes)
    }
}
