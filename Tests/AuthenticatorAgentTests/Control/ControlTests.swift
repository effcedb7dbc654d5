// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOPosix
import Pinentry
import Synchronization
import TestSupport
import Testing

@testable import AuthenticatorAgent

@Suite struct ControlTests {
    private let folder: TemporaryFolder
    private let path: String
    private let terminals = LentTerminals()
    private let links = ScriptedLinks()
    private let server: ControlServer

    init() async throws {
        folder = try TemporaryFolder()
        path = folder.path + "/agent.sock"
        server = try await ControlServer.start(
            path: path, group: MultiThreadedEventLoopGroup.singleton, terminals: terminals, links: links.answer
        ) { [terminals] in
            AgentStatus(
                version: "1.2.3", listening: ["127.0.0.1:61711"], since: 7, promptsOpen: 0,
                terminalsLent: await terminals.all.count)
        }
    }

    private func terminal(_ device: PseudoTerminal) throws -> PromptSurface.Terminal {
        try #require(PromptSurface.Terminal(name: device.name, type: "xterm", characterType: ""))
    }

    private func untilLent(_ count: Int) async {
        for _ in 0..<500 where await terminals.all.count != count { try? await Task.sleep(for: .milliseconds(10)) }
    }

    /// Sends bytes and reads what comes until the connection ends.
    private func exchange(_ text: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var received = ""
            do { for try await buffer in inbound { received += String(buffer: buffer) } } catch {}
            return received
        }
    }

    @Test func theStatusIsTold() async throws {
        let status = try await ControlClient(path: path).status()
        #expect(
            status
                == AgentStatus(
                    version: "1.2.3", listening: ["127.0.0.1:61711"], since: 7, promptsOpen: 0, terminalsLent: 0))
    }

    @Test func nobodyElseCanOpenTheSocket() {
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func aTerminalIsLentUntilTheCommandEnds() async throws {
        let device = try PseudoTerminal()
        let terminal = try terminal(device)
        let client = ControlClient(path: path)
        let started = Mutex(false)
        let attending = Task { try await client.attend(terminal) { started.withLock { $0 = true } } }
        await untilLent(1)
        #expect(await terminals.all == [terminal])
        #expect(started.withLock { $0 })
        attending.cancel()
        await untilLent(0)
        #expect(await terminals.all.isEmpty)
    }

    @Test func theTerminalLentLastIsAskedOnFirst() async throws {
        let first = try PseudoTerminal()
        let second = try PseudoTerminal()
        _ = await terminals.lend(try terminal(first))
        let loan = await terminals.lend(try terminal(second))
        #expect(await terminals.all.map(\.name) == [second.name, first.name])
        await terminals.takeBack(loan)
        #expect(await terminals.all.map(\.name) == [first.name])
    }

    @Test(arguments: ["/dev/null", "/dev/pts/99999", "/etc/passwd", "/dev/../etc/passwd"])
    func whatIsNoTerminalOfThisUserIsNotTaken(name: String) async throws {
        if name == "/dev/null", geteuid() == 0 { return }
        let answer = try await exchange(#"{"command":"attend","terminal":"\#(name)","terminalType":"xterm"}"# + "\n")
        #expect(answer.contains("not a terminal"))
        #expect(await terminals.all.isEmpty)
    }

    @Test func aFileAmongTheDevicesIsNoTerminal() async throws {
        let name = "/dev/shm/" + folder.path.split(separator: "/").joined(separator: "-")
        let file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer {
            close(file)
            unlink(name)
        }
        let answer = try await exchange(#"{"command":"attend","terminal":"\#(name)","terminalType":"xterm"}"# + "\n")
        #expect(answer.contains("not a terminal"))
        #expect(await terminals.all.isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give terminals away"))
    func anotherUsersTerminalIsNotTaken() async throws {
        let device = try PseudoTerminal()
        try #require(chown(device.name, 1234, gid_t.max) == 0)
        let answer = try await exchange(
            #"{"command":"attend","terminal":"\#(device.name)","terminalType":"xterm"}"# + "\n")
        #expect(answer.contains("not a terminal"))
        #expect(await terminals.all.isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can act as another user"))
    func anotherUserWhoReachesTheSocketIsNotAnswered() async throws {
        try #require(chmod(folder.path, 0o711) == 0 && chmod(path, 0o666) == 0)
        let path = path
        func answer(to uid: UInt32) async -> String {
            await BlockingThread.value { Self.ask("{\"command\":\"status\"}\n", at: path, as: uid) }
        }
        #expect(await answer(to: 0).contains("1.2.3"))
        #expect(await answer(to: 1234) == "")
    }

    /// Says something to a socket as another user, on a thread that ends with it: the kernel keeps users by thread.
    private static func ask(_ text: String, at path: String, as uid: UInt32) -> String {
        typealias Call = @convention(c) (Int, Int, Int, Int) -> Int
        guard let symbol = dlsym(nil, "syscall") else { return "no syscall" }
        let call = unsafeBitCast(symbol, to: Call.self)
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        #if arch(x86_64)
            let setresuid = 117
        #else
            let setresuid = 147
        #endif
        guard call(setresuid, Int(uid), Int(uid), Int(uid)) == 0 else { return "not that user" }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
        }
        guard result == 0 else { return "cannot connect" }
        _ = send(socket, text, text.utf8.count, Int32(MSG_NOSIGNAL))
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    @Test(arguments: ["nonsense\n", "{}\n", "{\"command\":\"shutdown\"}\n", "[]\n", "\n", "\u{0}\n"])
    func whatIsNoRequestIsRefused(text: String) async throws {
        #expect(try await exchange(text).contains("not a request"))
    }

    @Test func aLineWithoutEndIsCutOff() async throws {
        #expect(try await exchange(String(repeating: "x", count: 200_000)) == "")
    }

    @Test func whoSaysNothingIsCutOff() async throws {
        let started = ContinuousClock.now
        #expect(try await exchange("") == "")
        #expect(ContinuousClock.now - started < .seconds(8))
    }

    @Test func aSecondRequestOnAConnectionEndsIt() async throws {
        let request = "{\"command\":\"status\"}\n"
        let answer = try await exchange(request + request)
        #expect(answer.split(separator: "\n").count <= 1)
    }

    @Test func `a link's challenge is handed on whole, and its outcome told`() async throws {
        let challenge = "a.b." + String(repeating: "c", count: 65_000)
        try await ControlClient(path: path).answer(challenge)
        #expect(links.challenges == [challenge])
        let error = await #expect(throws: ControlError.self) { try await ControlClient(path: path).answer("refused") }
        #expect(error == .refused("no"))
        #expect(try await exchange(#"{"command":"challenge"}"# + "\n").contains("missing"))
    }

    @Test func `who hands a link on and goes away ends its prompt`() async throws {
        let client = ControlClient(path: path)
        let waiting = Task { try await client.answer("wait") }
        for _ in 0..<500 where links.challenges.isEmpty { try? await Task.sleep(for: .milliseconds(10)) }
        waiting.cancel()
        for _ in 0..<500 where !links.wasCancelled { try? await Task.sleep(for: .milliseconds(10)) }
        #expect(links.wasCancelled)
    }

    @Test func noAgentIsToldApart() async throws {
        let error = await #expect(throws: ControlError.self) {
            try await ControlClient(path: folder.path + "/other.sock").status()
        }
        #expect(error == .notRunning)
    }

    @Test func aSocketThatAFormerAgentLeftIsReplaced() async throws {
        await server.stop()
        let again = try await ControlServer.start(
            path: path, group: MultiThreadedEventLoopGroup.singleton, terminals: terminals, links: links.answer
        ) { AgentStatus(version: "2", listening: [], since: 0, promptsOpen: 0, terminalsLent: 0) }
        #expect(try await ControlClient(path: path).status().version == "2")
        await again.stop()
    }

    @Test func aPathThatIsTooLongIsTold() async throws {
        let path = "/tmp/" + String(repeating: "x", count: 120)
        await #expect(throws: ControlError.pathTooLong(path)) { try await ControlClient(path: path).status() }
    }
}

/// What becomes of challenges that links bring, by what they are called.
private final class ScriptedLinks: Sendable {
    private let seen = Mutex<(challenges: [String], wasCancelled: Bool)>(([], false))

    var challenges: [String] { seen.withLock { $0.challenges } }
    var wasCancelled: Bool { seen.withLock { $0.wasCancelled } }

    @Sendable func answer(_ challenge: String) async -> String? {
        seen.withLock { $0.challenges.append(challenge) }
        if challenge == "wait" {
            try? await Task.sleep(for: .seconds(60))
            seen.withLock { $0.wasCancelled = Task.isCancelled }
        }
        return challenge == "refused" ? "no" : nil
    }
}
