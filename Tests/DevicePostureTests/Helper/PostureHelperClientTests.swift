// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import DevicePosture

/// The agent's side of the posture helper, against programs that sit in its place.
@Suite struct PostureHelperClientTests {
    private static let answer =
        #"{"version":1,"readings":{"secureBoot":{"state":"known","value":true,"source":"/sys/x","collectedAt":5,"#
        + #""privilege":"root"}}}"# + "\n"
    private static let me = geteuid()

    /// Why a client is told nothing; `nil` where it is told something.
    private func failure(
        at path: String, owner: UInt32 = me, within limit: Duration = .seconds(5)
    ) -> PostureHelperFailure? {
        do throws(PostureHelperFailure) {
            _ = try PostureHelperClient(path: path, owner: owner, timeLimit: limit).ask([.secureBoot])
            return nil
        } catch {
            return error
        }
    }

    private func failure(of body: @escaping @Sendable (Int32) -> Void) throws -> PostureHelperFailure? {
        let helper = try ScriptedHelper(body)
        defer { helper.finish() }
        return failure(at: helper.path, within: .seconds(2))
    }

    @Test("the request is the version and a letter for each question") func asks() throws {
        let helper = try ScriptedHelper { ScriptedHelper.send(Self.answer, on: $0) }
        let client = PostureHelperClient(path: helper.path, owner: Self.me)
        let snapshot = try client.ask([.secureBoot, .secureHardware])
        helper.finish()
        #expect(snapshot[.secureBoot]?.value == .boolean(true))
        #expect(helper.received.withLock { $0 } == Array("1bt\n".utf8))
    }

    @Test("a helper that is not there is absent") func absent() throws {
        #expect(failure(at: "/proc/nonexistent/s") == .absent)
        let abandoned = try ListeningNoMore()
        #expect(failure(at: abandoned.path) == .absent)
    }

    /// A socket whose listener is gone.
    private final class ListeningNoMore {
        let path: String
        private let folder: String
        init() throws {
            let helper = try ScriptedHelper()
            folder = FileManager.default.temporaryDirectory.path + "/gone-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            path = folder + "/s"
            guard rename(helper.path, path) == 0 else { throw POSIXError(.ENOENT) }
            helper.finish()
        }
        deinit { try? FileManager.default.removeItem(atPath: folder) }
    }

    @Test("a file or a link in the socket's place is not followed") func otherKinds() throws {
        let helper = try ScriptedHelper()
        defer { helper.finish() }
        let link = helper.folder + "/link"
        #expect(symlink(helper.path, link) == 0)
        #expect(failure(at: link) == .notASocket)
        let file = helper.folder + "/file"
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        #expect(failure(at: file) == .notASocket)
        let pipe = helper.folder + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(failure(at: pipe) == .notASocket)
    }

    @Test("a socket of another user is not connected to", .enabled(if: geteuid() == 0, "needs root"))
    func foreignSocket() throws {
        let helper = try ScriptedHelper()
        defer { helper.finish() }
        #expect(chown(helper.path, 4242, 4242) == 0)
        #expect(failure(at: helper.path, owner: 0) == .foreignSocket(4242))
        #expect(helper.received.withLock { $0.isEmpty })
    }

    @Test("another user who listens on root's socket is told nothing", .enabled(if: geteuid() == 0, "needs root"))
    func foreignListener() throws {
        let helper = try ScriptedHelper { ScriptedHelper.send(Self.answer, on: $0) }
        // The listener is root, and the one that is waited for is another: the same as the other way round.
        #expect(chown(helper.path, 4242, 4242) == 0)
        #expect(failure(at: helper.path, owner: 4242) == .foreignListener(0))
        helper.finish()
        #expect(helper.received.withLock { $0.isEmpty })
    }

    @Test("silence ends at the time limit") func silence() throws {
        let start = ContinuousClock.now
        let failure = try failure { connection in
            var byte: UInt8 = 0
            // Until the client is gone.
            _ = recv(connection, &byte, 1, 0)
        }
        #expect(failure == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("an answer without an end is cut off") func flood() throws {
        let failure = try failure { connection in
            let block = String(repeating: "x", count: 64 * 1024)
            for _ in 0..<64 { ScriptedHelper.send(block, on: connection) }
        }
        #expect(failure == .malformed)
    }

    @Test(
        "what is no answer is not believed",
        arguments: ["", "\n", "no\n", String(answer.dropLast()), answer + answer, "\u{0}\n"])
    func malformed(text: String) throws {
        #expect(try failure { ScriptedHelper.send(text, on: $0) } == .malformed)
    }

    @Test("a refusal is told as what it is") func refusals() throws {
        #expect(
            try failure { ScriptedHelper.send(#"{"version":1,"refused":"tooOften"}"# + "\n", on: $0) }
                == .refused(.tooOften))
    }

    @Test("a path that no socket can have is a failure, not the end") func longPath() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/" + String(repeating: "x", count: 120)
        #expect(failure(at: folder) == .absent)
    }

    // MARK: The collector

    private func collect(
        _ names: Set<SignalName>, at path: String, in system: SystemView = SystemView(root: "/")
    ) async -> [SignalName: SignalReading] {
        let client = PostureHelperClient(path: path, owner: Self.me, timeLimit: .seconds(2))
        return await PostureHelperCollector(client: client).collect(names, in: system)
    }

    private func reason(_ reading: SignalReading?) -> String? {
        if case .unknown(let reason) = reading?.state { reason } else { nil }
    }

    @Test("without a helper each signal is unknown, with what is to be done") func hint() async {
        let readings = await collect([.secureBoot, .secureHardwarePresent], at: "/proc/nonexistent/s")
        #expect(Set(readings.keys) == [.secureBoot, .secureHardwarePresent])
        for reading in readings.values {
            #expect(reason(reading)?.hasPrefix("needs the posture helper") == true)
            #expect(reason(reading)?.contains("systemctl enable --now countersign-posture-helper.socket") == true)
        }
    }

    @Test("a folder that stands for a machine has no helper, though this machine may") func folder() async throws {
        let helper = try ScriptedHelper { ScriptedHelper.send(Self.answer, on: $0) }
        let readings = await collect([.secureBoot], at: helper.path, in: try MachineFixture().system)
        helper.finish()
        #expect(reason(readings[.secureBoot])?.contains("a live system only") == true)
        #expect(helper.received.withLock { $0.isEmpty })
    }

    @Test("what the helper reads stands before what this user reads") func prefersRoot() async throws {
        let helper = try ScriptedHelper { ScriptedHelper.send(Self.answer, on: $0) }
        defer { helper.finish() }
        let collectors: [any SignalCollector] = [
            SecureBootCollector(),
            PostureHelperCollector(client: PostureHelperClient(path: helper.path, owner: Self.me)),
        ]
        let snapshot = await PostureCollector(
            collectors: collectors, system: SystemView(root: "/", userID: 1000)
        )
        .snapshot(of: [.secureBoot])
        #expect(snapshot[.secureBoot]?.source == "/sys/x")
        #expect(snapshot[.secureBoot]?.privilege == .root)
    }

    @Test("a reading that root did not make, and one that was not asked for, are dropped") func dropped() async throws {
        let text = Self.answer.replacing("\"root\"", with: "\"user\"")
        let helper = try ScriptedHelper { ScriptedHelper.send(text, on: $0) }
        let readings = await collect([.secureBoot], at: helper.path)
        helper.finish()
        #expect(reason(readings[.secureBoot])?.hasPrefix("needs a newer posture helper") == true)

        let other = try ScriptedHelper { ScriptedHelper.send(Self.answer, on: $0) }
        let others = await collect([.secureHardwarePresent], at: other.path)
        other.finish()
        #expect(Array(others.keys) == [.secureHardwarePresent])
    }

    @Test("the helper reads for whoever asks, with root's rights") func privilegedView() {
        let view = SystemView.privileged(for: 1000)
        #expect(view.userID == 1000 && view.privilege == .root && view.isLive)
        #expect(view.groupIDs == nil && SystemView.privileged(for: 1000, groupIDs: [7]).groupIDs == [7])
        #expect(view.environment.isEmpty && view.home == nil && view.facts == nil)
        #expect(SystemView(root: "/", userID: 1000).privilege == .user)
    }
}
