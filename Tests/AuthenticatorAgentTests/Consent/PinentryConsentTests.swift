// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Languages
import Pinentry
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

@Suite struct PinentryConsentTests {
    private static let request = ConsentRequest(
        organization: "Example\u{202E}\nPage: https://good.example", username: "alice", app: "Wiki",
        origin: Origin("https://id.example.com"), process: "firefox")

    private struct FixedSurfaces: PromptSurfaceSource {
        var fixed: [PromptSurface] = [.display(variables: ["DISPLAY": ":99"])]
        func surfaces() async -> [PromptSurface] { fixed }
        func untilGone(_ surface: PromptSurface) async { await DesktopAndLentTerminals.forever() }
        var advice: String { "ask elsewhere" }
    }

    private func consent(
        _ pinentry: ScriptedPinentry, surfaces: any PromptSurfaceSource = FixedSurfaces(),
        timeLimit: Duration = .seconds(20), language: Language = .english
    ) -> PinentryConsent {
        PinentryConsent(
            program: PinentryProgram(path: pinentry.path, environment: ["PATH": "/usr/bin:/bin"]), surfaces: surfaces,
            queue: PromptQueue(), timeLimit: timeLimit, language: language)
    }

    @Test func thePromptSpeaksThePersonsLanguageAndNothingElseChanges() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; echo OK"])
        #expect(await consent(pinentry, language: .german).consent(to: Self.request) == .approved)
        let description = try #require(pinentry.commands.first { $0.hasPrefix("SETDESC ") })
        for line in ["Eine Anmeldung bittet", "Benutzer: alice", "App: Wiki", "Seite: https://id.example.com"] {
            #expect(description.contains(line))
        }
        #expect(!description.contains("%0APage: https://good.example"))
        #expect(pinentry.commands.contains("SETTITLE Countersign"))
    }

    @Test(arguments: [
        ("echo OK", ConsentAnswer.approved), ("echo 'ERR 83886179'", .denied), ("echo 'ERR 83886194'", .denied),
        ("echo 'ERR 83886142'", .timedOut), ("exit 0", .denied),
    ])
    func answersAreThePersons(answer: String, expected: ConsentAnswer) async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; " + answer])
        #expect(await consent(pinentry).consent(to: Self.request) == expected)
    }

    @Test func aPreparedPromptComesUpBeforeItIsKnownWhatItAsks() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; echo OK", "sleep 0.6; echo 'D 1234'; echo OK"])
        let prepared = consent(pinentry).prepared()
        for _ in 0..<300 where pinentry.processes.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        #expect(pinentry.processes.count == 1 && pinentry.showings == 0)
        #expect(await prepared.consent(to: Self.request) == .approved)
        #expect(pinentry.processes.count == 1)
        // Another question has a program of its own.
        #expect(await prepared.consent(to: Self.request) == .approved)
        #expect(pinentry.processes.count == 2)
    }

    @Test func aPreparedPromptAsksForThePIN() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; echo 'D 1234'; echo OK"])
        let presence = consent(pinentry).prepared().presence(for: Self.request)
        for _ in 0..<300 where pinentry.processes.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        #expect(
            try await presence.pin(
                PINRequest(deviceName: "key", triesLeft: 3, lastEntryWasWrong: false)
            ).count == 4)
        #expect(pinentry.processes.count == 1)
    }

    @Test func thePromptShowsWhatIsAskedAndByWhom() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; echo OK"])
        _ = await consent(pinentry).consent(to: Self.request)
        let description = try #require(pinentry.commands.first { $0.hasPrefix("SETDESC ") })
        let lines = description.dropFirst(8).split(separator: "%0A").map(String.init)
        #expect(lines.first == "A sign-in asks for your consent.")
        #expect(lines.contains("Organisation: Example Page: https://good.example"))
        #expect(lines.contains("User: alice"))
        #expect(lines.contains("App: Wiki"))
        #expect(lines.contains("Page: https://id.example.com"))
        #expect(lines.contains("Asked by: firefox (unverified)"))
    }

    @Test(
        arguments: [
            (DesktopAndLentTerminals(environment: [:], terminals: LentTerminals()), "agent attend"),
            // The command's own prompt is never shown on a terminal that is lent to the daemon.
            (OwnSurfaces(environment: [:], terminal: nil), "run the command in a terminal"),
        ] as [(any PromptSurfaceSource, String)])
    func nowhereToAskIsUnavailableAndSaysWhatToDo(surfaces: any PromptSurfaceSource, advice: String) async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; echo OK"])
        let answer = await consent(pinentry, surfaces: surfaces).consent(to: Self.request)
        guard case .unavailable(let reason) = answer else {
            Issue.record("answered \(answer)")
            return
        }
        #expect(reason.contains(advice))
        #expect(reason.contains("agent attend") == (advice == "agent attend"))
        #expect(pinentry.showings == 0)
    }

    @Test func aSurfaceThatCannotShowItGivesWayToTheNext() async throws {
        let pinentry = try ScriptedPinentry(answers: [
            "if [ $DISPLAY = :1 ]; then echo 'ERR 83918950'; else sleep 0.6; echo OK; fi"
        ])
        let surfaces = FixedSurfaces(fixed: [
            .display(variables: ["DISPLAY": ":1"]), .display(variables: ["DISPLAY": ":2"]),
        ])
        #expect(await consent(pinentry, surfaces: surfaces).consent(to: Self.request) == .approved)
    }

    @Test func onePromptIsOpenAtATime() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 1; echo OK"])
        let consent = consent(pinentry)
        let started = ContinuousClock.now
        async let first = consent.consent(to: Self.request)
        async let second = consent.consent(to: Self.request)
        #expect(await [first, second] == [.approved, .approved])
        #expect(ContinuousClock.now - started >= .seconds(2))
    }

    @Test func cancellingWithdrawsAnOpenAndAWaitingPrompt() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 60"])
        let consent = consent(pinentry)
        let open = Task { await consent.consent(to: Self.request) }
        await pinentry.untilShown(1)
        let waiting = Task { await consent.consent(to: Self.request) }
        try await Task.sleep(for: .milliseconds(50))
        waiting.cancel()
        #expect(await waiting.value == .denied)
        open.cancel()
        #expect(await open.value == .denied)
        #expect(await consent.queue.count == 0)
        #expect(pinentry.showings == 1)
    }

    @Test func aTerminalThatIsTakenBackWithdrawsItsPrompt() async throws {
        let pseudoTerminal = try PseudoTerminal()
        let terminal = try #require(
            PromptSurface.Terminal(name: pseudoTerminal.name, type: "xterm", characterType: "C.UTF-8"))
        let terminals = LentTerminals()
        let loan = await terminals.lend(terminal)
        let pinentry = try ScriptedPinentry(answers: ["sleep 60"])
        let consent = consent(
            pinentry, surfaces: DesktopAndLentTerminals(environment: [:], terminals: terminals))
        let answer = Task { await consent.consent(to: Self.request) }
        await pinentry.untilShown(1)
        await terminals.takeBack(loan)
        guard case .unavailable = await answer.value else {
            Issue.record("the prompt stayed")
            return
        }
    }

    // MARK: - PINs

    @Test func aPINIsAskedWithTheTriesThatAreLeft() async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; printf 'D 123456\\nOK\\n'"])
        let pin = try await consent(pinentry).presence(for: Self.request)
            .pin(PINRequest(triesLeft: 1, lastEntryWasWrong: true))
        #expect(pin.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == "123456")
        #expect(pinentry.commands.contains { $0.contains("One try is left.") })
        #expect(pinentry.commands.contains("SETERROR That PIN was wrong."))
        #expect(pinentry.commands.contains { $0.contains("Page: https://id.example.com") })
    }

    @Test(arguments: [
        ("echo 'ERR 83886179'", DeviceKeyError.Code.cancelled), ("echo 'ERR 83886142'", .timedOut),
        ("echo 'ERR 83918950'", .noPrompt),
    ])
    func aPINThatIsNotGivenIsTold(answer: String, code: DeviceKeyError.Code) async throws {
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.6; " + answer])
        let error = await #expect(throws: DeviceKeyError.self) {
            try await consent(pinentry).presence(for: Self.request)
                .pin(PINRequest(triesLeft: 8, lastEntryWasWrong: false))
        }
        #expect(error?.code == code)
    }

    @Test func aNewPINIsAskedUntilItIsLongEnough() async throws {
        // Each prompt is a run of its own: the script tells them apart by what it was told.
        let knowing = try ScriptedPinentry(answers: [
            "sleep 0.6; if grep -q 'too short' \"$here/commands\"; then printf 'S PIN_REPEATED\\nD 123456\\nOK\\n'; "
                + "else printf 'S PIN_REPEATED\\nD 12345\\nOK\\n'; fi"
        ])
        let pin = try await consent(knowing).presence(enrollingAt: "Example", issuer: "https://id.example.com")
            .newPIN(minimumLength: 6)
        #expect(pin.count == 6)
        #expect(knowing.showings == 2)
    }
}
