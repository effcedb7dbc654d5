// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// Plugs the virtual card into vpcd, the driver of pcscd for readers that are not there.
///
/// vpcd and card send each other a length of two bytes, big-endian, and that many: a command or answer, or one byte of control.
package final class VPCDLink: Sendable {
    private enum Control: UInt8 { case powerOff = 0, powerOn, reset, answerToReset = 4 }

    private let card: VirtualPIVCard
    private let port: UInt16
    private let descriptor = Mutex<Int32>(-1)
    /// The number of the command, from 1, at which the card is pulled out.
    private let pullOutAt = Mutex<Int?>(nil)
    /// The number of the command, from 1, whose answer the card keeps to itself.
    private let hangAt = Mutex<Int?>(nil)
    private let count = Mutex(0)

    /// A card for the reader at a port of the loopback.
    package init(_ card: VirtualPIVCard, port: UInt16) {
        self.card = card
        self.port = port
    }

    /// Has the card pulled out at a command, the next one being number 1; `nil` for never.
    package func planPullOut(at number: Int?) {
        pullOutAt.withLock { $0 = number }
        count.withLock { $0 = 0 }
    }

    /// Has the card keep an answer to itself until something else is planned, the next command being number 1; `nil` for none.
    package func planSilence(at number: Int?) {
        hangAt.withLock { $0 = number }
        count.withLock { $0 = 0 }
    }

    /// Takes the card out.
    package func pullOut() { descriptor.withLock { if $0 >= 0 { shutdown($0, Int32(SHUT_RDWR)) } } }

    /// Puts the card in, and serves it until it is taken out or the reader is gone. Waits for the reader to appear.
    ///
    /// - Returns: whether there was a reader within half a minute.
    package func serve() -> Bool {
        for _ in 0..<300 {
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
        if number == pullOutAt.withLock({ $0 }) { return false }
        let answer = card.transmit(message)
        while number == hangAt.withLock({ $0 }) { usleep(2000) }
        return send(answer, on: socket)
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
