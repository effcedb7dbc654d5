// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import TestSupport

/// Stands between a client and a TPM: sees every command and its answer, and may change the answer.
final class MeddlingProxy: Sendable {
    /// What becomes of an answer.
    enum Fate {
        case pass
        /// These bytes instead.
        case replace([UInt8])
        /// These bytes, and then the connection ends.
        case cut([UInt8])
        /// Nothing, for so many seconds; then the connection ends.
        case stall(seconds: UInt32)
    }

    /// The code of a command (TPM 2.0 Part 2 §6.5.2), its number since the start, and the TPM's answer.
    typealias Meddling = @Sendable (_ code: UInt32, _ number: Int, _ answer: [UInt8]) -> Fate

    /// What a command by its number is answered without the TPM's seeing it; `nil` for the TPM's own answer.
    typealias Refusal = @Sendable (_ number: Int) -> [UInt8]?

    private let listener: Int32
    private let control: Int32
    private let tpm: UInt16
    private let meddling = Mutex<Meddling>({ _, _, _ in .pass })
    private let refusal = Mutex<Refusal>({ _ in nil })
    private let seen = Mutex<[[UInt8]]>([])

    init(before tpm: SoftwareTPM) throws {
        (listener, control) = try SoftwareTPM.listenTwice()
        self.tpm = tpm.port
        Self.accept(at: listener) { [weak self] in self?.serve($0) }
        // swtpm's control channel is carried as it is.
        Self.accept(at: control) { [port = tpm.port + 1] in Self.carry($0, to: port) }
    }

    deinit {
        for socket in [listener, control] {
            shutdown(socket, Int32(SHUT_RDWR))
            close(socket)
        }
    }

    private static func accept(at listener: Int32, _ serve: @escaping @Sendable (Int32) -> Void) {
        BlockingThread.start {
            while true {
                let client = Glibc.accept(listener, nil, nil)
                guard client >= 0 else { return }
                BlockingThread.start {
                    serve(client)
                    close(client)
                }
            }
        }
    }

    private static func carry(_ client: Int32, to port: UInt16) {
        guard let server = SoftwareTPM.connect(port) else { return }
        defer { close(server) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let asked = recv(client, &bytes, bytes.count, 0)
            guard asked > 0 else { return }
            write(Array(bytes.prefix(asked)), to: server)
            let answered = recv(server, &bytes, bytes.count, 0)
            guard answered > 0 else { return }
            write(Array(bytes.prefix(answered)), to: client)
        }
    }

    var tcti: String { "swtpm:host=127.0.0.1,port=\(SoftwareTPM.port(of: listener))" }

    /// All commands since the start.
    var commands: [[UInt8]] { seen.withLock { $0 } }

    /// Begins to count anew, and meddles so from now on.
    func meddle(_ body: @escaping Meddling) {
        seen.withLock { $0 = [] }
        meddling.withLock { $0 = body }
        refusal.withLock { $0 = { _ in nil } }
    }

    /// Begins to count anew, and keeps commands from the TPM from now on.
    func refuse(_ body: @escaping Refusal) {
        meddle { _, _, _ in .pass }
        refusal.withLock { $0 = body }
    }

    private func serve(_ client: Int32) {
        guard let server = SoftwareTPM.connect(tpm) else { return }
        defer { close(server) }
        while let command = Self.message(client) {
            let number = seen.withLock {
                $0.append(command)
                return $0.count
            }
            if let refused = refusal.withLock({ $0 })(number) {
                Self.write(refused, to: client)
                continue
            }
            Self.write(command, to: server)
            guard let answer = Self.message(server) else { return }
            let code = command[6..<10].reduce(0) { $0 << 8 | UInt32($1) }
            switch meddling.withLock({ $0 })(code, number, answer) {
            case .pass: Self.write(answer, to: client)
            case .replace(let bytes): Self.write(bytes, to: client)
            case .cut(let bytes):
                Self.write(bytes, to: client)
                return
            case .stall(let seconds):
                // swtpm serves one connection at a time.
                shutdown(server, Int32(SHUT_RDWR))
                sleep(seconds)
                return
            }
        }
    }

    private static func write(_ bytes: [UInt8], to socket: Int32) {
        _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// One command or answer: its length is in bytes 2 to 5 (TPM 2.0 Part 1 §18).
    private static func message(_ socket: Int32) -> [UInt8]? {
        guard let head = read(socket, 10) else { return nil }
        let length = head[2..<6].reduce(0) { $0 << 8 | Int($1) }
        guard (10...8192).contains(length), let rest = read(socket, length - 10) else { return nil }
        return head + rest
    }

    private static func read(_ socket: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = bytes.withUnsafeMutableBytes {
                recv(socket, $0.baseAddress.map { $0 + filled }, count - filled, 0)
            }
            guard read > 0 else { return nil }
            filled += read
        }
        return bytes
    }
}
