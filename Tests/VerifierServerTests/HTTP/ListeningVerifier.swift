// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPSClient
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Testing

/// A verifier that listens on a loopback port of the moment.
struct ListeningVerifier: Sendable {
    let port: Int
    private let client = HTTPSClient()

    private init(port: Int) { self.port = port }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> HTTPSResponse {
        try await client.send(HTTPSRequest(.get, "http://127.0.0.1:\(port)\(path)", headers: headers))
    }

    /// Runs a test while an application listens, wherever it would listen otherwise.
    static func run<Answer: Sendable>(
        _ application: some ApplicationProtocol,
        _ test: @escaping @Sendable (ListeningVerifier) async throws -> Answer
    ) async throws -> Answer {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let moved = MovedApplication(base: application, listening: listening)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { listening.finish() }
                try await moved.runService(gracefulShutdownSignals: [])
            }
            defer { group.cancelAll() }
            guard let port = await ports.first(where: { _ in true }) else {
                try await group.waitForAll()
                throw Ended()
            }
            return try await test(ListeningVerifier(port: port))
        }
    }

    private struct Ended: Error {}
}

/// An application that listens on a loopback port that is free, and tells it.
private struct MovedApplication<Base: ApplicationProtocol>: ApplicationProtocol {
    let base: Base
    let listening: AsyncStream<Int>.Continuation

    var responder: Base.Responder { get async throws { try await base.responder } }
    var server: HTTPServerBuilder { base.server }
    var eventLoopGroup: any EventLoopGroup { base.eventLoopGroup }
    var configuration: ApplicationConfiguration { base.configuration.with(address: .hostname("127.0.0.1", port: 0)) }
    var logger: Logger { base.logger }

    @Sendable func onServerRunning(_ channel: any Channel) async {
        if let port = channel.localAddress?.port { listening.yield(port) }
    }
}
