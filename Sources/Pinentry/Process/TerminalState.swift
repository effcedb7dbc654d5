// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The settings of a lent terminal, put back after a pinentry that was ended before it could do so.
struct TerminalState {
    private let name: String
    private let settings: termios

    /// Remembers the settings; `nil` where the surface is no terminal.
    init?(of surface: PromptSurface) {
        guard case .terminal(let terminal) = surface else { return nil }
        let descriptor = Self.open(terminal.name)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else { return nil }
        name = terminal.name
        self.settings = settings
    }

    /// Puts the settings back and leaves the full-screen mode of curses.
    func restore() {
        let descriptor = Self.open(name)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var settings = settings
        tcsetattr(descriptor, TCSANOW, &settings)
        let reset = Array("\u{1B}[?1049l\u{1B}[0m\u{1B}[?25h\r\n".utf8)
        _ = write(descriptor, reset, reset.count)
    }

    private static func open(_ name: String) -> Int32 {
        Glibc.open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    }
}
