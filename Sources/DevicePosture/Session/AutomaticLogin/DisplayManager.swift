// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The program that shows the graphical login.
enum DisplayManager: Hashable, Sendable {
    case gdm, sddm, plasmaLogin, lightdm, greetd, lxdm, nodm
    /// One whose settings are not read; with its name.
    case other(String)

    private static let link = "/etc/systemd/system/display-manager.service"

    /// Reads the settings of the one that is active; others may be installed, and do not count.
    static func find(in system: SystemView) -> AutomaticLoginSurvey {
        var survey = AutomaticLoginSurvey()
        let active: DisplayManager?
        do throws(ReadFailure) {
            active = try self.active(in: system)
        } catch {
            survey.doubts.append("which display manager is active cannot be told: \(link) \(error.predicate)")
            return survey
        }
        switch active {
        case nil: survey.seen.append("display manager: none")
        case .gdm: GDMSettings.look(in: system, &survey)
        case .sddm: survey.look(at: "SDDM") { () throws(ReadFailure) in try SDDMSettings.logsIn(in: system) }
        case .plasmaLogin:
            survey.look(at: "Plasma Login Manager") { () throws(ReadFailure) in
                try SDDMSettings.plasmaLogsIn(in: system)
            }
        case .lightdm: survey.look(at: "LightDM") { () throws(ReadFailure) in try LightDMSettings.logsIn(in: system) }
        case .greetd: survey.look(at: "greetd") { () throws(ReadFailure) in try GreetdSettings.logsIn(in: system) }
        case .lxdm: survey.look(at: "LXDM") { () throws(ReadFailure) in try lxdmLogsIn(in: system) }
        // It does nothing else.
        case .nodm: survey.ways.append("nodm")
        case .other(let name):
            survey.doubts.append("the settings of the display manager \(name) are not read by this agent")
        }
        return survey
    }

    /// The display manager that a unit, service or program of this name is.
    init(named name: String) {
        self =
            switch name.split(separator: ".").first.map(String.init) ?? name {
            case "gdm", "gdm3": .gdm
            case "sddm", "sddm-greeter": .sddm
            case "plasmalogin": .plasmaLogin
            case "lightdm": .lightdm
            case "greetd", "cosmic-greeter", "cosmic-greeter-daemon": .greetd
            case "lxdm": .lxdm
            case "nodm": .nodm
            default: .other(name)
            }
    }

    /// The one that is started; `nil` for none.
    static func active(in system: SystemView) throws(ReadFailure) -> DisplayManager? {
        guard try ServiceManager.isSystemd(in: system) else { return try withoutSystemd(in: system) }
        let path: String
        do throws(ReadFailure) {
            path = try system.canonical(link)
        } catch ReadFailure.absent {
            return nil
        } catch {
            throw error
        }
        if path == "/dev/null" { return nil }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        guard name == "display-manager.service" else {
            // A link whose target is gone starts nothing.
            return try system.exists(path) ? DisplayManager(named: name) : nil
        }
        // A unit of this name itself, as NixOS makes it, says by its command what it starts.
        for command in UnitFile.commands(in: [try system.read(path)]) {
            for word in command.split(whereSeparator: { $0.isWhitespace || "=\"'".contains($0) }) {
                let program = DisplayManager(named: word.split(separator: "/").last.map(String.init) ?? "")
                if case .other = program { continue }
                return program
            }
        }
        return .other("of display-manager.service")
    }

    /// The one that OpenRC or runit start, or that Debian's scripts do.
    private static func withoutSystemd(in system: SystemView) throws(ReadFailure) -> DisplayManager? {
        var isKnown = false
        for folder in ["/etc/runlevels/default", "/var/service", "/etc/runit/runsvdir/default"] {
            guard try system.exists(folder) else { continue }
            isKnown = true
            for service in try system.list(folder) {
                if ["display-manager", "xdm"].contains(service) { return try openRC(in: system) }
                let found = DisplayManager(named: service)
                if case .other = found { continue }
                return found
            }
        }
        if let text = try system.readIfPresent("/etc/X11/default-display-manager") {
            let program = String(decoding: text, as: UTF8.self).trimmed.split(separator: "/").last.map(String.init)
            return program.map(DisplayManager.init(named:))
        }
        let usesInittab = try system.exists("/etc/inittab")
        guard isKnown || usesInittab else { throw .absent }
        return nil
    }

    private static func openRC(in system: SystemView) throws(ReadFailure) -> DisplayManager {
        for path in ["/etc/conf.d/display-manager", "/etc/conf.d/xdm"] {
            guard let bytes = try system.readIfPresent(path) else { continue }
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            where line.hasPrefix("DISPLAYMANAGER=") {
                let name = line.dropFirst(15).filter { $0 != "\"" && $0 != "'" }.trimmed
                return DisplayManager(named: name.split(separator: "/").last.map(String.init) ?? "")
            }
        }
        return .other("xdm")
    }

    private static func lxdmLogsIn(in system: SystemView) throws(ReadFailure) -> Bool {
        guard let bytes = try system.readIfPresent("/etc/lxdm/lxdm.conf") else { return false }
        return try KeyFile(parsing: bytes).value(of: "autologin", in: "base")?.isEmpty == false
    }
}

/// What starts services on this machine.
enum ServiceManager {
    /// Whether it is systemd: on a live system the one that runs, in a folder the one whose settings are there.
    static func isSystemd(in system: SystemView) throws(ReadFailure) -> Bool {
        if try system.exists("/run/systemd/system") { return true }
        return system.isLive ? false : try system.exists("/etc/systemd/system")
    }
}
