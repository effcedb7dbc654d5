// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import Pinentry
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent

@Suite struct HardwareNoticeTests {
    private static let request = ConsentRequest(
        organization: "Example", username: "alice", app: nil, origin: Origin("https://id.example.com"), process: nil)

    private struct Terminals: PromptSurfaceSource {
        let terminals: [PromptSurface.Terminal]
        func surfaces() async -> [PromptSurface] { terminals.map(PromptSurface.terminal) }
        func untilGone(_ surface: PromptSurface) async {}
        var advice: String { "ask elsewhere" }
    }

    private func presence(_ terminals: [PromptSurface.Terminal]) -> any UserPresence {
        presence(on: Terminals(terminals: terminals))
    }

    private func presence(on surfaces: any PromptSurfaceSource) -> any UserPresence {
        PinentryConsent(
            program: PinentryProgram(path: "/proc/nonexistent", environment: [:]), surfaces: surfaces,
            queue: PromptQueue()
        ).presence(for: Self.request)
    }

    @Test(arguments: [("xterm", "\u{1B}[2K"), ("dumb", "\r\n")])
    func theMessageStandsOnTheTerminalUntilTheKeyIsDone(type: String, erasure: String) async throws {
        let device = try PseudoTerminal()
        let terminal = try #require(PromptSurface.Terminal(name: device.name, type: type, characterType: ""))
        let result = try await presence([terminal]).whileWaiting(
            for: HardwareAction(.touch, deviceName: "YubiKey\u{1B}[31m 5")
        ) {
            #expect(await device.sees("Touch your security key: YubiKey"))
            #expect(!device.shown.contains(erasure) && !device.shown.contains("\u{1B}[31m"))
            return 7
        }
        #expect(result == 7)
        #expect(await device.sees(erasure))
    }

    @Test func theMessageIsTakenBackWhenTheKeyFails() async throws {
        let device = try PseudoTerminal()
        let terminal = try #require(PromptSurface.Terminal(name: device.name, type: "xterm", characterType: ""))
        await #expect(throws: DeviceKeyError.self) {
            try await presence([terminal]).whileWaiting(for: HardwareAction(.insert)) {
                throw DeviceKeyError(.deviceRemoved, "gone")
            }
        }
        #expect(await device.sees("\u{1B}[2K"))
    }

    /// A card that cannot be told to stop outlives its prompt.
    @Test(.timeLimit(.minutes(1))) func theMessageIsTakenBackWhenThePromptEndsBeforeTheKey() async throws {
        let device = try PseudoTerminal()
        let terminal = try #require(PromptSurface.Terminal(name: device.name, type: "xterm", characterType: ""))
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        // A task of its own does not hear that this one is cancelled.
        let key = Task.detached { for await _ in ended { break } }
        let presence = presence([terminal])
        let waiting = Task {
            try await presence.whileWaiting(for: HardwareAction(.touch)) { await key.value }
        }
        #expect(await device.sees("Touch your security key"))
        waiting.cancel()
        #expect(await device.sees("\u{1B}[2K"))
        end.finish()
        try await waiting.value
        #expect(device.shown.ranges(of: "\u{1B}[2K").count == 1)
    }

    /// A desktop that comes up slowly: nothing can be shown before the key waits.
    private struct SlowDesktop: PromptSurfaceSource {
        let terminal: PromptSurface.Terminal
        let begun: AsyncStream<Void>

        func surfaces() async -> [PromptSurface] {
            for await _ in begun { break }
            return [.terminal(terminal)]
        }
        func untilGone(_ surface: PromptSurface) async {}
        var advice: String { "ask elsewhere" }
    }

    @Test(.timeLimit(.minutes(1))) func theKeyWaitsThoughTheDesktopIsSlow() async throws {
        let device = try PseudoTerminal()
        let terminal = try #require(PromptSurface.Terminal(name: device.name, type: "xterm", characterType: ""))
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let presence = presence(on: SlowDesktop(terminal: terminal, begun: begun))
        try await presence.whileWaiting(for: HardwareAction(.touch)) {
            begin.finish()
            #expect(await device.sees("Touch your security key"))
        }
        #expect(await device.sees("\u{1B}[2K"))
    }

    @Test func whereNothingCanBeShownTheKeyWorksAllTheSame() async throws {
        #expect(try await presence([]).whileWaiting(for: HardwareAction(.touch)) { true })
    }
}
