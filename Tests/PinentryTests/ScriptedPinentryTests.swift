// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Glibc
import Languages
import TestSupport
import Testing

@testable import Pinentry

@Suite struct ScriptedPinentryTests {
    private static let surface = PromptSurface.display(variables: ["DISPLAY": ":99"])
    private static let text = PromptText(title: "Test", description: ["Go on?", "100% sure\u{202E}"])

    private func isAllowed(_ pinentry: ScriptedPinentry, within limit: Duration = .seconds(20)) async throws -> Bool {
        try await PinentryProgram(path: pinentry.path, environment: ["PATH": "/usr/bin:/bin"])
            .isAllowed(Self.text, on: Self.surface, within: limit)
    }

    private func pin(_ pinentry: ScriptedPinentry, repetition: String? = nil) async throws -> String {
        var text = Self.text
        text.repetition = repetition
        let pin = try await PinentryProgram(path: pinentry.path, environment: ["PATH": "/usr/bin:/bin"])
            .pin(text, on: Self.surface, within: .seconds(20))
        return pin.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private static let ok = "echo OK"
    private static let notConfirmed = "echo 'ERR 83886194 Not confirmed <Pinentry>'"
    private static let cancelled = "echo 'ERR 83886179 Operation cancelled <Pinentry>'"

    @Test(arguments: [
        ("tty", ok, true), ("tty", notConfirmed, false), ("tty", cancelled, false),
        ("qt", ok, true), ("qt", cancelled, false), ("gtk2", ok, true), ("gtk2", cancelled, false),
        ("curses", ok, false), ("curses", notConfirmed, true), ("curses", cancelled, false),
        ("gtk2:curses", ok, false), ("gtk2:curses", notConfirmed, true),
        ("gnome3", ok, false), ("gnome3", cancelled, false), ("gnome3", "printf 'D yes\\nOK\\n'", true),
        ("unheard-of", ok, false), ("unheard-of", "printf 'D YES\\nOK\\n'", true),
    ])
    func onlyAPlainYesIsOne(flavor: String, answer: String, allowed: Bool) async throws {
        let pinentry = try ScriptedPinentry(flavor: flavor, answers: ["sleep 0.6; " + answer])
        #expect(try await isAllowed(pinentry) == allowed)
    }

    @Test(arguments: [
        "echo 'S BUTTON_INFO close'; echo 'ERR 83886194'", "echo 'S ERROR curses.isatty 83918950'; echo 'ERR 83886194'",
        "echo 'ERR 114 of another source'", "echo 'ERR 67109010'", "printf 'D yes\\nOK\\n'",
    ])
    func ambiguousAnswersAreNoYesWhereTheFirstButtonRefuses(answer: String) async throws {
        let pinentry = try ScriptedPinentry(flavor: "curses", answers: ["sleep 0.6; " + answer])
        // An error that is no answer may be thrown; what must not come is a yes.
        let allowed = try? await isAllowed(pinentry)
        #expect(allowed != true)
    }

    @Test(arguments: [("ja", true), ("JA", true), ("yes", true), ("nein", false), ("ye", false)])
    func theWordIsAskedForInThePersonsLanguage(word: String, allowed: Bool) async throws {
        let pinentry = try ScriptedPinentry(
            flavor: "gnome3", answers: ["sleep 0.6; printf 'D \(word)\\nOK\\n'", "sleep 0.6; \(Self.cancelled)"])
        var text = Self.text
        text.translations = .prompts(.german)
        let isAllowed = try await PinentryProgram(path: pinentry.path, environment: ["PATH": "/usr/bin:/bin"])
            .isAllowed(text, on: Self.surface, within: .seconds(20))
        #expect(isAllowed == allowed)
        #expect(pinentry.commands.contains("SETCANCEL _Ablehnen"))
        #expect(pinentry.commands.contains { $0.contains("tippen Sie ja") })
    }

    @Test func anotherLanguagesYesIsNone() async throws {
        let pinentry = try ScriptedPinentry(
            flavor: "gnome3", answers: ["sleep 0.6; printf 'D ja\\nOK\\n'", "sleep 0.6; \(Self.cancelled)"])
        #expect(try await !isAllowed(pinentry))
    }

    @Test func aTextThatCannotBeShownWasNeverShown() async throws {
        let pinentry = try ScriptedPinentry(greeting: "ERR 83886179 no", answers: [Self.ok])
        let error = await #expect(throws: PinentryError.self) {
            try await PinentryProgram(path: pinentry.path, environment: ["PATH": "/usr/bin:/bin"])
                .tell(Self.text, on: Self.surface, within: .seconds(20)) { Issue.record("said to be shown") }
        }
        #expect(error?.code == .unavailable)
    }

    @Test func anAnswerInTheFirstHalfSecondDoesNotCount() async throws {
        let pinentry = try ScriptedPinentry(answers: [Self.ok, Self.ok, "sleep 0.6; " + Self.notConfirmed])
        #expect(try await isAllowed(pinentry) == false)
        #expect(pinentry.showings == 3)
    }

    @Test func aPinentryThatNeverThinksIsNoYes() async throws {
        let pinentry = try ScriptedPinentry(answers: [Self.ok])
        #expect(try await isAllowed(pinentry) == false)
        #expect(pinentry.showings == 5)
    }

    @Test func anotherWordThanYesIsAskedAgainAndNothingIsANo() async throws {
        let pinentry = try ScriptedPinentry(
            flavor: "gnome3", answers: ["sleep 0.6; printf 'D no\\nOK\\n'", "sleep 0.6; echo OK"])
        #expect(try await isAllowed(pinentry) == false)
        #expect(pinentry.showings == 2)
    }

    @Test(arguments: [
        ("echo 'ERR 83886142 Timeout <Pinentry>'", PinentryError.Code.timedOut),
        ("echo 'ERR 83918950 Inappropriate ioctl for device'", .unavailable), ("echo 'ERR'", .unavailable),
        ("echo GARBAGE", .protocolViolation), ("exit 0", .cancelled),
        ("head -c 100000 /dev/zero | tr '\\0' x; echo", .protocolViolation),
        ("yes 'S still here' | head -n 1000", .protocolViolation), ("printf 'D a\\nD b\\nOK\\n'", .protocolViolation),
        ("printf 'D %%zz\\nOK\\n'", .protocolViolation),
    ])
    func failuresAreTold(answer: String, code: PinentryError.Code) async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; " + answer])
        let error = await #expect(throws: PinentryError.self) { try await isAllowed(pinentry) }
        #expect(error?.code == code)
    }

    @Test func aProgramThatIsNotThereIsUnavailable() async throws {
        let error = await #expect(throws: PinentryError.self) {
            try await PinentryProgram(path: "/proc/nonexistent/pinentry", environment: [:])
                .isAllowed(Self.text, on: Self.surface, within: .seconds(5))
        }
        #expect(error?.code == .unavailable)
    }

    @Test(arguments: ["ERR 1 no", "nonsense"])
    func aProgramThatDoesNotGreetIsUnavailable(greeting: String) async throws {
        let pinentry = try ScriptedPinentry(greeting: greeting, answers: [Self.ok])
        let error = await #expect(throws: PinentryError.self) { try await isAllowed(pinentry) }
        #expect(error?.code == .unavailable)
    }

    @Test func nobodyAnsweringTimesOutAndEndsTheProgram() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 60"])
        let started = ContinuousClock.now
        let error = await #expect(throws: PinentryError.self) { try await isAllowed(pinentry, within: .seconds(1)) }
        #expect(error?.code == .timedOut)
        #expect(ContinuousClock.now - started < .seconds(8))
        #expect(pinentry.processes.allSatisfy { kill($0, 0) != 0 })
    }

    @Test func nobodyWaitsForTheEndOfAProgramThatAnswered() async throws {
        let pinentry = try ScriptedPinentry(answers: ["trap '' TERM; sleep 0.6; echo OK"])
        #expect(try await isAllowed(pinentry))
        let process = try #require(pinentry.processes.first)
        #expect(kill(process, 0) == 0, "it does not go by itself")
        for _ in 0..<300 where kill(process, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(kill(process, 0) != 0)
    }

    @Test func aProgramThatWasStartedBeforeIsAskedOnceAndOnItsSurfaceAlone() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; echo OK"])
        let program = PinentryProgram(path: pinentry.path, environment: ["PATH": "/usr/bin:/bin"])
        let started = try #require(program.started(on: Self.surface))
        for _ in 0..<300 where pinentry.processes.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        // It is told where it is to show itself while nobody waits for that, and shows nothing yet.
        for _ in 0..<300 where !pinentry.commands.contains("GETINFO flavor") {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(pinentry.commands == ["OPTION display=:99", "GETINFO flavor"])
        #expect(pinentry.processes.count == 1 && pinentry.showings == 0)
        for count in 1...2 {
            #expect(try await program.isAllowed(Self.text, on: Self.surface, within: .seconds(20), by: started))
            #expect(pinentry.processes.count == count)
        }
        let elsewhere = try #require(program.started(on: .display(variables: ["DISPLAY": ":elsewhere"])))
        #expect(try await program.isAllowed(Self.text, on: Self.surface, within: .seconds(20), by: elsewhere))
        #expect(pinentry.processes.count == 4)
    }

    @Test func aProgramThatIsNeverAskedEndsWithItsLastReference() async throws {
        let pinentry = try ScriptedPinentry(answers: ["echo OK"])
        let program = PinentryProgram(path: pinentry.path, environment: ["PATH": "/usr/bin:/bin"])
        var started = program.started(on: Self.surface)
        #expect(started != nil)
        for _ in 0..<300 where pinentry.processes.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        let process = try #require(pinentry.processes.first)
        #expect(kill(process, 0) == 0)
        started = nil
        for _ in 0..<300 where kill(process, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(kill(process, 0) != 0)
        #expect(PinentryProgram(path: "/proc/nonexistent/pinentry", environment: [:]).started(on: Self.surface) == nil)
    }

    @Test func cancellingWithdrawsThePromptAtOnce() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 60"])
        let task = Task { try await isAllowed(pinentry) }
        await pinentry.untilShown(1)
        let started = ContinuousClock.now
        task.cancel()
        await #expect(throws: PinentryError.self) { try await task.value }
        #expect(ContinuousClock.now - started < .seconds(2))
        #expect(pinentry.processes.allSatisfy { kill($0, 0) != 0 })
    }

    /// What a library opened without close-on-exec, as tpm2-tss does its TPM: who holds that open keeps others from it.
    @Test func itGetsNothingElseThatIsOpen() async throws {
        // A shell has its script at a low number.
        let descriptor = fcntl(STDERR_FILENO, F_DUPFD, 200)
        defer { close(descriptor) }
        #expect(descriptor >= 200)
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; test -e /proc/self/fd/\(descriptor) || echo OK"])
        #expect(try await isAllowed(pinentry))
    }

    @Test func theTextsAreEscapedAndTheTimeLimitIsSet() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; echo OK"])
        _ = try await isAllowed(pinentry)
        #expect(pinentry.commands.contains("SETTITLE Test"))
        #expect(pinentry.commands.contains { $0.hasPrefix("SETDESC Go on?%0A100%25 sure") })
        #expect(pinentry.commands.contains("SETOK _Allow"))
        #expect(pinentry.commands.contains("SETCANCEL _Refuse"))
        #expect(pinentry.commands.contains { $0.hasPrefix("SETTIMEOUT ") })
        #expect(pinentry.commands.contains("OPTION display=:99"))
    }

    @Test func theFirstButtonOfCursesRefuses() async throws {
        let pinentry = try ScriptedPinentry(flavor: "curses", answers: ["sleep 0.6; echo OK"])
        _ = try await isAllowed(pinentry)
        #expect(pinentry.commands.contains("SETOK _Refuse"))
        #expect(pinentry.commands.contains("SETNOTOK _Allow"))
    }

    @Test func aTerminalHidesTheDesktopFromThePinentry() async throws {
        let terminal = try PseudoTerminal()
        let surface = try #require(PromptSurface.Terminal(name: terminal.name, type: "xterm", characterType: ""))
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; echo OK"])
        let environment = ["PATH": "/usr/bin:/bin", "DISPLAY": ":0", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"]
        _ = try await PinentryProgram(path: pinentry.path, environment: environment)
            .isAllowed(Self.text, on: .terminal(surface), within: .seconds(5))
        #expect(!pinentry.environment.contains { $0.hasPrefix("DISPLAY=") || $0.hasPrefix("DBUS_SESSION") })
        #expect(pinentry.commands.contains("OPTION ttyname=\(terminal.name)"))
        #expect(pinentry.commands.contains("OPTION lc-ctype=C.UTF-8"))
    }

    // MARK: - PINs

    @Test func aPINComesBackUnescaped() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; printf 'D 12%%2534 ü\\nOK\\n'"])
        #expect(try await pin(pinentry) == "12%34 ü")
    }

    /// Pairs of what is typed and its Normalization Form C, as percent escapes of UTF-8.
    @Test(arguments: [
        // e and a combining acute accent; an angstrom sign; Hangul in parts; marks in another order; a form C never has.
        ("e%CC%81", "%C3%A9"), ("%E2%84%AB", "%C3%85"), ("%E1%84%80%E1%85%A1%E1%86%A8", "%EA%B0%81"),
        ("q%CC%87%CC%A3", "q%CC%A3%CC%87"), ("%E0%A5%98", "%E0%A4%95%E0%A4%BC"),
        // Three characters for two bytes; then what stays as it is, what is no UTF-8 included.
        ("%CE%90%CE%90%CE%90", "%CE%90%CE%90%CE%90"), ("%F0%9F%94%91 %C3%A9%EF%AC%81", "%F0%9F%94%91 %C3%A9%EF%AC%81"),
        ("e%CC%81%FF", "e%CC%81%FF"), ("%E9", "%E9"), ("%EF%AC%AC", "%D7%A9%D6%BC%D7%81"),
    ])
    func aPINComesInNormalizationFormC(typed: String, expected: String) async throws {
        let answer = "sleep 0.6; printf 'D \(typed.replacing("%", with: "%%"))\\nOK\\n'"
        let pinentry = try ScriptedPinentry(answers: [answer])
        let pin = try await PinentryProgram(path: pinentry.path, environment: ["PATH": "/usr/bin:/bin"])
            .pin(Self.text, on: Self.surface, within: .seconds(20))
        var bytes = Array(expected.utf8)
        let count = try #require(bytes.withUnsafeMutableBytes { AssuanText.unescape($0) })
        #expect(pin.withUnsafeBytes { Array($0) } == Array(bytes.prefix(count)))
    }

    @Test func twoEntriesThatAreTheSameTextAreTheSame() async throws {
        let pinentry = try ScriptedPinentry(answers: [
            "sleep 0.6; printf 'D abcde%%CC%%81\\nOK\\n'", "sleep 0.6; printf 'D abcd%%C3%%A9\\nOK\\n'",
        ])
        #expect(try await Array(pin(pinentry, repetition: "Once more:").utf8) == Array("abcd\u{E9}".utf8))
        #expect(pinentry.showings == 2)
    }

    @Test func anEmptyEntryIsAskedForAgain() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; echo OK", "sleep 0.6; printf 'D 123456\\nOK\\n'"])
        #expect(try await pin(pinentry) == "123456")
        #expect(pinentry.commands.contains("SETERROR Nothing was entered."))
    }

    @Test func cancellingAPINIsCancelled() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; " + Self.cancelled])
        let error = await #expect(throws: PinentryError.self) { try await pin(pinentry) }
        #expect(error?.code == .cancelled)
    }

    @Test func aPinentryThatRepeatsIsAskedOnce() async throws {
        let pinentry = try ScriptedPinentry(
            answers: ["sleep 0.6; printf 'S PIN_REPEATED\\nD 123456\\nOK\\n'"])
        #expect(try await pin(pinentry, repetition: "Once more:") == "123456")
        #expect(pinentry.showings == 1)
        #expect(pinentry.commands.contains("SETREPEAT Once more:"))
    }

    @Test func aPinentryThatDoesNotRepeatIsAskedTwiceUntilBothAreTheSame() async throws {
        let pinentry = try ScriptedPinentry(answers: [
            "sleep 0.6; printf 'D 123456\\nOK\\n'", "sleep 0.6; printf 'D 123457\\nOK\\n'",
            "sleep 0.6; printf 'D abcdef\\nOK\\n'",
        ])
        #expect(try await pin(pinentry, repetition: "Once more:") == "abcdef")
        #expect(pinentry.showings == 4)
        #expect(pinentry.commands.contains("SETERROR The two entries are not the same."))
    }
}
