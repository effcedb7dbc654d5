// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer

/// Where the configuration is, and what it leads to.
struct ConfigurationOptions: ParsableArguments {
    static let defaultPath = VerifierConfiguration.defaultPath

    @Option(
        name: .long, help: ArgumentHelp("The configuration file.", valueName: "file"),
        completion: .file(extensions: ["toml"]))
    var config = Self.defaultPath

    /// The file, checked.
    func load() throws -> VerifierConfiguration { try VerifierConfiguration(contentsOf: config) }

    /// The verifier's parts on its store, for a command that runs and ends, also while the server runs.
    func services() async throws -> VerifierServices {
        let configuration = try load()
        let audit = AuditLog(sink: try sink(configuration))
        return try await VerifierServices(configuration: configuration, for: .administration, audit: audit)
    }

    private func sink(_ configuration: VerifierConfiguration) throws -> any AuditSink {
        configuration.auditPath == "-" ? StandardErrorAuditSink() : try FileAuditSink(path: configuration.auditPath)
    }
}

/// Output in JSON.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON.")
    var json = false
}
