// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// A TCP connection to the loopback on which a test sends any bytes it likes, and reads HTTP answers.
package final class RawHTTPConnection: Sendable {
    /// An HTTP answer.
    package struct Answer: Hashable, Sendable {
        package var status: Int
        package var headers: [String: String]
        package var body: String
    }

    /// Where a connection goes to.
    package enum Address: Hashable, Sendable {
        case v4, v6, v4Mapped
    }

    /// The descriptor, for tests that look at the socket.
    package let descriptor: Int32
    private let pending = Mutex<[UInt8]>([])
    private let isClosed = Mutex(false)

    /// Connects.
    ///
    /// - Parameter owner: the uid that the socket shall have; needs root.
    package init(port: Int, to address: Address = .v4, owner: UInt32? = nil) throws {
        let isV4 = address == .v4
        descriptor = socket(isV4 ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXFailure(errno) }
        if let owner { guard fchown(descriptor, owner, gid_t.max) == 0 else { throw POSIXFailure(errno) } }
        var timeout = timeval(tv_sec: 15, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var off: Int32 = 0
        if !isV4 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, socklen_t(MemoryLayout<Int32>.size))
        }
        // An initialiser that throws here runs `deinit`, which closes the descriptor.
        guard Self.connect(descriptor, port: UInt16(port), address) == 0 else { throw POSIXFailure(errno) }
    }

    deinit { close() }

    /// Ends the connection; with `abruptly`, by a reset.
    package func close(abruptly: Bool = false) {
        isClosed.withLock { isClosed in
            guard !isClosed else { return }
            isClosed = true
            if abruptly {
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
            }
            Glibc.close(descriptor)
        }
    }

    /// Says that nothing more will be sent.
    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends text as it is.
    package func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Sends a request in its plain form.
    package func request(_ method: String, _ path: String, _ headers: [(String, String)], body: String = "") {
        var text = "\(method) \(path) HTTP/1.1\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if !body.isEmpty { text += "Content-Length: \(body.utf8.count)\r\n" }
        send(text + "\r\n" + body)
    }

    /// Reads the next answer, or `nil` where the connection ends before.
    package func answer() async -> Answer? {
        await BlockingThread.value { self.readAnswer() }
    }

    private func readAnswer() -> Answer? {
        guard let head = read(until: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard let body = read(count: length) else { return nil }
        return Answer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }

    private func read(until end: [UInt8]) -> [UInt8]? {
        while true {
            let found = pending.withLock { pending -> [UInt8]? in
                guard pending.count >= end.count else { return nil }
                for start in 0...(pending.count - end.count) where Array(pending[start..<(start + end.count)]) == end {
                    let head = Array(pending[..<start])
                    pending.removeFirst(start + end.count)
                    return head
                }
                return nil
            }
            if let found { return found }
            guard readMore() else { return nil }
        }
    }

    private func read(count: Int) -> [UInt8]? {
        while pending.withLock({ $0.count < count }) { guard readMore() else { return nil } }
        return pending.withLock { pending in
            defer { pending.removeFirst(count) }
            return Array(pending.prefix(count))
        }
    }

    private func readMore() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16384)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        pending.withLock { $0.append(contentsOf: chunk[..<count]) }
        return true
    }

    private static func connect(_ descriptor: Int32, port: UInt16, _ address: Address) -> Int32 {
        if address == .v4 {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return withUnsafeBytes(of: name) {
                Glibc.connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
            }
        }
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &name.sin6_addr) { bytes in
            if address == .v4Mapped {
                bytes.copyBytes(from: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1])
            } else {
                bytes[15] = 1
            }
        }
        return withUnsafeBytes(of: name) {
            Glibc.connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
    }
}

/// What the system answered.
package struct POSIXFailure: Error, CustomStringConvertible {
    package let code: Int32
    package init(_ code: Int32) { self.code = code }
    package var description: String { String(cString: strerror(code)) }
}
