// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DesktopNotifications
internal import Glibc
internal import Pinentry

/// Tells the person that hardware waits for them, on the desktop and on every terminal that is there, and takes the message back.
struct HardwareNotice: Sendable {
    let surfaces: any PromptSurfaceSource
    let notifier: DesktopNotifier

    /// A message that is shown, and how it is taken back.
    struct Shown: Sendable {
        fileprivate var desktop: DesktopNotifier.Shown?
        fileprivate var terminals: [PromptSurface.Terminal] = []
    }

    /// Shows a message where it can be; nothing is shown where there is no place, for the hardware blinks as well.
    func show(_ text: HardwareText) async -> Shown {
        var shown = Shown()
        for surface in await surfaces.surfaces() {
            switch surface {
            case .display:
                if shown.desktop == nil {
                    shown.desktop = try? await notifier.show(summary: text.summary, body: text.body)
                }
            case .terminal(let terminal):
                if Self.write("\r\u{7}" + text.summary, to: terminal) { shown.terminals.append(terminal) }
            }
        }
        return shown
    }

    /// Takes a message back.
    func withdraw(_ shown: Shown) async {
        for terminal in shown.terminals {
            // A terminal that cannot erase a line gets a new one.
            _ = Self.write(terminal.type == "dumb" ? "\n" : "\r\u{1B}[2K", to: terminal)
        }
        if let desktop = shown.desktop { await notifier.withdraw(desktop) }
    }

    /// Writes what fits without waiting: a terminal that was stopped must not stop a sign-in.
    private static func write(_ text: String, to terminal: PromptSurface.Terminal) -> Bool {
        let descriptor = open(terminal.name, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard isatty(descriptor) == 1 else { return false }
        let bytes = Array(text.utf8)
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    }
}

/// The words about hardware that waits.
struct HardwareText: Hashable, Sendable {
    /// What is to be done; one line.
    let summary: String
    /// What it is for.
    let body: String
}
