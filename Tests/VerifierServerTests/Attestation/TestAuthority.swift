// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import TestSupport
import Testing

/// A certificate authority of a test's own, kept by OpenSSL's command line.
final class TestAuthority: Sendable {
    /// A certificate and its key.
    struct Certified: Sendable {
        let name: String
        let key: PrivateKey
        let der: [UInt8]
    }

    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Data().write(to: URL(filePath: folder.file("index.txt")))
        try openssl(
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"]
                + ["-subj", "/CN=Test Authority", "-keyout", "ca.key", "-out", "ca.pem"])
    }

    var rootFile: String { folder.file("ca.pem") }

    func anchors() throws -> TrustedCertificates {
        try TrustedCertificates(pem: Array(try Data(contentsOf: URL(filePath: rootFile))))
    }

    /// Runs the command in the authority's folder; what is not there yet is there after.
    @discardableResult
    func openssl(_ arguments: [String]) throws -> Process {
        let process = start(arguments)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
        return process
    }

    private func start(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(filePath: folder.path)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }

    /// Certifies a new key on P-256.
    ///
    /// - Parameters:
    ///   - name: of the files, too.
    ///   - extensions: lines of OpenSSL's configuration.
    ///   - issuer: `ca`, or the name of another that was certified.
    func certify(
        _ name: String, subject: String? = nil, serial: Int = 0x1001, extensions: [String], by issuer: String = "ca"
    ) throws -> Certified {
        try Data(extensions.map { $0 + "\n" }.joined().utf8).write(to: URL(filePath: folder.file("\(name).cnf")))
        try openssl(
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8"]
                + ["-subj", subject ?? "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).csr"])
        try openssl(
            ["x509", "-req", "-in", "\(name).csr", "-CA", "\(issuer).pem", "-CAkey", "\(issuer).key", "-sha256"]
                + ["-set_serial", "\(serial)", "-days", "3000", "-extfile", "\(name).cnf", "-out", "\(name).pem"])
        try openssl(
            ["pkcs8", "-topk8", "-in", "\(name).key", "-outform", "DER", "-v2", "aes-256-cbc", "-passout", "pass:x"]
                + ["-out", "\(name).p8"])
        return Certified(
            name: name,
            key: try PrivateKey(
                encryptedPKCS8: Array(try Data(contentsOf: URL(filePath: folder.file("\(name).p8")))),
                passphrase: SecretBytes(copying: Array("x".utf8))),
            der: try Certificate(pem: Array(try Data(contentsOf: URL(filePath: folder.file("\(name).pem"))))).der)
    }

    /// A responder (`openssl ocsp`) for the certificates of this authority, until it is let go.
    final class Responder: Sendable {
        private let process: Process

        fileprivate init(_ process: Process) { self.process = process }

        /// By a signal that it has not inherited as blocked, as it has others from the thread that started it.
        func stop() {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }

        deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    }

    /// Starts a responder that knows one serial number.
    ///
    /// - Parameters:
    ///   - signer: whose key signs the answers; files of the authority's folder without their ending.
    ///   - minutes: until an answer's `nextUpdate`; `nil` for none.
    func respond(
        on port: Int, about serial: Int = 0x1001, isRevoked: Bool = false, signer: String = "ca", minutes: Int? = 5
    ) throws -> Responder {
        let state = isRevoked ? "R\t351231235959Z\t260101000000Z" : "V\t351231235959Z\t"
        let line = "\(state)\t\(String(serial, radix: 16))\tunknown\t/CN=card\n"
        try Data(line.utf8).write(to: URL(filePath: folder.file("index.txt")))
        let process = start(
            ["ocsp", "-index", "index.txt", "-port", "\(port)", "-CA", "ca.pem"]
                + ["-rsigner", "\(signer).pem", "-rkey", "\(signer).key"]
                + (minutes.map { ["-nmin", "\($0)"] } ?? []))
        // It serves one connection at a time, and waits for ever on one that asks nothing: its own word must do.
        let log = URL(filePath: folder.file("responder.log"))
        try Data().write(to: log)
        process.standardOutput = try FileHandle(forWritingTo: log)
        try process.run()
        let responder = Responder(process)
        for _ in 0..<300 {
            if String(decoding: try Data(contentsOf: log), as: UTF8.self).contains("ACCEPT") { return responder }
            usleep(20_000)
        }
        throw TestFailure("openssl ocsp does not begin to listen")
    }

    /// The file of a list on which nobody is.
    func revocationList() throws -> String {
        let lines = "[ca]\ndefault_ca = all\n[all]\ndatabase = index.txt\ndefault_md = sha256\ndefault_crl_days = 30\n"
        try Data(lines.utf8).write(to: URL(filePath: folder.file("ca.cnf")))
        try openssl(["ca", "-config", "ca.cnf", "-gencrl", "-cert", "ca.pem", "-keyfile", "ca.key", "-out", "ca.crl"])
        return folder.file("ca.crl")
    }

    /// A port of this machine on which nobody listens.
    static func freePort() throws -> Int {
        let stub = try StubHTTPServer()
        stub.stop()
        return stub.port
    }
}
