// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct NoticeServiceTests {
    /// A program that a test writes.
    private func script(_ body: String, in folder: TemporaryFolder) throws -> String {
        let path = folder.file("notify")
        try #require(
            FileManager.default.createFile(
                atPath: path, contents: Data("#!/bin/sh\n\(body)\n".utf8), attributes: [.posixPermissions: 0o700]))
        return path
    }

    private func enrolled(
        _ command: (TemporaryFolder) throws -> [String]
    ) async throws -> (world: VerifierWorld, folder: TemporaryFolder, userID: String) {
        let folder = try TemporaryFolder()
        let arguments = try command(folder)
        let world = try await VerifierWorld { $0.noticeCommand = arguments }
        let user = try await world.services.users.add(username: "bob", displayName: "Bob")
        _ = try await TestAgent(world: world).enroll(by: try await world.authority(of: user.id))
        return (world, folder, user.id)
    }

    private func waiting(_ world: VerifierWorld) async throws -> [Notice] {
        try await world.store.read { try $0.records(Notice.self, where: .second, is: Notice.awaiting) }
    }

    @Test func theCommandGetsTheNoticeAsJSON() async throws {
        let (world, folder, _) = try await enrolled { folder in
            [try script(#"cat > "$1"; echo "$2" >> "$1.arguments""#, in: folder), folder.file("out"), "$(id); `id`"]
        }
        try await world.services.notices.deliverPending()
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.file("out"))))
                as? [String: Any])
        #expect(object["notice"] as? String == "device_enrolled")
        #expect(object["username"] as? String == "bob")
        #expect((object["text"] as? String)?.contains("laptop") == true)
        #expect(try String(contentsOfFile: folder.file("out.arguments"), encoding: .utf8) == "$(id); `id`\n")
        #expect(try await waiting(world).isEmpty)
    }

    @Test func aCommandThatFailsIsTriedAgainLaterAndNotForEver() async throws {
        let (world, folder, _) = try await enrolled { folder in
            [try script(#"echo x >> "$1"; exit 3"#, in: folder), folder.file("out")]
        }
        func runs() -> Int { (try? String(contentsOfFile: folder.file("out"), encoding: .utf8))?.count ?? 0 }
        try await world.services.notices.deliverPending()
        #expect(runs() == 2)
        try await world.services.notices.deliverPending()
        #expect(runs() == 2)
        world.clock.advance(120)
        try await world.services.notices.deliverPending()
        #expect(runs() == 4)
        for _ in 0..<10 {
            world.clock.advance(100_000)
            try await world.services.notices.deliverPending()
        }
        #expect(runs() == 2 * Notice.maximumAttempts)
        #expect(try await waiting(world).isEmpty)
    }

    @Test func aMissingCommandIsTriedAgainLater() async throws {
        let (world, _, _) = try await enrolled { _ in ["/proc/nonexistent/command"] }
        try await world.services.notices.deliverPending()
        #expect(try await waiting(world).first?.failedAttempts == 1)
    }

    @Test func aCommandThatHangsIsEnded() async throws {
        let folder = try TemporaryFolder()
        let command = try #require(NoticeCommand([try script("exec sleep 60", in: folder)], timeLimit: 0.3))
        let user = User(id: "u", username: "bob", displayName: "Bob", createdAt: 0)
        let notice = Notice(
            id: "n", userID: "u", kind: .codeUsed, text: "text", createdAt: 0, awaitsDelivery: true, nextAttemptAt: 0)
        let start = ContinuousClock.now
        await #expect(throws: NoticeCommandError.timedOut) { try await command.deliver(notice, to: user) }
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test func aCommandThatDoesNotReadIsNoHarm() async throws {
        let folder = try TemporaryFolder()
        let command = try #require(NoticeCommand([try script("exit 0", in: folder)]))
        let user = User(id: "u", username: "bob", displayName: "Bob", createdAt: 0)
        let notice = Notice(
            id: "n", userID: "u", kind: .codeUsed, text: String(repeating: "t", count: 8000), createdAt: 0,
            awaitsDelivery: true, nextAttemptAt: 0)
        for _ in 0..<5 { try await command.deliver(notice, to: user) }
    }

    @Test func thePageShowsANoticeOnce() async throws {
        let (world, _, userID) = try await enrolled { _ in [] }
        #expect(try await world.services.notices.takeForPage(userID: userID).count == 1)
        #expect(try await world.services.notices.takeForPage(userID: userID).isEmpty)
        #expect(try await world.services.notices.takeForPage(userID: "00uOther").isEmpty)
    }
}
