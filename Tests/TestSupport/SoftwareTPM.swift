// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A TPM of a test's own: swtpm on two free ports of the loopback, with no resource manager, which ends with the last reference.
package final class SoftwareTPM: Sendable {
    /// Whether the programs are installed.
    package static let isInstalled = ["swtpm", "swtpm_setup", "tpm2_getcap"].allSatisfy {
        access("/usr/bin/\($0)", X_OK) == 0
    }

    /// Where the state is, and where tools run.
    package let folder: TemporaryFolder
    /// Where commands are taken.
    package let port: UInt16

    /// The way to it.
    package var tcti: String { "swtpm:host=127.0.0.1,port=\(port)" }

    /// Makes a TPM and starts it.
    ///
    /// - Parameter hasCertificate: whether its maker gave it an endorsement certificate (of an RSA key).
    package init(hasCertificate: Bool = false) throws {
        folder = try TemporaryFolder()
        port = try Self.freePorts()
        try folder.write(Self.setup(folder.path), to: "setup", mode: 0o700)
        if hasCertificate {
            guard system("'\(folder.path)/setup' >'\(folder.path)/setup.log' 2>&1") == 0 else {
                throw TemporaryFolderError(path: folder.read("setup.log"))
            }
        }
        try start()
    }

    deinit { stop() }

    /// Starts it, as after power came back.
    package func start() throws {
        let status = system(
            "mkdir -p '\(folder.path)/state' && exec swtpm socket --tpm2 --daemon --pid file='\(folder.path)/pid' "
                + "--server type=tcp,port=\(port),bindaddr=127.0.0.1 "
                + "--ctrl type=tcp,port=\(port + 1),bindaddr=127.0.0.1 --tpmstate dir='\(folder.path)/state' "
                + "--flags not-need-init,startup-clear >'\(folder.path)/swtpm.log' 2>&1")
        guard status == 0 else { throw TemporaryFolderError(path: folder.read("swtpm.log")) }
    }

    /// Ends it at once.
    package func stop() {
        guard let id = Int32(folder.read("pid").filter { !$0.isWhitespace }), id > 1 else { return }
        kill(id, SIGKILL)
        for _ in 0..<200 where kill(id, 0) == 0 { usleep(5_000) }
        unlink(folder.path + "/pid")
    }

    /// Runs tools of tpm2-tools, OpenSSL or the shell in the folder, with this TPM, and gives what they say.
    @discardableResult
    package func run(_ script: String) throws -> String {
        try folder.write("set -e\ncd '\(folder.path)'\nexport TPM2TOOLS_TCTI='\(tcti)'\n\(script)\n", to: "script")
        let path = folder.path
        guard system("timeout 60 bash '\(path)/script' >'\(path)/out' 2>'\(path)/err' </dev/null") == 0 else {
            throw TemporaryFolderError(path: "\(script): \(folder.read("out")) \(folder.read("err"))")
        }
        return folder.read("out")
    }

    /// Writes bytes for a tool.
    package func write(_ bytes: [UInt8], to name: String) throws {
        try folder.write("", to: name)
        let descriptor = open(folder.path + "/" + name, O_WRONLY | O_TRUNC | O_CLOEXEC)
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw TemporaryFolderError(path: name) }
    }

    /// What fills the TPM's slots: transient objects and sessions (TPM2_GetCapability).
    package func loadedHandles() -> [UInt32] { handles(from: 0x8000_0000) + handles(from: 0x0200_0000) }

    private func handles(from first: UInt32) -> [UInt32] {
        func bytes(_ number: UInt32) -> [UInt8] {
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
        }
        let command = [0x80, 0x01] + bytes(22) + bytes(0x17A) + bytes(1) + bytes(first) + bytes(64)
        guard let socket = Self.connect(port) else { return [0] }
        defer { close(socket) }
        guard Glibc.write(socket, command, command.count) == command.count else { return [0] }
        var answer = [UInt8](repeating: 0, count: 4096)
        let count = read(socket, &answer, answer.count)
        guard count >= 19 else { return [0] }
        return stride(from: 19, to: count - 3, by: 4).map { start in
            answer[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    /// A connection to a port of the loopback.
    package static func connect(_ port: UInt16) -> Int32? {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        if address(port, { Glibc.connect(socket, $0, $1) }) == 0 { return socket }
        close(socket)
        return nil
    }

    /// A socket that listens at a port of the loopback.
    package static func listen(_ port: UInt16) -> Int32? {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        var on: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        if address(port, { bind(socket, $0, $1) }) == 0, Glibc.listen(socket, 16) == 0 { return socket }
        close(socket)
        return nil
    }

    /// The port that a socket listens at.
    package static func port(of socket: Int32) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { getsockname(socket, $0.baseAddress, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func address(_ port: UInt16, _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { body($0.baseAddress, socklen_t(bytes.count)) }
        }
    }

    private static func freePorts() throws -> UInt16 {
        let (first, second) = try listenTwice()
        defer {
            close(first)
            close(second)
        }
        return port(of: first)
    }

    /// Two sockets that listen at a port that was free, and the next one.
    package static func listenTwice() throws -> (Int32, Int32) {
        for _ in 0..<100 {
            // Below the range that connections take theirs from, which tests that make many use up for a minute.
            let number = UInt16.random(in: 10240..<32000)
            guard let first = listen(number) else { continue }
            if let second = listen(number + 1) { return (first, second) }
            close(first)
        }
        throw TemporaryFolderError(path: "no two ports are free")
    }

    /// Makes the certificate with an authority of the TPM's own.
    private static func setup(_ path: String) -> String {
        """
        #!/bin/sh
        set -e
        cd '\(path)'
        mkdir -p state ca
        printf 'statedir = %s\\nsigningkey = %s/key.pem\\nissuercert = %s/cert.pem\\ncertserial = %s/serial\\n' \
            '\(path)/ca' '\(path)/ca' '\(path)/ca' '\(path)/ca' > localca.conf
        : > localca.options
        printf 'create_certs_tool = %s\\ncreate_certs_tool_config = %s\\ncreate_certs_tool_options = %s\\n' \
            /usr/bin/swtpm_localca '\(path)/localca.conf' '\(path)/localca.options' > setup.conf
        # Root alone becomes another user for it by default, and nobody else may ask for one.
        if [ "$(id -u)" -eq 0 ]; then set -- --runas root; fi
        exec swtpm_setup --tpm2 --tpmstate '\(path)/state' --create-ek-cert --config setup.conf "$@"
        """
    }
}
