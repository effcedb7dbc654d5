// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A connected socket whose operations together have one deadline. Does not own the descriptor, which does not block.
package struct TimedSocket: Sendable {
    /// Why an operation ended before it was done.
    package enum Failure: Error, Hashable, Sendable {
        /// The deadline.
        case timedOut
        /// More came than the limit.
        case tooMuch
        /// The system call failed with this error number.
        case failed(errno: Int32)
    }

    /// The socket.
    package let descriptor: Int32
    /// When all must be done.
    package let deadline: ContinuousClock.Instant

    /// A connected socket that does not block.
    package init(_ descriptor: Int32, until deadline: ContinuousClock.Instant) {
        self.descriptor = descriptor
        self.deadline = deadline
    }

    /// What comes until the other end has said all, or until something that has come ends it.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that are taken.
    ///   - isComplete: whether what has come is all that is wanted.
    package func read(
        atMost limit: Int, until isComplete: ([UInt8]) -> Bool = { _ in false }
    ) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(limit + 1, 16 * 1024))
        while !isComplete(bytes) {
            try wait(for: POLLIN)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            guard count >= 0 else { throw .failed(errno: errno) }
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= limit else { throw .tooMuch }
        }
        return bytes
    }

    /// Sends bytes; nobody reading them is a failure, not a signal.
    package func write(_ bytes: [UInt8]) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try wait(for: POLLOUT)
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            guard count > 0 else { throw .failed(errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    private func wait(for events: Int32) throws(Failure) {
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let ready = poll(&entry, 1, milliseconds)
            if ready > 0 { return }
            if ready == 0 { throw .timedOut }
            guard errno == EINTR else { throw .failed(errno: errno) }
        }
    }

    /// The time that is left, rounded up, so that no wait ends before its time and spins.
    private var milliseconds: Int32 {
        let (seconds, attoseconds) = ContinuousClock.now.duration(to: deadline).components
        return Int32(clamping: max(0, seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
