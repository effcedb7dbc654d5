// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Glibc
internal import Synchronization

/// Serves a key to other programs: one CTAPHID report a datagram, over loopback. A datagram of one byte asks whether the key is
/// there, and is answered by its name; an empty one tells that it was pulled out.
package final class DatagramServer: Sendable {
    private let device: CTAPHIDDevice
    private let state = Mutex<(socket: Int32, clients: [UInt16: Client])>((-1, [:]))
    private let chosenPort = Mutex<UInt16>(0)
    private let ended = DispatchSemaphore(value: 0)

    /// A server of a key, not started.
    package init(_ authenticator: VirtualAuthenticator) {
        device = CTAPHIDDevice(authenticator)
        authenticator.onRemoval { [weak self] in self?.stop() }
    }

    /// The port.
    package var port: UInt16 { chosenPort.withLock { $0 } }

    /// Starts to listen at 127.0.0.1.
    ///
    /// - Parameter port: zero for any that is free.
    /// - Returns: whether the port could be had.
    package func start(port: UInt16) -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return false }
        var address = Self.address(port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, size) == 0 }
        }
        guard isBound else {
            close(socket)
            return false
        }
        var length = size
        withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        chosenPort.withLock { $0 = UInt16(bigEndian: address.sin_port) }
        state.withLock { $0 = (socket, [:]) }
        DispatchQueue(label: "virtual-authenticator-datagrams").async { self.listen(socket) }
        return true
    }

    /// Stops: the key is gone for its clients.
    package func stop() {
        let (socket, clients) = state.withLock { state in
            defer { state = (-1, [:]) }
            return state
        }
        guard socket >= 0 else { return }
        for client in clients.values { client.send([]) }
        // Only when nobody reads from it any more may its number be given to the next one.
        ended.wait()
        close(socket)
    }

    private func listen(_ socket: Int32) {
        defer { ended.signal() }
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            var sender = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            var poller = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, 20) >= 0, state.withLock({ $0.socket }) == socket else { return }
            guard poller.revents != 0 else { continue }
            let count = withUnsafeMutablePointer(to: &sender) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT), $0, &length)
                }
            }
            guard count > 0 else { continue }
            let client = client(at: UInt16(bigEndian: sender.sin_port), socket)
            if count == 1 {
                client.send(Array(device.authenticator.model.product.utf8))
            } else {
                device.receive(Array(buffer[..<count]), from: client)
            }
        }
    }

    private func client(at port: UInt16, _ socket: Int32) -> Client {
        state.withLock { state in
            if let known = state.clients[port] { return known }
            let new = Client(socket: socket, port: port)
            state.clients[port] = new
            return new
        }
    }

    fileprivate static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private final class Client: ReportSink {
        private let socket: Int32
        private let port: UInt16

        init(socket: Int32, port: UInt16) {
            self.socket = socket
            self.port = port
        }

        func send(_ report: [UInt8]) {
            var address = DatagramServer.address(port)
            withUnsafePointer(to: &address) { pointer in
                _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(socket, report, report.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }
}
