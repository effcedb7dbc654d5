// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import MessageBus

/// The desktop that the user sits at, which decides what locks the screen.
enum DesktopSession: Hashable, Sendable {
    /// The desktops whose lock can be read.
    enum Desktop: Hashable, Sendable {
        case gnome, budgie, pantheon, cinnamon, mate, kde, xfce, cosmic
        /// A Wayland compositor without a lock of its own; with its name.
        case compositor(String)
        /// A window manager of X without a lock of its own; with its name.
        case windowManager(String)
    }

    /// A graphical session.
    case desktop(Desktop)
    /// A graphical session of a desktop whose lock is not read; with its name.
    case other(String)
    /// No graphical session.
    case none
    /// It cannot be told.
    case unknown

    /// The folder of logind's sessions, one file each.
    static let sessionsPath = "/run/systemd/sessions"

    /// The session of the view's user: what the environment says, else what logind says.
    static func detect(in system: SystemView) -> DesktopSession {
        let names = (system.environment["XDG_CURRENT_DESKTOP"] ?? "").split(separator: ":").map(String.init)
        if !names.isEmpty { return named(names) }
        guard let sessions = try? system.list(sessionsPath) else { return asked(in: system) }
        var isGraphical = false
        var isComplete = true
        for session in sessions where !session.hasSuffix(".ref") {
            guard let bytes = try? system.read("\(sessionsPath)/\(session)") else {
                // It may have ended in between; or it is the one that matters.
                isComplete = false
                continue
            }
            let values = Dictionary(
                String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line -> (String, String)? in
                    let parts = line.split(separator: "=", maxSplits: 1)
                    return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
                }, uniquingKeysWith: { _, last in last })
            guard values["UID"] == String(system.userID), values["CLASS"]?.hasPrefix("user") ?? true,
                values["REMOTE"] != "1", ["x11", "wayland", "mir"].contains(values["TYPE"] ?? "")
            else { continue }
            isGraphical = true
            if let desktop = values["DESKTOP"], !desktop.isEmpty { return named([desktop]) }
        }
        let hasDisplay = system.environment["DISPLAY"] != nil || system.environment["WAYLAND_DISPLAY"] != nil
        return isGraphical || hasDisplay || !isComplete ? .unknown : .none
    }

    /// What logind answers about this process's session, or about the person's that has a display.
    private static func asked(in system: SystemView) -> DesktopSession {
        guard case .success(.dictionary(let session)) = system.services.answer(to: .ownSession),
            case .string(let type)? = session["Type"], case .string(let desktop)? = session["Desktop"]
        else { return .unknown }
        guard ["x11", "wayland", "mir"].contains(type), session["Remote"] != .boolean(true) else { return .unknown }
        return desktop.isEmpty ? .unknown : named([desktop])
    }

    private static func named(_ names: [String]) -> DesktopSession {
        for name in names {
            if let desktop = desktops[name.lowercased()] { return .desktop(desktop) }
        }
        return .other(names.joined(separator: ":"))
    }

    private static let desktops: [String: Desktop] = [
        "gnome": .gnome, "gnome-classic": .gnome, "gnome-flashback": .gnome, "ubuntu": .gnome, "unity": .gnome,
        "budgie": .budgie, "budgie-desktop": .budgie, "pantheon": .pantheon, "cosmic": .cosmic, "pop": .gnome,
        "x-cinnamon": .cinnamon, "cinnamon": .cinnamon, "mate": .mate, "kde": .kde,
        "plasma": .kde, "plasmawayland": .kde, "xfce": .xfce, "sway": .compositor("sway"),
        "hyprland": .compositor("Hyprland"), "river": .compositor("river"), "niri": .compositor("niri"),
        "labwc": .compositor("labwc"), "wayfire": .compositor("Wayfire"), "i3": .windowManager("i3"),
        "lxqt": .windowManager("LXQt"), "lxde": .windowManager("LXDE"), "bspwm": .windowManager("bspwm"),
        "awesome": .windowManager("awesome"),
    ]
}
