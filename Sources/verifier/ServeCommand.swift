// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Logging
internal import OpenTelemetry
internal import Tracing
internal import VerifierServer

/// `verifier serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the OpenID Provider.",
        discussion: """
            Listens on the address and port of the configuration until it gets SIGTERM or SIGINT; requests under way are \
            finished first. One line on standard error says when it listens. Plain HTTP is served on loopback addresses only.

            Example:
              verifier serve --config /etc/countersign/verifier.toml
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .warning
            return handler
        }
        let audit = AuditLog(
            sink: configuration.auditPath == "-" ? FileAuditSink() : try FileAuditSink(path: configuration.auditPath))
        let services = try await VerifierServices(configuration: configuration, audit: audit)
        let exporter = configuration.tracing.map { services.exporter(of: $0, version: Main.version) }
        if let exporter { InstrumentationSystem.bootstrap(exporter.tracer) }
        let listener = VerifierListener(
            configuration: configuration, services: services, logger: Logger(label: "verifier"))
        try await withThrowingTaskGroup { group in
            group.addTask { try await services.maintain() }
            if let exporter { group.addTask { await exporter.run() } }
            group.addTask {
                try await listener.run { port in
                    Console.note("ready: listening on \(configuration.address) port \(port) as \(configuration.issuer)")
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
