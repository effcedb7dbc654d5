// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing
import VerifierProxy
import WireProtocol

/// A process with a verifier proxy and the filter of sockets in force, as the agent has them.
@Suite struct ConfinedProcessTests {
    private let folder: TemporaryFolder
    private let server: StubHTTPServer
    private var list: VerifierList { VerifierList(path: folder.path + "/verifiers") }

    init() throws {
        folder = try TemporaryFolder()
        server = try StubHTTPServer()
    }

    private static let program: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let text = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(text[..<(text.lastIndex(of: "/") ?? text.startIndex)]) + "/confined"
    }()

    /// What a Python script prints that runs so; what it raises is printed by its name and number.
    private func output(of script: String, confined: Bool = true) throws -> String {
        try folder.write(
            "import ctypes, os, socket, struct\ntry:\n" + script.split(separator: "\n").map { "    \($0)\n" }.joined()
                + "except OSError as error:\n    print('refused', error.errno)\n", to: "script.py")
        let before = confined ? "'\(Self.program)' '\(folder.path)/proxy.sock' '\(list.path)' " : ""
        #expect(
            system("\(before)/usr/bin/python3 -I '\(folder.path)/script.py' >'\(folder.path)/output' 2>&1 </dev/null")
                == 0)
        return folder.read("output")
    }

    private var connection: String { "socket.create_connection(('127.0.0.1', \(server.port)))\nprint('connected')" }

    @Test func itConnectsToNobody() throws {
        #expect(try output(of: connection, confined: false) == "connected\n")
        #expect(try output(of: connection) == "refused \(EAFNOSUPPORT)\n")
    }

    @Test(arguments: ["AF_INET, socket.SOCK_DGRAM", "AF_INET6, socket.SOCK_STREAM", "AF_INET6, socket.SOCK_DGRAM"])
    func itMakesNoSocketThatReachesBeyondTheMachine(_ kind: String) throws {
        #expect(try output(of: "socket.socket(socket.\(kind))\nprint('made')", confined: false) == "made\n")
        #expect(try output(of: "socket.socket(socket.\(kind))\nprint('made')") == "refused \(EAFNOSUPPORT)\n")
    }

    @Test(arguments: ["AF_UNIX, socket.SOCK_STREAM", "AF_NETLINK, socket.SOCK_RAW"])
    func itMakesSocketsOfTheMachinesOwn(_ kind: String) throws {
        #expect(try output(of: "socket.socket(socket.\(kind))\nprint('made')") == "made\n")
    }

    /// 425 is `io_uring_setup` on every architecture.
    @Test func ioUringIsRefused() throws {
        let script = """
            library = ctypes.CDLL(None, use_errno=True)
            made = library.syscall(425, 1, ctypes.create_string_buffer(120))
            print(ctypes.get_errno() if made < 0 else 'made')
            """
        #expect(try output(of: script) == "\(EPERM)\n")
    }

    @Test func programsThatItStartsAreNoFreer() throws {
        let script = """
            os.posix_spawn('/usr/bin/python3', ['python3', '-Ic', 'import socket; socket.socket()'], {})
            print(os.wait()[1])
            """
        #expect(try output(of: script, confined: false) == "0\n")
        #expect(try output(of: script).hasSuffix("256\n"))
    }

    @Test func itReachesListedVerifiersByItsProxy() throws {
        let origin = try #require(Origin(server.origin))
        let script = """
            proxy = socket.socket(socket.AF_UNIX)
            proxy.connect('\(folder.path)/proxy.sock')
            proxy.sendall(bytes([5, 1, 0]))
            proxy.recv(2, socket.MSG_WAITALL)
            proxy.sendall(bytes([5, 1, 0, 1, 127, 0, 0, 1]) + struct.pack('>H', \(server.port)))
            print(proxy.recv(2, socket.MSG_WAITALL)[1])
            """
        #expect(try output(of: script) == "2\n")
        try list.add(origin)
        #expect(try output(of: script) == "0\n")
    }

    @Test func proxyEndsWithTheProcessThatItServes() throws {
        let script = "print(len([each for each in os.listdir('/proc') if each.isdigit() and \(isProxy)]))"
        #expect(try output(of: script) == "1\n")
        var left = ""
        for _ in 0..<200 {
            left = try output(of: script, confined: false)
            if left == "0\n" { break }
            usleep(20_000)
        }
        #expect(left == "0\n")
    }

    /// The socket's path is unique, and an argument of what started the proxy.
    private var isProxy: String {
        "'\(folder.path)/proxy.sock' in open(f'/proc/{each}/cmdline').read()"
            + " and 'verifier-proxy' in open(f'/proc/{each}/comm').read()"
    }
}
