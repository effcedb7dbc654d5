// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import TOMLConfiguration
internal import WireProtocol

extension VerifierConfiguration {
    /// `[tracing]`: without the table nothing is traced.
    static func tracing(
        _ root: ConfigurationTable, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> Tracing? {
        guard root.has("tracing") else { return nil }
        let section = try root.section("tracing")
        let endpoint = try section.required("endpoint")
        guard let origin = Origin(ofURL: endpoint), origin.scheme == "https" || origin.isLoopback else {
            throw ConfigurationError(
                section.name("endpoint"), "must be an https URL; plain http is for loopback hosts only",
                hint: "collectors take traces at a path of their own, such as https://collector.example.com/v1/traces")
        }
        let tracing = Tracing(
            endpoint: endpoint, authorization: try authorization(section, files),
            percent: try section.number("percent", in: 1...100) ?? 100)
        try section.finish()
        return tracing
    }

    private static func authorization(
        _ section: ConfigurationTable, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> String? {
        guard let path = try section.string("authorization_file") else { return nil }
        let name = section.name("authorization_file")
        let text = try ConfigurationFile.secret(at: files.resolve(path), key: name)
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw ConfigurationError(
                name, "names a file that is not one line of printable ASCII",
                hint: "it holds all of the header's value, such as Bearer and the token")
        }
        return text
    }
}
