// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPSClient
import TestSupport
import Testing

/// Against `openssl s_server` with a certificate authority of the test's own.
@Suite struct TLSVerificationTests {
    private final class Server {
        private let files: TemporaryFolder
        let port: Int
        let process = Process()

        init(name: String) throws {
            files = try TemporaryFolder()
            let folder = files.path
            let free = try StubHTTPServer()
            port = free.port
            free.stop()
            try Self.run(
                "cd '\(folder)' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                    + "-subj /CN=test -addext 'subjectAltName=\(name)' -keyout key.pem -out cert.pem")
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [
                "-c",
                "cd '\(folder)' && exec openssl s_server -accept 127.0.0.1:\(port) -cert cert.pem -key key.pem -www",
            ]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            process.standardInput = FileHandle.nullDevice
            try process.run()
            for _ in 0..<200 where (try? RawHTTPConnection(port: port)) == nil { usleep(20_000) }
        }

        // It was started by a thread on which signals are blocked, and so is deaf to all others.
        deinit { kill(process.processIdentifier, SIGKILL) }

        var certificate: String { files.path + "/cert.pem" }

        private static func run(_ script: String) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", script]
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
        }
    }

    private func code(_ client: HTTPSClient, _ port: Int) async -> HTTPSClientError.Code? {
        do throws(HTTPSClientError) {
            _ = try await client.send(HTTPSRequest(.get, "https://127.0.0.1:\(port)/"))
            return nil
        } catch {
            return error.code
        }
    }

    @Test func unknownAuthorityIsNotTrusted() async throws {
        let server = try Server(name: "IP:127.0.0.1")
        #expect(await code(HTTPSClient(), server.port) == .untrusted)
    }

    @Test func givenAuthorityIsTrusted() async throws {
        let server = try Server(name: "IP:127.0.0.1")
        #expect(await code(HTTPSClient(.init(authoritiesFile: server.certificate)), server.port) == nil)
    }

    @Test func otherNameIsNotTrusted() async throws {
        let server = try Server(name: "DNS:other.example.com")
        #expect(await code(HTTPSClient(.init(authoritiesFile: server.certificate)), server.port) == .untrusted)
    }
}
