// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
package import Logging
internal import NIOCore
internal import NIOSSL

/// Serves the verifier on its address until it is told to stop.
package struct VerifierListener: Sendable {
    private let configuration: VerifierConfiguration
    private let services: VerifierServices
    private let logger: Logger

    /// A listener.
    package init(configuration: VerifierConfiguration, services: VerifierServices, logger: Logger) {
        self.configuration = configuration
        self.services = services
        self.logger = logger
    }

    /// Listens until SIGTERM or SIGINT; requests under way are finished first.
    ///
    /// - Parameter onListening: told the port once connections are accepted.
    /// - Throws: ``ListenerError``.
    package func run(onListening: @escaping @Sendable (Int) async -> Void) async throws {
        let application = try application(onListening: onListening)
        try await withThrowingTaskGroup { group in
            if let metrics = configuration.metrics {
                let monitoring = monitoring(metrics)
                // It has no end of its own: signals end the verifier, and the verifier ends it.
                group.addTask {
                    try await Self.run(metrics.address, metrics.port) {
                        try await monitoring.runService(gracefulShutdownSignals: [])
                    }
                }
            }
            group.addTask { [configuration] in
                try await Self.run(configuration.address, configuration.port) { try await application.runService() }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static func run(_ address: String, _ port: Int, _ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as IOError {
            throw ListenerError.cannotListen(
                address: address, port: port, isInUse: error.errnoCode == EADDRINUSE,
                reason: String(describing: error))
        }
    }

    /// What monitoring asks, in plain HTTP: nothing of it is secret, and whom it answers is said by the configuration.
    package func monitoring(_ metrics: VerifierConfiguration.Metrics) -> some ApplicationProtocol {
        Application(
            router: VerifierApplication(configuration: configuration, services: services).monitoringRouter(
                for: metrics),
            server: plain,
            configuration: ApplicationConfiguration(address: .hostname(metrics.address, port: metrics.port)),
            logger: logger)
    }

    /// The application that listens.
    package func application(
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws -> some ApplicationProtocol {
        Application(
            router: VerifierApplication(configuration: configuration, services: services).router(),
            server: try server(),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.address, port: configuration.port)),
            onServerRunning: { await onListening($0.localAddress?.port ?? 0) }, logger: logger)
    }

    private var plain: HTTPServerBuilder {
        HTTPServerBuilder { responder in
            EventLoopConnection(
                base: HTTP1Channel(
                    responder: responder,
                    configuration: HTTP1Channel.Configuration(
                        idleTimeout: .seconds(30),
                        httpDecoderConfiguration: .init(
                            maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100))))
        }
    }

    private func server() throws(ListenerError) -> HTTPServerBuilder {
        let http = plain
        guard let files = configuration.tls else {
            guard IPAddress(configuration.address)?.isLoopback == true else {
                throw .plainOutsideLoopback(address: configuration.address)
            }
            return http
        }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificate).map {
                NIOSSLCertificateSource.certificate($0)
            }
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem)))
            tls.minimumTLSVersion = .tlsv12
            tls.applicationProtocols = ["http/1.1"]
            // A key that is not the certificate's shows here alone.
            _ = try NIOSSLContext(configuration: tls)
            return try .tls(http, tlsConfiguration: tls)
        } catch {
            throw .badCertificate(certificate: files.certificate, key: files.key)
        }
    }
}

/// Why the verifier cannot listen.
package enum ListenerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The address or port is not to be had.
    case cannotListen(address: String, port: Int, isInUse: Bool, reason: String)
    /// Plain HTTP on an address that others reach.
    case plainOutsideLoopback(address: String)
    /// The TLS files are no certificate chain with its key.
    case badCertificate(certificate: String, key: String)

    package var description: String {
        switch self {
        case .cannotListen(let address, let port, true, _): "cannot listen on \(address) port \(port): it is in use"
        case .cannotListen(let address, let port, false, let reason):
            "cannot listen on \(address) port \(port): \(reason)"
        case .plainOutsideLoopback(let address):
            "will not serve plain HTTP on \(address), which is not a loopback address"
        case .badCertificate(let certificate, let key): "cannot use the certificate \(certificate) with the key \(key)"
        }
    }

    /// What to do about it.
    package var hint: String {
        switch self {
        case .cannotListen(_, _, true, _): "stop the other program, or choose another port under [listen]"
        case .cannotListen: "check the address and port under [listen]"
        case .plainOutsideLoopback:
            "name a certificate under [tls], or listen on 127.0.0.1 behind a proxy that speaks TLS"
        case .badCertificate: "both must be readable PEM files, the chain with the server's own certificate first"
        }
    }
}
