// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import Glibc

/// Asks the posture helper; blocks for a short while at most.
package struct PostureHelperClient: Sendable {
    /// Where the helper listens, in a folder that only root can write to.
    package static let standardPath = "/run/countersign/posture-helper.sock"

    private let path: String
    private let owner: UInt32
    private let timeLimit: Duration

    /// A client.
    ///
    /// - Parameters:
    ///   - path: where the helper listens.
    ///   - owner: the user who owns the socket and listens on it: root, but in tests.
    ///   - timeLimit: how long all of it may take.
    package init(path: String = standardPath, owner: UInt32 = 0, timeLimit: Duration = .seconds(2)) {
        self.path = path
        self.owner = owner
        self.timeLimit = timeLimit
    }

    /// What the helper answers to questions.
    ///
    /// Nothing is sent, and nothing that comes is believed, unless both the socket and whoever listens on it are root's.
    func ask(_ questions: [PostureQuestion]) throws(PostureHelperFailure) -> PostureSnapshot {
        let deadline = ContinuousClock.now + timeLimit
        try checkSocket()
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .failed(errno: errno) }
        defer { close(descriptor) }
        try connect(descriptor)
        guard let peer = PeerCredentials(of: descriptor) else { throw .failed(errno: errno) }
        guard peer.userID == owner else { throw .foreignListener(peer.userID) }
        return try exchange(HelperRequest(questions), on: TimedSocket(descriptor, until: deadline))
    }

    private func checkSocket() throws(PostureHelperFailure) {
        var status = stat()
        // A symbolic link could lead to another program of root's, which would take the request for one of its own.
        guard lstat(path, &status) == 0 else { throw errno == ENOENT ? .absent : .failed(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket }
        guard status.st_uid == owner else { throw .foreignSocket(UInt32(status.st_uid)) }
    }

    private func connect(_ descriptor: Int32) throws(PostureHelperFailure) {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else { throw .failed(errno: ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result != 0 else { return }
        switch errno {
        case ENOENT, ECONNREFUSED: throw .absent
        // The queue of those who wait for the helper is full.
        case EAGAIN: throw .refused(.busy)
        default: throw .failed(errno: errno)
        }
    }

    private func exchange(
        _ request: HelperRequest, on connection: TimedSocket
    ) throws(PostureHelperFailure) -> PostureSnapshot {
        let bytes: [UInt8]
        do throws(TimedSocket.Failure) {
            do throws(TimedSocket.Failure) {
                try connection.write(request.bytes)
            } catch .failed(EPIPE) {
                // It refused before it was asked, and has said why.
            }
            bytes = try connection.read(atMost: HelperAnswer.maximumLength) { $0.last == UInt8(ascii: "\n") }
        } catch {
            switch error {
            case .timedOut: throw .timedOut
            case .tooMuch: throw .malformed
            case .failed(let number): throw .failed(errno: number)
            }
        }
        switch HelperAnswer(parsing: bytes) {
        case .readings(let snapshot)?: return snapshot
        case .refused(let refusal)?: throw .refused(refusal)
        case nil: throw .malformed
        }
    }
}

/// Why the posture helper told nothing.
enum PostureHelperFailure: Error, Hashable, Sendable {
    /// It is not installed, or its socket is not enabled.
    case absent
    /// Something else than a socket is in its place.
    case notASocket
    /// The socket is another user's.
    case foreignSocket(UInt32)
    /// Another user listens on the socket.
    case foreignListener(UInt32)
    /// It did not answer in time.
    case timedOut
    /// It refused.
    case refused(HelperRefusal)
    /// It answered what does not belong there.
    case malformed
    /// A system call failed with this error number.
    case failed(errno: Int32)

    /// The reason of the signals that it would have told, for a person.
    var reason: String {
        switch self {
        case .absent:
            "needs the posture helper, which is not there: install it and run "
                + "'systemctl enable --now countersign-posture-helper.socket'"
        case .notASocket: "needs the posture helper, and something else is in the place of its socket"
        case .foreignSocket(let user), .foreignListener(let user):
            "needs the posture helper, and a program of the user with the number \(user) is in its place"
        case .timedOut: "needs the posture helper, which did not answer in time"
        case .refused(let refusal): "needs the posture helper, which \(refusal.predicate)"
        case .malformed: "needs the posture helper, which answered what is not understood"
        case .failed(let number): "needs the posture helper, which could not be asked (error \(number))"
        }
    }
}
