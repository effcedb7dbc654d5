// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Glibc

/// The client's side of an Assuan conversation with a program that was started for it.
///
/// Blocking: used by one thread at a time, which is not of the cooperative pool.
final class AssuanConnection {
    /// What ended a command.
    enum Outcome {
        /// `OK`, with the data that came before it, if any did, and whether the person typed them twice alike.
        case success(data: SecretBytes?, repeated: Bool)
        /// `ERR` with its code, and whether a status line said more about an error or a closed window.
        case failure(code: UInt32, explained: Bool)
    }

    private static let mostLines = 64
    private let child: ChildProcess
    private static let capacity = 2048
    private let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
    private var filled = 0

    init(_ child: ChildProcess) { self.child = child }

    deinit {
        explicit_bzero(base, Self.capacity)
        base.deallocate()
    }

    /// Waits for the greeting, which is an `OK` line.
    func awaitGreeting(until deadline: Deadline) throws(PinentryError) {
        guard case .success = try outcome(until: deadline) else {
            throw PinentryError(.protocolViolation, "the pinentry refused the connection")
        }
    }

    /// Sends a command and waits for its end.
    func run(_ command: String, until deadline: Deadline) throws(PinentryError) -> Outcome {
        try send([command])
        return try outcome(until: deadline)
    }

    /// Sends commands, all at once, and waits for the end of each: a program reads one line after the other.
    func run(_ commands: [String], until deadline: Deadline) throws(PinentryError) -> [Outcome] {
        try send(commands)
        var outcomes: [Outcome] = []
        for _ in commands { outcomes.append(try outcome(until: deadline)) }
        return outcomes
    }

    private func send(_ commands: [String]) throws(PinentryError) {
        for command in commands {
            guard command.utf8.count <= AssuanText.longestLine, !command.utf8.contains(10) else {
                throw PinentryError(.protocolViolation, "a command for the pinentry is too long")
            }
        }
        try send(Array(commands.map { $0 + "\n" }.joined().utf8))
    }

    private func send(_ bytes: [UInt8]) throws(PinentryError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { rest in
                Glibc.send(child.socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.gone }
            sent += count
        }
    }

    private func outcome(until deadline: Deadline) throws(PinentryError) -> Outcome {
        var data: SecretBytes?
        var explained = false
        var repeated = false
        for _ in 0..<Self.mostLines {
            let length = try nextLine(until: deadline)
            defer { consume(length + 1) }
            let line = UnsafeMutableRawBufferPointer(start: base, count: length)
            if Self.line(line, isWord: "OK") { return .success(data: data, repeated: repeated) }
            if Self.line(line, isWord: "ERR") {
                return .failure(code: Self.errorCode(in: line), explained: explained)
            }
            if Self.line(line, isWord: "D") {
                // One line holds the longest PIN that anybody types; a second one is no pinentry's.
                guard data == nil else { throw Self.garbled }
                let content = UnsafeMutableRawBufferPointer(rebasing: line[min(2, length)...])
                guard let count = AssuanText.unescape(content) else { throw Self.garbled }
                data = SecretBytes(copying: content[..<count])
            } else if Self.line(line, isWord: "S") {
                let status = String(decoding: line.dropFirst(2), as: UTF8.self)
                explained = explained || status.hasPrefix("ERROR") || status.hasPrefix("BUTTON_INFO")
                repeated = repeated || status.hasPrefix("PIN_REPEATED")
            } else if line.first != UInt8(ascii: "#") {
                throw Self.garbled
            }
        }
        throw Self.garbled
    }

    private func nextLine(until deadline: Deadline) throws(PinentryError) -> Int {
        while true {
            if let end = UnsafeRawBufferPointer(start: base, count: filled).firstIndex(of: 10) { return end }
            guard filled < Self.capacity else { throw Self.garbled }
            try awaitInput(until: deadline)
            let count = recv(child.socket, base + filled, Self.capacity - filled, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.gone }
            filled += count
        }
    }

    private func awaitInput(until deadline: Deadline) throws(PinentryError) {
        while true {
            var wanted = pollfd(fd: child.socket, events: Int16(POLLIN), revents: 0)
            let left = deadline.millisecondsLeft
            guard left > 0 else { throw PinentryError(.timedOut, "nobody answered the prompt in time") }
            if poll(&wanted, 1, left) > 0 { return }
        }
    }

    private func consume(_ count: Int) {
        let rest = filled - count
        memmove(base, base + count, rest)
        explicit_bzero(base + rest, Self.capacity - rest)
        filled = rest
    }

    private static func line(_ line: UnsafeMutableRawBufferPointer, isWord word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        return line.count >= length && line.starts(with: UnsafeBufferPointer(start: word.utf8Start, count: length))
            && (line.count == length || line[length] == 32)
    }

    private static func errorCode(in line: UnsafeMutableRawBufferPointer) -> UInt32 {
        var code: UInt32 = 0
        for byte in line.dropFirst(4) {
            guard (48...57).contains(byte), code < 400_000_000 else { break }
            code = code * 10 + UInt32(byte - 48)
        }
        return code
    }

    private static let gone = PinentryError(.cancelled, "the pinentry went away without an answer")
    private static let garbled = PinentryError(.protocolViolation, "the pinentry's answer is not of its protocol")
}
