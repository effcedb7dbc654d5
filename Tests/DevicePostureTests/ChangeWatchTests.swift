// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
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

    /// Services as collectors ask them, each with what it tells when something changed, by python-dbusmock.
    private static let services = """
        systemd = service("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")
        systemd.AddMethod("", "Subscribe", "", "", "")
        for unit in ("ssh_2eservice", "fprintd_2eservice"):
            systemd.AddObject("/org/freedesktop/systemd1/unit/" + unit, "org.freedesktop.systemd1.Unit", {"ActiveState": "active"}, [])
        service("org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1", "org.fedoraproject.FirewallD1")
        """

    private static let hasBus = PrivateBus.isInstalled && Tool.exists("gdbus")

    struct Told: Sendable, CustomTestStringConvertible {
        let service: String
        let path: String
        let call: String
        var testDescription: String { "\(path) \(call)" }

        static func unit(_ name: String) -> Told {
            Told(
                service: "org.freedesktop.systemd1", path: "/org/freedesktop/systemd1/unit/\(name)",
                call: "UpdateProperties org.freedesktop.systemd1.Unit \"{'ActiveState': <'inactive'>}\"")
        }

        static let reload = Told(
            service: "org.fedoraproject.FirewallD1", path: "/org/fedoraproject/FirewallD1",
            call: "EmitSignal org.fedoraproject.FirewallD1 Reloaded '' '[]'")

        /// Has the service tell it.
        func tell(on bus: PrivateBus) throws {
            let quoted = "gdbus call --address '\(bus.address)' --dest \(service) --object-path \(path)"
            _ = try Tool.run("/bin/sh", ["-c", "\(quoted) --method org.freedesktop.DBus.Mock.\(call)"])
        }
    }

    @Test(
        "what a service tells of is a change", .enabled(if: hasBus), .timeLimit(.minutes(1)),
        arguments: [Told.unit("ssh_2eservice"), .reload])
    func services(told: Told) async throws {
        let (settings, bus) = (try folder(), try PrivateBus(Self.services))
        defer { try? FileManager.default.removeItem(atPath: settings) }
        let watch = try ChangeWatch(system: system(settings: settings), systemBus: bus.address)
        let changed = Task.detached { try watch.wait() }
        try told.tell(on: bus)
        try await changed.value
    }

    @Test(
        "a unit that nobody asks for, such as one that a look starts, is no change",
        .enabled(if: hasBus))
    func otherUnits() throws {
        let bus = try PrivateBus(Self.services)
        let watch = try ServiceWatch(systemBus: bus.address)
        try Told.unit("fprintd_2eservice").tell(on: bus)
        #expect(watch.takeRelevant() == false)
        try Told.unit("ssh_2eservice").tell(on: bus)
        try Told.unit("fprintd_2eservice").tell(on: bus)
        #expect(watch.takeRelevant() == true)
        #expect(watch.takeRelevant() == false)
    }

    @Test("a bus that ends is told", .enabled(if: PrivateBus.isInstalled)) func busEnds() throws {
        var bus: PrivateBus? = try PrivateBus(Self.services)
        let watch = try ServiceWatch(systemBus: bus?.address)
        bus = nil
        var told: Bool? = false
        for _ in 0..<100 where told != nil {
            told = watch.takeRelevant()
            usleep(50_000)
        }
        #expect(told == nil)
    }

    @Test(arguments: [("ssh.service", "ssh_2eservice"), ("1a-b@.socket", "_31a_2db_40_2esocket")])
    func unitsHaveTheirObjects(name: String, object: String) {
        #expect(ServiceWatch.unitPath(name) == "/org/freedesktop/systemd1/unit/" + object)
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
