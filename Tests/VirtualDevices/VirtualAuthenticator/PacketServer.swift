// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Glibc
internal import Synchronization

/// Serves a key to other programs of this machine: one CTAPHID report a packet, over Unix sockets, which a confined program may have, too.
/// A packet of one byte asks whether the key is there, and is answered by its name; a connection that ends tells that it was pulled out.
package final class PacketServer: Sendable {
    private struct Open {
        var listener: Int32 = -1
        var clients: [Int32: Client] = [:]
    }

    private let device: CTAPHIDDevice
    private let state = Mutex(Open())
    private let chosenNumber = Mutex<UInt16>(0)
    private let ended = DispatchSemaphore(value: 0)

    /// A server of a key, not started.
    package init(_ authenticator: VirtualAuthenticator) {
        device = CTAPHIDDevice(authenticator)
        authenticator.onRemoval { [weak self] in self?.stop() }
    }

    /// The number that its address has.
    package var number: UInt16 { chosenNumber.withLock { $0 } }

    /// Starts to listen at `countersign-virtual-key-NUMBER` in the abstract space (unix(7)).
    ///
    /// - Parameter number: zero for any that is free.
    /// - Returns: whether the number could be had.
    package func start(number: UInt16) -> Bool {
        let numbers = number == 0 ? (0..<100).map { _ in UInt16.random(in: 10_000...60_000) } : [number]
        for number in numbers {
            let socket = Glibc.socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard socket >= 0 else { return false }
            guard Self.bind(socket, number), listen(socket, 64) == 0 else {
                close(socket)
                continue
            }
            chosenNumber.withLock { $0 = number }
            state.withLock { $0 = Open(listener: socket) }
            DispatchQueue(label: "virtual-authenticator-packets").async { self.serve(socket) }
            return true
        }
        return false
    }

    /// Stops: the key is gone for its clients.
    package func stop() {
        let open = state.withLock { state in
            defer { state = Open() }
            return state
        }
        guard open.listener >= 0 else { return }
        // Only when nobody reads from them any more may their numbers be given to others.
        ended.wait()
        for client in open.clients.values { client.end() }
        close(open.listener)
    }

    private func serve(_ listener: Int32) {
        defer { ended.signal() }
        while true {
            let clients = state.withLock { $0.listener == listener ? Array($0.clients.values) : nil }
            guard let clients else { return }
            var waiting = ([listener] + clients.map(\.socket)).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&waiting, nfds_t(waiting.count), 20) >= 0 else { return }
            guard state.withLock({ $0.listener }) == listener else { return }
            if waiting[0].revents != 0 { accept(from: listener) }
            for (client, entry) in zip(clients, waiting.dropFirst()) where entry.revents != 0 { read(from: client) }
        }
    }

    private func accept(from listener: Int32) {
        let socket = Glibc.accept(listener, nil, nil)
        guard socket >= 0 else { return }
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        state.withLock { state in
            guard state.listener == listener else { return _ = close(socket) }
            state.clients[socket] = Client(socket: socket)
        }
    }

    private func read(from client: Client) {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(client.socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN { return }
        guard count > 0 else {
            let known = state.withLock { $0.clients.removeValue(forKey: client.socket) }
            return known?.end() ?? ()
        }
        if count == 1 {
            client.send(Array(device.authenticator.model.product.utf8))
        } else {
            device.receive(Array(buffer[..<count]), from: client)
        }
    }

    private static func bind(_ socket: Int32, _ number: UInt16) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array("\0countersign-virtual-key-\(number)".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(socket, $0, size) == 0 }
        }
    }

    /// A connection. What is sent after its end goes nowhere.
    private final class Client: ReportSink {
        let socket: Int32
        private let isOpen = Mutex(true)

        init(socket: Int32) { self.socket = socket }

        func send(_ report: [UInt8]) {
            isOpen.withLock { isOpen in
                // Who does not read misses what there is no room for, as with a wire.
                if isOpen { _ = Glibc.send(socket, report, report.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) }
            }
        }

        func end() {
            isOpen.withLock { isOpen in
                guard isOpen else { return }
                isOpen = false
                close(socket)
            }
        }
    }
}
