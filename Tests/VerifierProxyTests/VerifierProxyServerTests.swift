// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTPSClient
import NIOPosix
import Synchronization
import TestSupport
import Testing
import WireProtocol

@testable import VerifierProxy

@Suite struct VerifierProxyServerTests {
    private let folder: TemporaryFolder
    private let list: VerifierList
    private let notes = Notes()
    private var socketPath: String { folder.path + "/proxy.sock" }

    private final class Notes: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    init() throws {
        folder = try TemporaryFolder()
        list = VerifierList(path: folder.path + "/verifiers")
    }

    private func start(alsoAllowed: Set<NetworkEndpoint> = []) async throws -> VerifierProxyServer {
        let notes = notes
        return try await VerifierProxyServer.start(
            VerifierProxyServer.Settings(
                socketPath: socketPath, list: list, alsoAllowed: alsoAllowed, note: { notes.add($0) }),
            group: MultiThreadedEventLoopGroup.singleton)
    }

    private func client(_ environment: [String: String] = [:]) -> HTTPSClient {
        HTTPSClient(
            .init(
                allowsPlainHTTP: true,
                connector: .init(socketPath: socketPath, proxies: EnvironmentProxies(environment))))
    }

    private func failure(_ body: () async throws -> some Any) async -> HTTPSClientError? {
        do {
            _ = try await body()
            return nil
        } catch { return error as? HTTPSClientError }
    }

    private func origin(_ text: String) throws -> Origin { try #require(Origin(text)) }

    // MARK: - Where to

    @Test func listedVerifierIsReached() async throws {
        let proxy = try await start()
        let verifier = try StubHTTPServer { _ in .init(200, body: "here") }
        try list.add(try origin(verifier.origin))
        let client = client()
        for _ in 0..<3 {
            #expect(try await client.send(HTTPSRequest(.post, verifier.origin, body: [1])).body == Array("here".utf8))
        }
        #expect(Set(verifier.requests.map(\.connection)) == [0])
        #expect(notes.all == [])
        await proxy.stop()
    }

    /// Plain HTTP goes to the machine's own name alone, so that no resolver is asked where that is.
    @Test func theMachinesOwnNameIsNotLookedUp() throws {
        #expect(NetworkEndpoint(host: "LOCALHOST", port: 8800).hosts == ["127.0.0.1", "::1"])
        for host in ["localhost.example", "notlocalhost", "id.example.com", "127.0.0.1", "::1"] {
            #expect(NetworkEndpoint(host: host, port: 8800).hosts == [host])
        }
    }

    @Test func otherPortIsAnotherVerifier() async throws {
        let proxy = try await start()
        let (verifier, other) = (try StubHTTPServer(), try StubHTTPServer())
        try list.add(try origin(verifier.origin))
        let failure = await failure { try await client().send(HTTPSRequest(.get, other.origin)) }
        #expect(failure?.code == .unreachable)
        #expect(failure?.message.contains("none of the verifiers that connections are made to") == true)
        #expect(other.requests.isEmpty)
        #expect(notes.all.map { $0.contains("no connection was made to 127.0.0.1:\(other.port)") } == [true])
        await proxy.stop()
    }

    @Test func anotherNameOfTheSameHostIsNotListed() async throws {
        let proxy = try await start()
        let verifier = try StubHTTPServer()
        try list.add(try origin(verifier.origin))
        let url = "http://localhost:\(verifier.port)"
        #expect(await failure { try await client().send(HTTPSRequest(.get, url)) }?.code == .unreachable)
        try list.add(try origin(url))
        #expect(try await client().send(HTTPSRequest(.get, url)).status == 200)
        await proxy.stop()
    }

    @Test func whatIsTakenOffTheListIsNotReachedAnew() async throws {
        let proxy = try await start()
        let verifier = try StubHTTPServer()
        try list.add(try origin(verifier.origin))
        #expect(try await client().send(HTTPSRequest(.get, verifier.origin)).status == 200)
        try list.keep([])
        #expect(await failure { try await client().send(HTTPSRequest(.get, verifier.origin)) }?.code == .unreachable)
        #expect(verifier.requests.count == 1)
        await proxy.stop()
    }

    @Test func listThatCannotBeReadAllowsNothing() async throws {
        let proxy = try await start()
        let verifier = try StubHTTPServer()
        try list.add(try origin(verifier.origin))
        #expect(chmod(list.path, 0o666) == 0)
        #expect(await failure { try await client().send(HTTPSRequest(.get, verifier.origin)) }?.code == .unreachable)
        #expect(notes.all.first?.contains("not a file that the person alone can write") == true)
        await proxy.stop()
    }

    @Test func withoutAListNothingIsAllowed() async throws {
        let proxy = try await start()
        let verifier = try StubHTTPServer()
        #expect(await failure { try await client().send(HTTPSRequest(.get, verifier.origin)) }?.code == .unreachable)
        await proxy.stop()
    }

    @Test func nobodyListeningIsSaid() async throws {
        let proxy = try await start()
        let port = try StubHTTPServer().port
        try list.add(try origin("http://127.0.0.1:\(port)"))
        let failure = await failure { try await client().send(HTTPSRequest(.get, "http://127.0.0.1:\(port)")) }
        #expect(failure?.code == .unreachable && failure?.message.contains("connection refused") == true)
        await proxy.stop()
    }

    @Test func unknownHostIsSaid() async throws {
        let proxy = try await start()
        try list.add(try origin("http://nowhere.invalid"))
        let failure = await failure { try await client().send(HTTPSRequest(.get, "http://nowhere.invalid")) }
        #expect(failure?.code == .unreachable && failure?.message.contains("no such host") == true)
        await proxy.stop()
    }

    // MARK: - Proxies of the network

    @Test func proxyOfTheEnvironmentIsReachedThroughIt() async throws {
        let network = try StubHTTPServer { _ in .init(200, body: "by the network's proxy") }
        let environment = ["http_proxy": "http://127.0.0.1:\(network.port)"]
        let proxy = try await start(
            alsoAllowed: Set(EnvironmentProxies(environment).endpoints.map(NetworkEndpoint.init(host:port:))))
        let response = try await client(environment).send(HTTPSRequest(.get, "http://id.example.com/path"))
        #expect(response.body == Array("by the network's proxy".utf8))
        #expect(network.requests.map(\.path) == ["http://id.example.com/path"])
        await proxy.stop()
    }

    @Test func loopbackVerifierIsReachedWithoutTheNetworksProxy() async throws {
        let (network, verifier) = (try StubHTTPServer(), try StubHTTPServer())
        let environment = ["http_proxy": "http://127.0.0.1:\(network.port)"]
        let proxy = try await start(
            alsoAllowed: Set(EnvironmentProxies(environment).endpoints.map(NetworkEndpoint.init(host:port:))))
        try list.add(try origin(verifier.origin))
        #expect(try await client(environment).send(HTTPSRequest(.get, verifier.origin)).status == 200)
        #expect(network.requests.isEmpty && verifier.requests.count == 1)
        await proxy.stop()
    }

    @Test func proxyThatSpeaksSOCKSIsRefusedWithAReason() async throws {
        let client = client(["all_proxy": "socks5://127.0.0.1:1"])
        let failure = await failure { try await client.send(HTTPSRequest(.get, "https://id.example.com")) }
        #expect(failure?.code == .unreachable && failure?.message.contains("speaks SOCKS") == true)
    }

    // MARK: - What comes in

    /// What the proxy answers to bytes, after a greeting where there is one, until it ends the connection.
    private func exchange(_ bytes: [UInt8], after greeting: [UInt8]? = nil) throws -> [UInt8] {
        let peer = try UnixPeer(socketPath)
        var answer: [UInt8] = []
        if let greeting {
            try peer.send(greeting)
            answer = peer.read(2)
        }
        try peer.send(bytes)
        return answer + peer.rest()
    }

    private static let greeting: [UInt8] = [5, 1, 0]

    private static func request(_ command: UInt8, port: Int) -> [UInt8] {
        [5, command, 0, 1, 127, 0, 0, 1, UInt8(port >> 8), UInt8(port & 255)]
    }

    @Test(arguments: [2, 3] as [UInt8]) func itOnlyConnects(_ command: UInt8) async throws {
        let proxy = try await start()
        let verifier = try StubHTTPServer()
        try list.add(try origin(verifier.origin))
        let answer = try exchange(Self.request(command, port: verifier.port), after: Self.greeting)
        #expect(answer.starts(with: [5, 0, 5, 7]))
        await proxy.stop()
    }

    @Test func clientThatWantsToProveWhoItIsIsRefused() async throws {
        let proxy = try await start()
        #expect(try exchange([5, 1, 2]) == [5, 0xFF])
        await proxy.stop()
    }

    @Test(
        arguments: [
            [4, 1, 0, 80, 127, 0, 0, 1, 0], Array("GET / HTTP/1.1\r\n\r\n".utf8), [0], [5, 0], [0xFF, 0xFF, 0xFF],
        ] as [[UInt8]])
    func whatIsNotSOCKSIsHungUpOn(_ bytes: [UInt8]) async throws {
        let proxy = try await start()
        #expect(try exchange(bytes).count <= 2)
        await proxy.stop()
    }

    @Test func addressOfAnotherKindIsHungUpOn() async throws {
        let proxy = try await start()
        #expect(try exchange([5, 1, 0, 9, 1, 2, 3], after: Self.greeting) == [5, 0])
        await proxy.stop()
    }

    @Test func silenceEndsTheConnection() async throws {
        let proxy = try await start()
        #expect(try exchange([]) == [])
        #expect(try exchange(Self.greeting) == [5, 0])
        await proxy.stop()
    }

    @Test func whatIsSentBeforeTheConnectionStandsArrives() async throws {
        let proxy = try await start()
        let verifier = try StubHTTPServer { _ in .init(200, headers: ["Connection": "close"], body: "early") }
        try list.add(try origin(verifier.origin))
        let http = Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
        let peer = try UnixPeer(socketPath)
        try peer.send(Self.greeting)
        #expect(peer.read(2) == [5, 0])
        try peer.send(Self.request(1, port: verifier.port) + http)
        peer.endSending()
        let answer = peer.rest()
        #expect(answer.starts(with: [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        #expect(String(decoding: answer, as: UTF8.self).hasSuffix("early"))
        await proxy.stop()
    }

    @Test func moreConnectionsThanItTakesAreHungUpOn() async throws {
        let proxy = try await start()
        let peers = try (0..<64).map { _ in try UnixPeer(socketPath) }
        for peer in peers { try peer.send(Self.greeting) }
        for peer in peers { #expect(peer.read(2) == [5, 0]) }
        let late = try UnixPeer(socketPath)
        #expect(late.rest() == [])
        await proxy.stop()
    }
}

/// A connection to a Unix socket.
private final class UnixPeer {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafeBytes(of: &name) {
            connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        try #require(connected == 0)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        try #require(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func read(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        return Array(bytes[..<max(0, recv(descriptor, &bytes, count, Int32(MSG_WAITALL)))])
    }

    /// All that comes until the end of the connection.
    func rest() -> [UInt8] {
        var all: [UInt8] = []
        while case let part = read(1), !part.isEmpty { all += part }
        return all
    }
}
