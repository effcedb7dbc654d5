// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import KeyAttestations
import Testing

/// A TPM in software, driven by tpm2-tools (Vectors/tpm-session).
private struct TPMSession {
    let folder: URL
    let script: URL

    static let isPossible = ["swtpm", "swtpm_setup", "swtpm_localca", "tpm2_createak"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tpm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        script = try #require(Bundle.module.url(forResource: "Vectors/tpm-session", withExtension: nil))
        try run("start")
    }

    func stop() {
        _ = try? run("stop")
        try? FileManager.default.removeItem(at: folder)
    }

    @discardableResult func run(_ arguments: String..., mayFail: Bool = false) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [script.path, folder.path] + arguments
        try process.run()
        process.waitUntilExit()
        if !mayFail { try #require(process.terminationStatus == 0, "\(arguments)") }
        return process.terminationStatus == 0
    }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }

    func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: folder.appending(path: name)) }

    /// A `TPMT_PUBLIC`, without the length that the tools write before it.
    func area(_ name: String) throws -> TPMPublicArea { try TPMPublicArea(Array(try read(name).dropFirst(2))) }
}

@Suite(.serialized, .enabled(if: TPMSession.isPossible, "swtpm and tpm2-tools are not installed"))
struct TPMCredentialTests {
    private static let secret = Array("a secret of thirty-two bytes....".utf8)

    @Test(.timeLimit(.minutes(2)), arguments: ["rsa", "ecc"])
    func aTPMOpensWhatWasSealedToItsKeys(kind: String) throws {
        let tpm = try TPMSession()
        defer { tpm.stop() }
        try tpm.run("keys", kind)
        let (ek, ak) = (try tpm.area("\(kind)-ek.pub"), try tpm.area("\(kind)-ak.pub"))
        #expect(try ak.name() == (try tpm.read("\(kind)-ak.name")))

        let credential = try TPMCredential.make(
            ek: ek, akName: try ak.name(), secret: SecretBytes(copying: Self.secret))
        try tpm.write(credential.credentialBlob, "\(kind)-blob")
        try tpm.write(credential.encryptedSecret, "\(kind)-encrypted")
        try tpm.run("activate", kind)
        #expect(try tpm.read("\(kind)-secret") == Self.secret)

        // A secret for another attestation key, and one that was tampered with, stay shut.
        var name = try ak.name()
        name[5] ^= 1
        let other = try TPMCredential.make(ek: ek, akName: name, secret: SecretBytes(copying: Self.secret))
        try tpm.write(other.credentialBlob, "\(kind)-blob")
        try tpm.write(other.encryptedSecret, "\(kind)-encrypted")
        #expect(try !tpm.run("activate", kind, mayFail: true))
    }

    @Test(.timeLimit(.minutes(2)))
    func theMakersCertificateOfARealTPMIsRead() throws {
        let tpm = try TPMSession()
        defer { tpm.stop() }
        try tpm.run("keys", "rsa")
        let identity = UnverifiedTPMIdentity(
            endorsementCertificates: [try tpm.read("ek-rsa.der")], endorsementKey: try tpm.area("rsa-ek.pub").bytes,
            attestationKey: try tpm.area("rsa-ak.pub").bytes)
        let makers = try TrustedCertificates(pem: try tpm.read("maker.pem"))
        let now = Int64(Date().timeIntervalSince1970)
        let verified = try AttestationVerifier(anchors: TrustAnchors(tpmMakers: makers)).verify(identity, at: now)
        #expect(verified.model.manufacturer == "id:00001014")
        #expect(verified.trustPath.count == 3)

        let sealed = try verified.seal(SecretBytes(copying: Self.secret))
        try tpm.write(sealed.credentialBlob, "rsa-blob")
        try tpm.write(sealed.encryptedSecret, "rsa-encrypted")
        try tpm.run("activate", "rsa")
        #expect(try tpm.read("rsa-secret") == Self.secret)
    }
}
