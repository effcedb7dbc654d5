// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Glibc
import HTTPSClient
import Hummingbird
import Logging
import Testing
import VerifierServer

@Suite struct VerifierListenerTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A verifier that listens on a port of its own.
    private func live(_ test: @escaping @Sendable (ListeningVerifier) async throws -> Void) async throws {
        let verifier = try await TestVerifier()
        let application = try VerifierListener(
            configuration: verifier.configuration, services: verifier.services, logger: Self.quiet
        ).application()
        try await ListeningVerifier.run(application, test)
    }

    @Test func portInUseIsSaidPlainly() async throws {
        let verifier = try await TestVerifier()
        let first = try VerifierListener(
            configuration: verifier.configuration, services: verifier.services, logger: Self.quiet
        ).application()
        try await ListeningVerifier.run(first) { listening in
            var taken = verifier.configuration
            taken.port = listening.port
            taken.address = "127.0.0.1"
            let second = VerifierListener(configuration: taken, services: verifier.services, logger: Self.quiet)
            let error = await #expect(throws: ListenerError.self) { try await second.run { _ in } }
            #expect(error?.description == "cannot listen on 127.0.0.1 port \(taken.port): it is in use")
        }
    }

    @Test func plainHTTPIsForLoopbackOnly() async throws {
        let verifier = try await TestVerifier()
        var configuration = verifier.configuration
        configuration.address = "0.0.0.0"
        let listener = VerifierListener(configuration: configuration, services: verifier.services, logger: Self.quiet)
        #expect(throws: ListenerError.plainOutsideLoopback(address: "0.0.0.0")) { _ = try listener.application() }
    }

    @Test func badCertificateIsSaidPlainly() async throws {
        let verifier = try await TestVerifier(issuer: "https://id.example.com")
        var configuration = verifier.configuration
        configuration.tls = .init(certificate: "/nowhere/cert.pem", key: "/nowhere/key.pem")
        let listener = VerifierListener(configuration: configuration, services: verifier.services, logger: Self.quiet)
        #expect(throws: ListenerError.badCertificate(certificate: "/nowhere/cert.pem", key: "/nowhere/key.pem")) {
            _ = try listener.application()
        }
    }

    /// A client that closes its sending half, one that sends half a request and one that sends rubbish.
    @Test func brokenConnectionsDoNoHarm() async throws {
        try await live { verifier in
            func answer(_ text: String) async throws -> String {
                try await RawConnection(port: verifier.port).exchange(text)
            }
            let whole = try await answer("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(whole.hasPrefix("HTTP/1.1 200"))
            let half = try await answer("GET /livez HT")
            #expect(!half.hasPrefix("HTTP/1.1 200"))
            let short = try await answer("POST /oauth2/v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab")
            #expect(!short.hasPrefix("HTTP/1.1 200"))
            let rubbish = try await answer("\u{0}\u{1}\u{2}\r\n\r\n")
            #expect(rubbish.hasPrefix("HTTP/1.1 400"))
            let long = "GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: " + String(repeating: "a", count: 40_000) + "\r\n\r\n"
            let large = try await answer(long)
            #expect(!large.hasPrefix("HTTP/1.1 200"))
            #expect(try await verifier.get("/livez").status == 200)
        }
    }
}

extension VerifierListenerTests {
    @Test func longBodyThatStatesNoLengthIsRefused() async throws {
        try await live { verifier in
            let head =
                "POST /oauth2/v1/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
            let chunk = "10000\r\n" + String(repeating: "a", count: 0x10000) + "\r\n"
            let chunks = String(repeating: chunk, count: RequestReader.maximumBody / 0x10000 + 1)
            let answer = try await RawConnection(port: verifier.port)
                .exchange(head + chunks + "0\r\n\r\n", isHalfClosed: false)
            #expect(answer.hasPrefix("HTTP/1.1 413"))
        }
    }

    /// Takes as long as a body may: a sender that goes on sending nothing is told so, and its connection ends.
    @Test func slowBodyIsNotWaitedFor() async throws {
        try await live { verifier in
            let start = ContinuousClock.now
            let head =
                "POST /oauth2/v1/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            let answer = try await RawConnection(port: verifier.port, patience: 60).exchange(
                head + "Content-Length: 10\r\n\r\nab", isHalfClosed: false)
            #expect(answer.hasPrefix("HTTP/1.1 400"))
            #expect(start.duration(to: .now) < .seconds(55))
        }
    }
}

/// A TCP connection that sends a text, closes its sending half and reads what comes.
struct RawConnection {
    private let descriptor: Int32

    init(port: Int, patience seconds: Int = 5) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
        var timeout = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Sends and reads on a thread of its own, so that the server's tasks are not kept waiting.
    func exchange(_ text: String, isHalfClosed: Bool = true) async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: perform(text, isHalfClosed)) }
        }
    }

    private func perform(_ text: String, _ isHalfClosed: Bool) -> String {
        defer { close(descriptor) }
        _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
        if isHalfClosed { shutdown(descriptor, Int32(SHUT_WR)) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            all += buffer[..<count]
        }
        return String(decoding: all, as: UTF8.self)
    }
}
