// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Sends requests to servers: TLS verified, no redirect followed, no cookie kept, everything bounded.
///
/// Connections are kept and used again. All of libcurl runs on one thread of the client's own, which starts with the first
/// request and ends with the client.
package final class HTTPSClient: Sendable {
    /// What holds for all requests of a client.
    package struct Configuration: Hashable, Sendable {
        /// A PEM file of certificate authorities to trust in place of the system's, or `nil`.
        package var authoritiesFile: String?
        /// How long a connection may take to stand, in milliseconds.
        package var connectTimeoutMillis: Int
        /// The longest body of an answer, in bytes.
        package var maximumResponseBytes: Int
        /// What the client calls itself.
        package var userAgent: String
        /// Whether `http` is spoken to other machines, too: only for answers that are signed, such as those of OCSP responders.
        package var allowsPlainHTTP: Bool
        /// What makes the client's connections in its place, or `nil` where it makes them itself.
        package var connector: Connector?

        /// A configuration.
        package init(
            authoritiesFile: String? = nil, connectTimeoutMillis: Int = 10_000, maximumResponseBytes: Int = 1024 * 1024,
            userAgent: String = "countersign", allowsPlainHTTP: Bool = false, connector: Connector? = nil
        ) {
            self.authoritiesFile = authoritiesFile
            self.connectTimeoutMillis = connectTimeoutMillis
            self.maximumResponseBytes = maximumResponseBytes
            self.userAgent = userAgent
            self.allowsPlainHTTP = allowsPlainHTTP
            self.connector = connector
        }
    }

    /// A SOCKS5 proxy on this machine that makes the connections of a process that can make none.
    package struct Connector: Hashable, Sendable {
        /// The Unix socket that it listens on: an absolute path.
        package var socketPath: String
        /// The proxies of the person's network, to which connections go through it.
        package var proxies: EnvironmentProxies

        /// A connector.
        package init(socketPath: String, proxies: EnvironmentProxies = EnvironmentProxies([:])) {
            self.socketPath = socketPath
            self.proxies = proxies
        }
    }

    private let configuration: Configuration
    private let thread = Mutex<TransferThread?>(nil)

    /// A client. Nothing is loaded or started before its first request.
    package init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    deinit { thread.withLock { $0?.stop() } }

    /// Sends a request and waits for the whole answer. Cancelling the task ends the exchange.
    package func send(_ request: HTTPSRequest) async throws(HTTPSClientError) -> HTTPSResponse {
        let thread = try runningThread(with: try await LoadedLibcurl.shared())
        let transfer = Transfer(request, configuration, by: thread.library)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                thread.submit(transfer, continuation)
            }
        } onCancel: {
            thread.cancel(transfer)
        }
        return try result.get()
    }

    private func runningThread(with library: LoadedLibcurl) throws(HTTPSClientError) -> TransferThread {
        try thread.withLock { (thread) throws(HTTPSClientError) in
            if let thread { return thread }
            let started = try TransferThread.start(with: library)
            thread = started
            return started
        }
    }
}
