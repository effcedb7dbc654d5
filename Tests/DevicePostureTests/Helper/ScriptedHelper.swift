// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Synchronization

@testable import DevicePosture

/// Something that listens where the posture helper should, and does to the first who comes what a test wants.
final class ScriptedHelper: Sendable {
    let folder: String
    let path: String
    /// What was received, once the connection is over.
    let received = Mutex<[UInt8]>([])
    private let listener: Int32
    private let thread = Mutex<pthread_t?>(nil)

    /// Listens.
    ///
    /// - Parameter body: what is done with the connection, once a request or the end has come.
    init(_ body: @escaping @Sendable (Int32) -> Void = { _ in }) throws {
        folder = FileManager.default.temporaryDirectory.path + "/scripted-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        path = folder + "/s"
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let isBound = withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard isBound == 0, listen(listener, 4) == 0 else { throw POSIXError(.EADDRINUSE) }
        let work = Work { [listener] in
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = recv(connection, &buffer, buffer.count, 0)
            self.received.withLock { $0 = Array(buffer.prefix(max(0, count))) }
            if count > 0 { body(connection) }
            close(connection)
        }
        var started = pthread_t()
        pthread_create(
            &started, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(work).toOpaque())
        thread.withLock { $0 = started }
    }

    /// Waits for the end of the connection, or ends the wait for one.
    func finish() {
        shutdown(listener, Int32(SHUT_RDWR))
        if let started = thread.withLock({ $0 }) { pthread_join(started, nil) }
        close(listener)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Sends bytes on a connection.
    static func send(_ text: String, on connection: Int32) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
