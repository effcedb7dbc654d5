// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Lines of at most 68 KiB, as a link needs; a longer one ends the connection.
struct ControlLineDecoder: NIOSingleStepByteToMessageDecoder {
    typealias InboundOut = [UInt8]
    /// A challenge has at most 64 KiB; the rest is for what is around it.
    static let longestLine = 68 * 1024

    mutating func decode(buffer: inout ByteBuffer) throws -> [UInt8]? {
        guard let end = buffer.readableBytesView.firstIndex(of: 10) else {
            guard buffer.readableBytes <= Self.longestLine else { throw ControlError.lineTooLong }
            return nil
        }
        let length = end - buffer.readerIndex
        guard length <= Self.longestLine else { throw ControlError.lineTooLong }
        let line = buffer.readBytes(length: length)
        buffer.moveReaderIndex(forwardBy: 1)
        return line
    }

    mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> [UInt8]? { try decode(buffer: &buffer) }
}

/// Why a control connection failed.
package enum ControlError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No agent of this user runs, or it does not answer.
    case notRunning
    /// The agent refused; the reason is for a person.
    case refused(String)
    /// A line is longer than any message.
    case lineTooLong
    /// The socket's path is longer than the system allows (108 bytes).
    case pathTooLong(String)

    package var description: String {
        switch self {
        case .notRunning: "the agent is not running"
        case .refused(let reason): reason
        case .lineTooLong: "a line of the control socket is too long"
        case .pathTooLong(let path): "the path of the control socket is too long: \(path)"
        }
    }
}
