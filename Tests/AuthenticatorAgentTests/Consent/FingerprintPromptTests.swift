// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import Glibc
import Pinentry
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Against the real fprintd with libfprint's virtual reader; the pinentry is a test's own.
@Suite(.enabled(if: VirtualFingerprintReader.isInstalled, "needs dbus-daemon, fprintd and python3-dbusmock"))
struct FingerprintPromptTests {
    private static let request = ConsentRequest(
        organization: "Example", username: "alice", app: "Wiki", origin: Origin("https://id.example.com"),
        process: "firefox")
    /// A prompt that stands until it is taken back.
    private static let stands = "sleep 30; echo OK"

    private struct Surfaces: PromptSurfaceSource {
        var fixed: [PromptSurface] = [.display(variables: ["DISPLAY": ":99"])]
        func surfaces() async -> [PromptSurface] { fixed }
        func untilGone(_ surface: PromptSurface) async { await DesktopAndLentTerminals.forever() }
        var advice: String { "ask elsewhere" }
    }

    private func presence(
        _ reader: VirtualFingerprintReader, _ pinentry: ScriptedPinentry, surfaces: Surfaces = Surfaces(),
        timeLimit: Duration = .seconds(30)
    ) -> any UserPresence {
        PinentryConsent(
            program: PinentryProgram(path: pinentry.path, environment: ["PATH": "/usr/bin:/bin"]), surfaces: surfaces,
            queue: PromptQueue(), timeLimit: timeLimit, systemBus: reader.address
        ).presence(for: Self.request)
    }

    private func failure(_ presence: any UserPresence) async -> DeviceKeyError? {
        await #expect(throws: DeviceKeyError.self) { try await presence.verifyFinger() }
    }

    private func areGone(_ processes: [Int32]) async -> Bool {
        for _ in 0..<300 where processes.contains(where: { kill($0, 0) == 0 }) {
            try? await Task.sleep(for: .milliseconds(10))
        }
        return !processes.contains { kill($0, 0) == 0 }
    }

    @Test func theRightFingerEndsThePrompt() async throws {
        let reader = try VirtualFingerprintReader()
        let pinentry = try ScriptedPinentry(answers: [Self.stands])
        reader.showLater("mine")
        try await presence(reader, pinentry).verifyFinger()
        #expect(pinentry.showings == 1)
        #expect(await areGone(pinentry.processes))
        #expect(!reader.isClaimed)
        let description = try #require(pinentry.commands.first { $0.hasPrefix("SETDESC ") })
        for line in [
            "fingerprint reader", "Organisation: Example", "User: alice", "App: Wiki", "https://id.example.com",
        ] {
            #expect(description.contains(line), "\(line)")
        }
        #expect(pinentry.commands.contains("CONFIRM --one-button"))
    }

    @Test func aWrongFingerIsToldAndTheNextIsWaitedFor() async throws {
        let reader = try VirtualFingerprintReader()
        let pinentry = try ScriptedPinentry(answers: [Self.stands])
        reader.showLater("another", "mine")
        try await presence(reader, pinentry).verifyFinger()
        #expect(pinentry.showings == 2)
        #expect(pinentry.commands.contains { $0.hasPrefix("SETDESC") && $0.contains("not known. 4 tries are left") })
    }

    @Test func fiveWrongFingersAreEnough() async throws {
        let reader = try VirtualFingerprintReader()
        let pinentry = try ScriptedPinentry(answers: [Self.stands])
        reader.showLater("a", "b", "c", "d", "e", "mine")
        let error = await failure(presence(reader, pinentry))
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("none of 5 fingers") == true)
        #expect(
            ChallengeResponder.consent(afterFailing: try #require(error)) == .userVerificationTemporarilyUnavailable)
        #expect(pinentry.showings == 5)
        #expect(!reader.isClaimed)
    }

    @Test func whoClosesThePromptGivesUp() async throws {
        let reader = try VirtualFingerprintReader()
        let pinentry = try ScriptedPinentry(answers: ["sleep 0.7; echo OK"])
        let error = await failure(presence(reader, pinentry))
        #expect(error?.code == .cancelled)
        #expect(ChallengeResponder.consent(afterFailing: try #require(error)) == .cancelledUserVerification)
        #expect(!reader.isClaimed)
    }

    @Test func aPageThatGoesAwayTakesThePromptAndTheReaderBack() async throws {
        let reader = try VirtualFingerprintReader()
        let pinentry = try ScriptedPinentry(answers: [Self.stands])
        let asked = presence(reader, pinentry)
        let task = Task { try await asked.verifyFinger() }
        await pinentry.untilShown(1)
        #expect(reader.isClaimed)
        task.cancel()
        let error = await #expect(throws: DeviceKeyError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(await areGone(pinentry.processes))
        #expect(!reader.isClaimed)
    }

    @Test func nobodyComing() async throws {
        let reader = try VirtualFingerprintReader()
        let pinentry = try ScriptedPinentry(answers: [Self.stands])
        #expect(await failure(presence(reader, pinentry, timeLimit: .seconds(1)))?.code == .timedOut)
        #expect(!reader.isClaimed)
    }

    @Test(
        arguments: [
            (.noService, DeviceKeyError.Code.deviceRemoved), (.noReader, .deviceRemoved), (.noFinger, .unavailable),
            (.notPermitted, .permissionDenied),
        ] as [(VirtualFingerprintReader.Setup, DeviceKeyError.Code)])
    func aReaderThatCannotBeUsedShowsNoPrompt(setup: VirtualFingerprintReader.Setup, code: DeviceKeyError.Code)
        async throws
    {
        let pinentry = try ScriptedPinentry(answers: [Self.stands])
        let reader = try VirtualFingerprintReader(setup)
        let error = try #require(await failure(presence(reader, pinentry)))
        withExtendedLifetime(reader) {}
        #expect(error.code == code)
        #expect(ChallengeResponder.consent(afterFailing: error) == .userVerificationTemporarilyUnavailable)
        #expect(pinentry.showings == 0)
    }

    @Test func aReaderThatAnotherProgramUsesShowsNoPrompt() async throws {
        let reader = try VirtualFingerprintReader()
        reader.claimElsewhere()
        let pinentry = try ScriptedPinentry(answers: [Self.stands])
        #expect(await failure(presence(reader, pinentry))?.code == .unavailable)
        #expect(pinentry.showings == 0)
    }

    /// A finger that lies on the reader for another reason is not taken for a sign-in that nobody was told of.
    @Test(arguments: [[], [PromptSurface.display(variables: ["DISPLAY": ":99"])]])
    func aFingerCountsOnlyWhereThePersonIsToldWhatFor(surfaces: [PromptSurface]) async throws {
        let reader = try VirtualFingerprintReader()
        // One that takes its time, and then cannot show anything.
        let pinentry = try ScriptedPinentry(greeting: "# wait'; sleep 4; echo 'ERR 83886179 no", answers: [Self.stands])
        reader.showLater("mine")
        let error = await failure(presence(reader, pinentry, surfaces: Surfaces(fixed: surfaces)))
        #expect(error?.code == .noPrompt)
    }
}
