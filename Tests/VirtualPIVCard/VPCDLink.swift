// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// Plugs the virtual card into vpcd, the driver of pcscd for readers that are not there.
///
/// vpcd and card send each other a length of two bytes, big-endian, and that many: a command or answer, or one byte of control.
package final class VPCDLink: Sendable {
    /// What goes wrong, and when.
    package struct Faults: Sendable {
        /// The number of the command, from 1, at which the card is pulled out.
        package var pullOutAt: Int?
        /// The number of the command at which the card loses its power for a moment.
        package var resetAt: Int?
        /// Changes an answer.
        package var mutate: (@Sendable ([UInt8]) -> [UInt8])?

        package init() {}
    }

    private enum Control: UInt8 { case powerOff = 0, powerOn, reset, answerToReset = 4 }

    private let card: VirtualPIVCard
    private let port: UInt16
    private let descriptor = Mutex<Int32>(-1)
    private let faults: Mutex<Faults>
    private let count = Mutex(0)

    /// A card for the reader at a port of the loopback.
    package init(_ card: VirtualPIVCard, port: UInt16, faults: Faults = Faults()) {
        self.card = card
        self.port = port
        self.faults = Mutex(faults)
    }

    /// Plans what goes wrong from now on, counting commands anew.
    package func plan(_ faults: Faults) {
        self.faults.withLock { $0 = faults }
        count.withLock { $0 = 0 }
    }

    /// Takes the card out.
    package func pullOut() { descriptor.withLock { if $0 >= 0 { shutdown($0, Int32(SHUT_RDWR)) } } }

    /// Puts the card in, and serves it until it is taken out or the reader is gone. Waits for the reader to appear.
    ///
    /// - Returns: whether there was a reader within so many tries, ten a second.
    package func serve(tries: Int = 100) -> Bool {
        for _ in 0..<tries {
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            if connect(socket) {
                card.powerOff()
                descriptor.withLock { $0 = socket }
                while let message = receive(socket), answer(message, on: socket) {}
                descriptor.withLock { $0 = -1 }
                close(socket)
                card.powerOff()
                return true
            }
            close(socket)
            usleep(100_000)
        }
        return false
    }

    private func connect(_ socket: Int32) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafeBytes(of: address) {
            Glibc.connect(socket, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) == 0
        }
    }

    /// Whether to go on.
    private func answer(_ message: [UInt8], on socket: Int32) -> Bool {
        if message.count == 1, let control = Control(rawValue: message[0]) {
            if control == .answerToReset { return send(card.answerToReset, on: socket) }
            card.powerOff()
            return true
        }
        let number = count.withLock {
            $0 += 1
            return $0
        }
        let faults = faults.withLock { $0 }
        if number == faults.pullOutAt { return false }
        if number == faults.resetAt { card.powerOff() }
        let answer = card.transmit(message)
        return send(faults.mutate?(answer) ?? answer, on: socket)
    }

    private func send(_ bytes: [UInt8], on socket: Int32) -> Bool {
        let message = [UInt8(bytes.count >> 8 & 0xFF), UInt8(bytes.count & 0xFF)] + bytes
        return Glibc.send(socket, message, message.count, Int32(MSG_NOSIGNAL)) == message.count
    }

    private func receive(_ socket: Int32) -> [UInt8]? {
        guard let length = receive(socket, count: 2) else { return nil }
        return receive(socket, count: Int(length[0]) << 8 | Int(length[1]))
    }

    private func receive(_ socket: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            // vpcd sends length and body apart: a delayed acknowledgement would hold each command up for 40 ms. The option
            // has to be set again each time (tcp(7)).
            var on: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), Int32(TCP_QUICKACK), &on, socklen_t(MemoryLayout<Int32>.size))
            let received = bytes.withUnsafeMutableBytes { recv(socket, $0.baseAddress! + filled, count - filled, 0) }
            guard received > 0 else { return nil }
            filled += received
        }
        return bytes
    }
}

/// Lets others have a moment.
func pause() { usleep(2000) }
