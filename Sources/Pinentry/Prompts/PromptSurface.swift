// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Where a prompt can be shown.
package enum PromptSurface: Hashable, Sendable {
    /// A desktop, by the variables that lead to it (`WAYLAND_DISPLAY`, `DISPLAY`, `XAUTHORITY`, …).
    case display(variables: [String: String])
    /// A terminal that somebody sits at.
    case terminal(Terminal)

    /// A terminal as pinentry wants it named.
    package struct Terminal: Hashable, Sendable {
        /// The device, such as `/dev/pts/3`.
        package var name: String
        /// The value of `TERM` there.
        package var type: String
        /// The value of `LC_CTYPE` there.
        package var characterType: String

        /// A terminal, or `nil` where a name is not one: only plain letters, digits and `/ . _ - @ +`, at most 64 of them.
        package init?(name: String, type: String, characterType: String) {
            guard name.hasPrefix("/dev/"), !name.contains(".."),
                [name, type, characterType].allSatisfy({ Self.isPlain($0) }), !type.isEmpty
            else { return nil }
            self.name = name
            self.type = type
            self.characterType = ["", "C", "POSIX"].contains(characterType) ? "C.UTF-8" : characterType
        }

        private static func isPlain(_ text: String) -> Bool {
            text.utf8.count <= 64
                && text.unicodeScalars.allSatisfy {
                    $0.isASCII
                        && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                            || "/._-@+".unicodeScalars.contains($0))
                }
        }
    }

    /// The variables that lead to a desktop, or to the person's session bus.
    static let displayVariables = [
        "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_SESSION_TYPE",
        "XDG_CURRENT_DESKTOP",
    ]

    /// The environment of a pinentry that shows itself here.
    ///
    /// On a terminal the desktop's variables are taken out, so that a graphical pinentry falls back to curses.
    func environment(from base: [String: String]) -> [String: String] {
        switch self {
        case .display(let variables):
            return base.merging(variables) { _, new in new }
        case .terminal(let terminal):
            var environment = base.filter { !Self.displayVariables.contains($0.key) }
            environment["TERM"] = terminal.type
            environment["LC_CTYPE"] = terminal.characterType
            environment["GPG_TTY"] = terminal.name
            return environment
        }
    }

    /// The pinentry options that lead here.
    var options: [String] {
        switch self {
        case .display(let variables): variables["DISPLAY"].map { ["display=\($0)"] } ?? []
        case .terminal(let terminal):
            ["ttyname=\(terminal.name)", "ttytype=\(terminal.type)", "lc-ctype=\(terminal.characterType)"]
        }
    }

    /// Whether texts here must be plain ASCII.
    var isASCIIOnly: Bool {
        if case .terminal(let terminal) = self { !terminal.characterType.lowercased().contains("utf") } else { false }
    }
}
