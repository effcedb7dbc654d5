// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import DevicePosture

@Suite struct ChangeWatchTests {
    /// The real kernel, with a folder of the test's own as the person's settings.
    private func system(settings: String) -> SystemView {
        SystemView(root: "/", environment: ["XDG_CONFIG_HOME": settings])
    }

    private func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/watch-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test(.timeLimit(.minutes(1))) func settingThatIsWrittenIsNoticed() async throws {
        let settings = try folder()
        defer { try? FileManager.default.removeItem(atPath: settings) }
        let watch = try ChangeWatch(system: system(settings: settings))
        let changed = Task.detached { try watch.wait() }
        try Data("Autolock=false\n".utf8).write(to: URL(filePath: settings + "/kscreenlockerrc"))
        try await changed.value
    }

    @Test(arguments: ["kscreenlockerrc~", ".kscreenlockerrc.swp", ".#file", "x.tmp"])
    func temporaryFilesDoNotMatter(name: String) {
        #expect(!FileWatch.matters(name))
    }

    @Test(arguments: ["kscreenlockerrc", "user", "sda1", ""])
    func allOthersDo(name: String) {
        #expect(FileWatch.matters(name))
    }

    /// One event of inotify(7), with the name padded as the kernel does.
    private func event(_ name: String, padding: Int = 0) -> [UInt8] {
        let length = UInt8(name.utf8.count + padding)
        return [1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, length, 0, 0, 0] + Array(name.utf8)
            + [UInt8](repeating: 0, count: padding)
    }

    @Test func namesAreReadFromABlockOfEvents() {
        let block = event("user", padding: 12) + event("") + event("passwd", padding: 2)
        #expect(FileWatch.names(in: block[...]) == ["user", "", "passwd"])
    }

    @Test func blockThatIsCutNamesWhatIsWhole() {
        let block = event("user", padding: 12) + event("passwd", padding: 2).dropLast(3)
        #expect(FileWatch.names(in: block[...]) == ["user"])
        #expect(FileWatch.names(in: block[5...].prefix(7)) == [])
    }
}
