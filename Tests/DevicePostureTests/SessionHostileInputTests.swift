// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// Every file of the session and of accounts with something else in its place.
@Suite struct SessionHostileInputTests {
    /// A file, and the machine on which it decides a signal.
    struct Place: Sendable, CustomTestStringConvertible {
        var signal: SignalName
        var path: String
        var desktop: String?
        var process: [String]?
        var displayManager: String?
        /// Whether bytes without a meaning are, for who reads them, the same as none.
        var skipsJunk = false

        var testDescription: String { "\(signal) \(path)" }
    }

    static let places: [Place] = [
        Place(signal: .screenLockType, path: "/home/alice/.config/kscreenlockerrc", desktop: "KDE", skipsJunk: true),
        Place(signal: .screenLockTimeout, path: "/etc/xdg/kscreenlockerrc", desktop: "KDE", skipsJunk: true),
        Place(
            signal: .screenLockType, path: "/home/alice/.config/\(XfceLock.channelFile)", desktop: "XFCE",
            process: ["xfce4-screensaver"], skipsJunk: true),
        Place(signal: .screenLockType, path: "/home/alice/.xscreensaver", desktop: "XFCE", process: ["xscreensaver"]),
        Place(
            signal: .screenLockType, path: "/home/alice/.config/swayidle/config", desktop: "sway",
            process: ["swayidle"],
            skipsJunk: true),
        Place(
            signal: .screenLockType, path: "/home/alice/.config/hypr/hypridle.conf", desktop: "Hyprland",
            process: ["hypridle"], skipsJunk: true),
        Place(
            signal: .screenLockType, path: "/home/alice/.config/\(CosmicLock.folder)/screen_off_time", desktop: "COSMIC"
        ),
        Place(signal: .screenLockEnforced, path: "/home/alice/.config/dconf/user", desktop: "GNOME"),
        Place(signal: .screenLockEnforced, path: "/usr/share/glib-2.0/schemas/gschemas.compiled", desktop: "GNOME"),
        Place(signal: .screenLockEnforced, path: "/etc/dconf/profile/user", desktop: "GNOME"),
        Place(signal: .autoLogin, path: "/etc/gdm/custom.conf", displayManager: "gdm"),
        Place(signal: .autoLogin, path: "/etc/sddm.conf", displayManager: "sddm", skipsJunk: true),
        Place(signal: .autoLogin, path: "/etc/lightdm/lightdm.conf", displayManager: "lightdm"),
        Place(signal: .autoLogin, path: "/etc/lightdm/lightdm.conf.d/1.conf", displayManager: "lightdm"),
        Place(signal: .autoLogin, path: "/etc/greetd/config.toml", displayManager: "greetd", skipsJunk: true),
        Place(signal: .autoLogin, path: "/etc/lxdm/lxdm.conf", displayManager: "lxdm"),
        Place(signal: .autoLogin, path: "/etc/systemd/system/getty@tty1.service.d/a.conf", skipsJunk: true),
        Place(signal: .autoLogin, path: "/usr/lib/systemd/system/serial-getty@.service", skipsJunk: true),
        Place(signal: .accountHasPassword, path: "/etc/passwd"),
        Place(signal: .accountHasPassword, path: "/etc/shadow"),
        Place(signal: .privilegedGroups, path: "/etc/passwd"),
        Place(signal: .privilegedGroups, path: "/etc/group", skipsJunk: true),
        Place(signal: .administrator, path: "/etc/sudoers"), Place(signal: .sudoWithoutPassword, path: "/etc/sudoers"),
        Place(signal: .duplicateRootAccounts, path: "/etc/passwd"),
    ]

    private func machine(_ place: Place) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.environment["XDG_CURRENT_DESKTOP"] = place.desktop
        if let process = place.process { machine.process(900, process) }
        try machine.folder("/etc/systemd/system")
        if let name = place.displayManager {
            let unit = "/usr/lib/systemd/system/\(name).service"
            machine.write(unit, "[Service]\nExecStart=/usr/bin/\(name)\n")
            machine.link("/etc/systemd/system/display-manager.service", to: unit)
        }
        machine.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n")
        machine.write("/etc/group", "alice:x:1000:\n")
        machine.write("/usr/bin/sudo", "")
        // The folder is there, and nothing in the file's place.
        machine.write(place.path, "")
        machine.remove(place.path)
        return machine
    }

    private func state(_ place: Place, _ machine: MachineFixture) async -> SignalState? {
        var view = machine.system
        view.userID = 1000
        let begin = ContinuousClock.now
        let state = await PostureCollector(system: view).snapshot(of: [place.signal])[place.signal]?.state
        #expect(ContinuousClock.now - begin < .seconds(2))
        return state
    }

    @Test(arguments: places)
    func aFolderInItsPlaceIsUnknown(place: Place) async throws {
        let machine = try machine(place)
        try machine.folder(place.path)
        #expect(await state(place, machine)?.isUnknown == true)
    }

    @Test(arguments: places)
    func aPipeInItsPlaceIsUnknownAndNotWaitedFor(place: Place) async throws {
        let machine = try machine(place)
        _ = try Tool.run("/usr/bin/mkfifo", [machine.root + place.path])
        #expect(await state(place, machine)?.isUnknown == true)
    }

    @Test(arguments: places)
    func linksInACircleAreUnknown(place: Place) async throws {
        let machine = try machine(place)
        machine.link(place.path, to: "/loop")
        machine.link("/loop", to: place.path)
        #expect(await state(place, machine)?.isUnknown == true)
    }

    @Test(arguments: places)
    func aHugeFileIsUnknown(place: Place) async throws {
        let machine = try machine(place)
        machine.write(place.path, [UInt8](repeating: UInt8(ascii: "\n"), count: 17 << 20))
        #expect(await state(place, machine)?.isUnknown == true)
    }

    /// Where a file of bytes without a meaning is the same as none to its own reader, it is to this one.
    @Test(arguments: places)
    func bytesWithoutAMeaningAreNoAnswer(place: Place) async throws {
        let machine = try machine(place)
        let nothing = await state(place, machine)
        for bytes in [[0], [UInt8](0...255), Array(repeating: 0xFF, count: 5000), Array("\u{0}=\u{0}[".utf8)] {
            machine.write(place.path, bytes)
            let state = await state(place, machine)
            #expect(state?.isUnknown == true || (place.skipsJunk && state == nothing), "\(bytes.prefix(8))")
        }
    }
}
