// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Glibc
import Pinentry
import Synchronization
import TestSupport
import Testing

/// The distribution's own programs, on a terminal.
@Suite(.enabled(if: access("/usr/bin/pinentry-curses", X_OK) == 0, "pinentry-curses is not installed"), .serialized)
struct RealPinentryTests {
    private static let text = PromptText(title: "Test", description: ["Organisation: Grüße", "Go on?"])
    private let terminal: PseudoTerminal
    private let surface: PromptSurface

    init() throws {
        terminal = try PseudoTerminal()
        surface = .terminal(
            try #require(PromptSurface.Terminal(name: terminal.name, type: "xterm", characterType: "C.UTF-8")))
    }

    private func ask(_ program: String = "pinentry-curses") -> Task<Bool, any Error> {
        let surface = surface
        return Task {
            try await PinentryProgram(path: "/usr/bin/" + program, environment: ["PATH": "/usr/bin:/bin"])
                .isAllowed(Self.text, on: surface, within: .seconds(20))
        }
    }

    @Test func returnRefusesInCurses() async throws {
        let answer = ask()
        #expect(await terminal.sees("Allow"))
        try await Task.sleep(for: .milliseconds(700))
        terminal.press("\r")
        #expect(try await answer.value == false)
        #expect(terminal.isCooked)
    }

    @Test func theSecondButtonAllowsInCurses() async throws {
        let answer = ask()
        #expect(await terminal.sees("Allow"))
        #expect(await terminal.sees("Grüße"))
        try await Task.sleep(for: .milliseconds(700))
        terminal.press("\t\r")
        #expect(try await answer.value == true)
    }

    @Test func keysOfTheFirstHalfSecondDoNotCountInCurses() async throws {
        let answer = ask()
        #expect(await terminal.sees("Allow"))
        terminal.press("\t\r")
        #expect(await terminal.sees("Allow", times: 2))
        try await Task.sleep(for: .milliseconds(700))
        terminal.press("\r")
        #expect(try await answer.value == false)
    }

    @Test func cancellingPutsTheTerminalBack() async throws {
        let answer = ask()
        #expect(await terminal.sees("Allow"))
        answer.cancel()
        await #expect(throws: PinentryError.self) { try await answer.value }
        #expect(terminal.isCooked)
    }

    /// A text with one button, and when it was about to be shown.
    private func tell(_ program: String) -> (Task<Void, any Error>, Counter) {
        let surface = surface
        let shown = Counter()
        let task = Task {
            try await PinentryProgram(path: "/usr/bin/" + program, environment: ["PATH": "/usr/bin:/bin"])
                .tell(Self.text, on: surface, within: .seconds(20)) { shown.count() }
        }
        return (task, shown)
    }

    @Test(arguments: ["pinentry-curses", "pinentry-tty"])
    func aTextStandsUntilItIsClosed(program: String) async throws {
        let (told, shown) = tell(program)
        #expect(await terminal.sees("Go on?"))
        #expect(shown.value == 1)
        try await Task.sleep(for: .milliseconds(700))
        terminal.press("\r")
        try await told.value
        #expect(terminal.isCooked)
    }

    @Test(arguments: ["pinentry-curses", "pinentry-tty"])
    func aTextIsTakenBack(program: String) async throws {
        let (told, _) = tell(program)
        #expect(await terminal.sees("Go on?"))
        told.cancel()
        await #expect(throws: PinentryError.self) { try await told.value }
        #expect(terminal.isCooked)
    }

    @Test func aPINIsTypedInCurses() async throws {
        let surface = surface
        let answer = Task {
            try await PinentryProgram(path: "/usr/bin/pinentry-curses", environment: ["PATH": "/usr/bin:/bin"])
                .pin(PromptText(title: "Test", description: ["PIN, please"]), on: surface, within: .seconds(20))
        }
        #expect(await terminal.sees("PIN, please"))
        try await Task.sleep(for: .milliseconds(700))
        terminal.press("12%4ü6\r")
        let pin = try await answer.value
        #expect(pin.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == "12%4ü6")
        #expect(!terminal.shown.contains("12%4"))
    }

    @Test(.enabled(if: access("/usr/bin/pinentry-tty", X_OK) == 0, "pinentry-tty is not installed"))
    func returnDoesNotAllowInTTY() async throws {
        let answer = ask("pinentry-tty")
        #expect(await terminal.sees("[ar]?"))
        try await Task.sleep(for: .milliseconds(700))
        terminal.press("\n")
        #expect(await terminal.sees("Invalid selection"))
        terminal.press("r")
        #expect(try await answer.value == false)
    }

    @Test(.enabled(if: access("/usr/bin/pinentry-tty", X_OK) == 0, "pinentry-tty is not installed"))
    func theLetterAllowsInTTY() async throws {
        let answer = ask("pinentry-tty")
        #expect(await terminal.sees("[ar]?"))
        try await Task.sleep(for: .milliseconds(700))
        terminal.press("a")
        #expect(try await answer.value == true)
    }

    @Test(.enabled(if: access("/usr/bin/pinentry-gnome3", X_OK) == 0, "pinentry-gnome3 is not installed"))
    func theGraphicalProgramFallsBackToTheTerminal() async throws {
        let answer = ask("pinentry-gnome3")
        #expect(await terminal.sees("Allow"))
        try await Task.sleep(for: .milliseconds(700))
        terminal.press("\t\r")
        #expect(try await answer.value == true)
    }
}

/// Counts.
private final class Counter: Sendable {
    private let counted = Mutex(0)
    var value: Int { counted.withLock { $0 } }
    func count() { counted.withLock { $0 += 1 } }
}
