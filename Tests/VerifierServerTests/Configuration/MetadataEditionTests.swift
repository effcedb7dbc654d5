// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import KeyAttestations
import TOMLConfiguration
import Testing

@testable import VerifierServer

/// FIDO metadata across starts of the verifier, each on the same store.
@Suite struct MetadataEditionTests {
    private let authority: TestAuthority
    private let signer: TestAuthority.Certified

    init() throws {
        authority = try TestAuthority()
        signer = try authority.certify(
            "signer", subject: "/CN=mds.fidoalliance.org",
            extensions: ["subjectAltName = DNS:mds.fidoalliance.org", "basicConstraints = CA:FALSE"])
    }

    /// Writes a file of this number, as the FIDO Metadata Service signs it (§3.1.7 there).
    private func write(number: Int) throws {
        let chain = Data(signer.der).base64EncodedString()
        let header = "{\"alg\":\"ES256\",\"x5c\":[\"\(chain)\"]}"
        let payload = "{\"no\":\(number),\"nextUpdate\":\"2099-01-01\",\"entries\":[]}"
        let input = [header, payload].map { Base64URL.encode(Array($0.utf8)) }.joined(separator: ".")
        let signature = Base64URL.encode(try signer.key.sign(Array(input.utf8)))
        try Data("\(input).\(signature)".utf8).write(to: URL(filePath: authority.folder.file("blob")))
    }

    private func start(for use: VerifierServices.Use = .serving) async throws -> VerifierServices {
        let configuration = try VerifierConfiguration(
            toml: VerifierConfigurationTests.minimum + """
                [store]
                path = "verifier.sqlite"
                [attestation]
                fido_metadata = "blob"
                fido_metadata_roots = ["ca.pem"]
                """, directory: authority.folder.path)
        return try await VerifierServices(
            configuration: configuration, for: use, audit: AuditLog(sink: RecordingAuditSink()))
    }

    @Test func anOlderFileThanTheLastIsRefused() async throws {
        try write(number: 7)
        #expect(try await start().settings.attestation.anchors.fidoMetadata?.number == 7)
        try write(number: 6)
        let error = try await #require(throws: ConfigurationError.self) { _ = try await start() }
        #expect(error.key == "attestation.fido_metadata")
        #expect(error.problem.contains("number 6, and number 7 was read before"))
        #expect(error.hint?.contains("mds3.fidoalliance.org") == true)
        try write(number: 7)
        _ = try await start()
        try write(number: 9)
        _ = try await start()
        try write(number: 8)
        await #expect(throws: ConfigurationError.self) { _ = try await start() }
    }

    /// Somebody must be suspended even where the file is broken, or its signer's certificate has run out.
    @Test func administrationDoesNotReadTheFiles() async throws {
        try write(number: 7)
        let services = try await start(for: .administration)
        _ = try await services.users.add(username: "alice")
        try Data("broken".utf8).write(to: URL(filePath: authority.folder.file("blob")))
        await #expect(throws: ConfigurationError.self) { _ = try await start() }
        let others = try await start(for: .administration)
        #expect(try await others.users.suspend(username: "alice").status == .suspended)
        // Nothing was read, so that nothing is known of numbers.
        try write(number: 1)
        _ = try await start()
    }
}
