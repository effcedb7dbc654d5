// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// An HTTP/1.1 server on 127.0.0.1 that answers as a test tells it and remembers what it was asked.
package final class StubHTTPServer: Sendable {
    /// A request as it came.
    package struct Request: Hashable, Sendable {
        package var method: String
        package var path: String
        package var headers: [String: String]
        package var body: String
        /// The number of the connection that it came on, from 0.
        package var connection: Int
    }

    /// An answer.
    package struct Answer: Hashable, Sendable {
        package var status: Int
        package var headers: [String: String]
        package var body: String
        package var delayMillis: Int

        package init(_ status: Int, headers: [String: String] = [:], body: String = "", delayMillis: Int = 0) {
            self.status = status
            self.headers = headers
            self.body = body
            self.delayMillis = delayMillis
        }
    }

    /// The port that it listens on.
    package let port: Int
    private let listener: Int32
    private let state: Mutex<(requests: [Request], connections: Int)> = Mutex(([], 0))
    private let respond: @Sendable (Request) -> Answer?

    /// A server that is listening.
    ///
    /// - Parameter respond: the answer to a request, or `nil` to end the connection.
    package init(_ respond: @escaping @Sendable (Request) -> Answer? = { _ in Answer(200, body: "{}") }) throws {
        self.respond = respond
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafeBytes(of: name) {
            bind(listener, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let named = withUnsafeMutableBytes(of: &name) {
            getsockname(listener, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
        }
        guard bound == 0, named == 0, listen(listener, 64) == 0 else { throw POSIXFailure(errno) }
        port = Int(UInt16(bigEndian: name.sin_port))
        BlockingThread.start { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { return }
                BlockingThread.start { self.serve(connection) }
            }
        }
    }

    deinit { stop() }

    /// Listens no more.
    package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// `http://127.0.0.1:port`.
    package var origin: String { "http://127.0.0.1:\(port)" }

    /// All requests so far.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// Waits until there are so many requests, for at most five seconds.
    package func requests(count: Int) async -> [Request] {
        for _ in 0..<500 where requests.count < count { try? await Task.sleep(for: .milliseconds(10)) }
        return requests
    }

    private func serve(_ connection: Int32) {
        var one: Int32 = 1
        setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let number = state.withLock { state in
            state.connections += 1
            return state.connections - 1
        }
        var pending: [UInt8] = []
        while let request = readRequest(connection, number, &pending) {
            state.withLock { $0.requests.append(request) }
            guard let answer = respond(request) else { break }
            if answer.delayMillis > 0 { usleep(UInt32(answer.delayMillis) * 1000) }
            var text = "HTTP/1.1 \(answer.status) Status\r\nContent-Length: \(answer.body.utf8.count)\r\n"
            for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
            let bytes = Array((text + "\r\n" + answer.body).utf8)
            guard
                bytes.withUnsafeBytes({ send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) })
                    == bytes.count
            else { break }
        }
        close(connection)
    }

    private func readRequest(_ connection: Int32, _ number: Int, _ pending: inout [UInt8]) -> Request? {
        var chunk = [UInt8](repeating: 0, count: 65536)
        func more() -> Bool {
            let count = recv(connection, &chunk, chunk.count, 0)
            if count > 0 { pending.append(contentsOf: chunk[..<count]) }
            return count > 0
        }
        while true {
            let text = String(decoding: pending, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else {
                guard more() else { return nil }
                continue
            }
            let lines = text[..<end.lowerBound].split(separator: "\r\n")
            let words = lines[0].split(separator: " ")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
            }
            let length = headers["content-length"].flatMap { Int($0) } ?? 0
            let start = text[..<end.upperBound].utf8.count
            while pending.count < start + length { guard more() else { return nil } }
            let body = String(decoding: pending[start..<(start + length)], as: UTF8.self)
            pending.removeFirst(start + length)
            return Request(
                method: String(words[0]), path: String(words[1]), headers: headers, body: body, connection: number)
        }
    }
}
