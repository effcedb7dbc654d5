// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Glibc
import TestSupport
import Testing

@testable import TPMKeys

@Suite(.needsSoftwareTPM) struct TPMFaultTests {
    private static let pin = "123456"
    private let tpm: SoftwareTPM
    private let proxy: MeddlingProxy

    init() throws {
        tpm = try SoftwareTPM()
        proxy = try MeddlingProxy(before: tpm)
        // An answer that was changed can make a right PIN a wrong one.
        try tpm.run("tpm2_dictionarylockout -s -n 100000 -t 100 -l 100")
    }

    private func options(limit: Duration = .seconds(20)) -> TPMOptions {
        TPMOptions(tcti: proxy.tcti, operationLimit: limit, attestationLimit: limit)
    }

    /// All that a store does with a TPM, from making keys to signing with a PIN.
    private func everything(_ store: TPMKeyStore) async throws {
        _ = try await store.attestationIdentity()
        let key = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: Self.pin))
        let signature = try await store.open(key).sign([1], presence: ScriptedPresence(pins: [Self.pin]))
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
    }

    @Test func aTPMThatIsGoneInTheMiddleIsToldAndComesBack() async throws {
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        let unlocked = try await store.open(key).unlock(for: .possession, presence: ScriptedPresence())
        tpm.stop()
        #expect(
            await failure { _ = try await unlocked.sign([1], presence: ScriptedPresence()) }?.code == .deviceRemoved)
        guard case .unavailable = await store.availability() else {
            Issue.record("available")
            return
        }
        try tpm.start()
        #expect(key.publicKey.verifies(try await unlocked.sign([1], presence: ScriptedPresence()), of: [1]))
    }

    @Test func theConnectionMayEndAtAnyCommand() async throws {
        try await everything(TPMKeyStore(options()))
        let count = proxy.commands.count
        #expect(count > 25)
        for number in 1...count {
            proxy.meddle { _, current, answer in current == number ? .cut([]) : .pass }
            let found = await failure { try await everything(TPMKeyStore(options())) }
            // What flushes, or only helps next time, may fail unnoticed.
            #expect(found == nil || found?.code == .deviceRemoved, "command \(number): \(found?.message ?? "")")
            #expect(tpm.loadedHandles().isEmpty, "command \(number)")
        }
    }

    @Test func whatTheTPMOpenedWithoutTellingIsFlushed() async throws {
        proxy.meddle { code, _, _ in code == 0x131 ? .cut([]) : .pass }
        let found = await failure {
            _ = try await TPMKeyStore(options()).generate(.proofOfPossession, presence: ScriptedPresence())
        }
        #expect(found?.code == .deviceRemoved)
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test(arguments: 0..<8) func noAnswerIsTrustedForItsForm(kind: Int) async throws {
        try await everything(TPMKeyStore(options()))
        let count = proxy.commands.count
        for number in 1...count {
            proxy.meddle { _, current, answer in current == number ? Self.mutated(answer, kind) : .pass }
            let start = ContinuousClock.now
            _ = await failure { try await everything(TPMKeyStore(options())) }
            #expect(ContinuousClock.now - start < .seconds(15), "command \(number)")
            #expect(tpm.loadedHandles().isEmpty, "command \(number)")
        }
    }

    private static func mutated(_ answer: [UInt8], _ kind: Int) -> MeddlingProxy.Fate {
        func with(length: Int, _ bytes: some Sequence<UInt8>) -> [UInt8] {
            var bytes = Array(bytes)
            bytes.replaceSubrange(2..<6, with: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) })
            return bytes
        }
        var changed = answer
        switch kind {
        case 0: return .cut(Array(answer.prefix(answer.count / 2)))
        case 1: return .replace(with(length: 10, answer.prefix(10)))
        case 2: return .cut(with(length: 0x7FFF_FFFF, answer))
        case 3:
            guard answer.count > 12 else { return .cut([]) }
            return .replace(with(length: answer.count - 3, answer.dropLast(3)))
        case 4:
            for index in changed.indices.dropFirst(10) { changed[index] = 0xFF }
            return .replace(changed)
        case 5:
            for index in changed.indices.dropFirst(10) { changed[index] = 0 }
            return .replace(changed)
        case 6:
            changed[changed.count - 1] ^= 1
            if changed.count > 30 { changed[changed.count / 2] ^= 0x80 }
            return .replace(changed)
        default: return .replace(with(length: answer.count + 40, answer + [UInt8](repeating: 0x41, count: 40)))
        }
    }

    @Test func anAnswerThatWasChangedOnTheWayIsNoSignature() async throws {
        let store = TPMKeyStore(options())
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        let open = try await store.open(key)
        proxy.meddle { code, _, answer in
            guard code == 0x15D, answer.count > 60 else { return .pass }
            var changed = answer
            changed[40] ^= 1
            return .replace(changed)
        }
        #expect(await failure { _ = try await open.sign([1], presence: ScriptedPresence()) }?.code == .unavailable)
    }

    @Test func aCommandThatTheTPMPutsOffIsSentAgain() async throws {
        let store = TPMKeyStore(options())
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        for code: [UInt8] in [[0x09, 0x22], [0x09, 0x08], [0x09, 0x0A]] {
            proxy.refuse { $0 % 4 == 0 ? nil : [0x80, 0x01, 0, 0, 0, 10, 0, 0] + code }
            let signature = try await store.open(key).sign([1], presence: ScriptedPresence())
            #expect(key.publicKey.verifies(signature.bytes, of: [1]))
        }
    }

    @Test func aTPMThatStaysBusyIsGivenUp() async throws {
        let store = TPMKeyStore(options())
        proxy.refuse { _ in [0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x09, 0x22] }
        let start = ContinuousClock.now
        let found = await failure { _ = try await store.generate(.proofOfPossession, presence: ScriptedPresence()) }
        #expect(found?.code == .unavailable)
        #expect(found?.message.contains("busy") == true)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func otherProgramsObjectsAreWaitedForAndLeftAlone() async throws {
        let store = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        try tpm.run("for i in 1 2 3; do tpm2_createprimary -Q -C n -G ecc -c o$i.ctx; done")
        let others = tpm.loadedHandles()
        #expect(others.count == 3)
        let open = TPMKeyStore(TPMOptions(tcti: tpm.tcti))
        let found = await failure { _ = try await open.open(key) }
        #expect(found?.code == .unavailable)
        #expect(found?.message.contains("other programs fill the TPM's memory") == true)
        #expect(tpm.loadedHandles() == others)
        async let opened = open.open(key)
        try await Task.sleep(for: .milliseconds(300))
        try tpm.run("tpm2_flushcontext -t")
        let signature = try await opened.sign([1], presence: ScriptedPresence())
        #expect(key.publicKey.verifies(signature.bytes, of: [1]))
    }

    @Test func aTPMThatDoesNotAnswerHoldsNobodyUp() async throws {
        let store = TPMKeyStore(options(limit: .milliseconds(1500)))
        let key = try await store.generate(.proofOfPossession, presence: ScriptedPresence())
        let open = try await store.open(key)
        proxy.meddle { _, number, _ in number == 3 ? .stall(seconds: 4) : .pass }
        let start = ContinuousClock.now
        #expect(await failure { _ = try await open.sign([1], presence: ScriptedPresence()) }?.code == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(3))
        // The next one has a thread of its own.
        proxy.meddle { _, _, _ in .pass }
        #expect(key.publicKey.verifies(try await open.sign([1], presence: ScriptedPresence()).bytes, of: [1]))
        try await Task.sleep(for: .seconds(4))
        #expect(tpm.loadedHandles().isEmpty)
    }

    @Test func aTPMThatNeverAnswersIsGivenUp() async throws {
        let store = TPMKeyStore(options(limit: .milliseconds(200)))
        proxy.meddle { _, _, _ in .stall(seconds: 4) }
        for _ in 0..<2 { #expect(await failure { _ = try await store.status() }?.code == .timedOut) }
        let start = ContinuousClock.now
        #expect(await failure { _ = try await store.status() }?.message.contains("does not answer") == true)
        #expect(ContinuousClock.now - start < .milliseconds(150))
        proxy.meddle { _, _, _ in .pass }
        try await Task.sleep(for: .seconds(5))
        _ = try await store.status()
    }

    @Test func whatWaitsItsTurnDoesNotMakeASlowTPMADeadOne() async throws {
        let store = TPMKeyStore(
            TPMOptions(tcti: proxy.tcti, operationLimit: .milliseconds(200), attestationLimit: .seconds(20)))
        proxy.meddle { _, number, answer in
            if number == 5 { usleep(1_500_000) }
            return .pass
        }
        async let identity = store.attestationIdentity()
        while proxy.commands.count < 5 { try await Task.sleep(for: .milliseconds(5)) }
        for _ in 0..<4 { #expect(await failure { _ = try await store.status() }?.code == .timedOut) }
        _ = try await identity
        #expect(try await store.status().manufacturer == "IBM")
    }

    @Test func aTPMThatHangsWhenATaskIsCancelledHoldsNobodyUp() async throws {
        let store = TPMKeyStore(options(limit: .milliseconds(1000)))
        proxy.meddle { _, _, _ in .stall(seconds: 6) }
        let start = ContinuousClock.now
        let task = Task { try await store.status() }
        while proxy.commands.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        _ = await task.result
        proxy.meddle { _, _, _ in .pass }
        try await Task.sleep(until: start + .milliseconds(1300))
        #expect(try await store.status().manufacturer == "IBM")
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func whatWasCancelledBeforeItsTurnIsNotBegun() async throws {
        let store = TPMKeyStore(options())
        proxy.meddle { _, number, _ in
            if number == 1 { usleep(500_000) }
            return .pass
        }
        let first = Task { try await store.status() }
        while proxy.commands.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let second = Task { try await store.attestationIdentity() }
        try await Task.sleep(for: .milliseconds(100))
        second.cancel()
        _ = try await first.value
        await #expect(throws: CancellationError.self) { try await second.value }
        // The store works in turn.
        let count = proxy.commands.count
        _ = try await store.status()
        #expect(proxy.commands.count <= 2 * count)
        #expect(
            !proxy.commands.contains { $0.starts(with: [0x80, 0x02]) && Array($0[10..<14]) == [0x40, 0, 0, 0x0B] })
    }

    @Test func aCancelledTaskLeavesNothingInTheTPM() async throws {
        let store = TPMKeyStore(options())
        for delay in stride(from: 0, to: 60, by: 6) {
            let task = Task { try await everything(store) }
            try await Task.sleep(for: .milliseconds(delay))
            task.cancel()
            _ = await task.result
            // The store works in turn: when this is done, all before it is.
            _ = try await store.status()
            #expect(tpm.loadedHandles().isEmpty)
        }
    }
}
