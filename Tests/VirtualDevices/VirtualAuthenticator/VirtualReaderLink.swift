// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Puts a key's card on the reader of vsmartcard's driver for pcscd: a TCP connection on which each message has its length in
/// front, in two bytes.
package final class VirtualReaderLink: Sendable {
    private enum Control {
        static let powerOff: UInt8 = 0
        static let powerOn: UInt8 = 1
        static let reset: UInt8 = 2
        static let answerToReset: UInt8 = 4
    }

    /// What PC/SC makes up for a card without contacts and without history (PC/SC Part 3, §3.1.3.2.3).
    private static let answerToReset: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]

    private let authenticator: VirtualAuthenticator

    /// A link for a key, not connected.
    package init(_ authenticator: VirtualAuthenticator) { self.authenticator = authenticator }

    /// Connects, and serves until the reader or the key is gone.
    ///
    /// - Returns: whether there was a reader.
    package func serve(port: UInt16) -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return false }
        var applet = CardApplet(authenticator)
        while authenticator.isPluggedIn, let message = receive(socket) {
            guard message.count == 1 else {
                guard let answer = applet.transmit(message), send(socket, answer) else { break }
                continue
            }
            switch message[0] {
            case Control.answerToReset: guard send(socket, Self.answerToReset) else { return true }
            case Control.powerOff, Control.powerOn, Control.reset: applet = CardApplet(authenticator)
            default: break
            }
        }
        return true
    }

    private func receive(_ socket: Int32) -> [UInt8]? {
        guard let head = read(socket, 2) else { return nil }
        return read(socket, Int(head[0]) << 8 | Int(head[1]))
    }

    private func read(_ socket: Int32, _ count: Int) -> [UInt8]? {
        var all: [UInt8] = []
        var quick: Int32 = 1
        while all.count < count {
            // The driver sends length and body apart, and waits for the acknowledgement of the first.
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_QUICKACK, &quick, socklen_t(MemoryLayout<Int32>.size))
            var chunk = [UInt8](repeating: 0, count: count - all.count)
            let got = recv(socket, &chunk, chunk.count, 0)
            guard got > 0 else { return nil }
            all += chunk[..<got]
        }
        return all
    }

    private func send(_ socket: Int32, _ message: [UInt8]) -> Bool {
        let whole = [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
        return Glibc.send(socket, whole, whole.count, Int32(MSG_NOSIGNAL)) == whole.count
    }
}
