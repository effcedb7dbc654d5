// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import FIDO2Keys
import Synchronization
import TestSupport
import Testing
import VirtualAuthenticator

/// Counts from any thread.
final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }

    @discardableResult
    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

/// Keys that answer what no key answers. The seeds are fixed, so that a failure can be had again.
@Suite(.timeLimit(.minutes(5))) struct MalformedAnswerTests {
    /// SplitMix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// Changes, cuts, lengthens or replaces an answer.
    private static func mutate(_ answer: [UInt8], _ generator: inout Generator) -> [UInt8] {
        var changed = answer
        switch Int.random(in: 0..<7, using: &generator) {
        case 0:
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !changed.isEmpty {
                changed[Int.random(in: 0..<changed.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
        case 1: changed = Array(changed.prefix(Int.random(in: 0...changed.count, using: &generator)))
        case 2:
            changed += (0..<Int.random(in: 1...3000, using: &generator)).map { _ in
                .random(in: 0...255, using: &generator)
            }
        case 3:
            changed = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                .random(in: 0...255, using: &generator)
            }
        case 4:
            let heads: [UInt8] = [0xBF, 0xFF, 0x9B, 0x5B]
            changed = [0] + heads.shuffled(using: &generator) + [UInt8](repeating: 0xFF, count: 8)
        case 5: changed = [.random(in: 0...255, using: &generator)]
        default:
            let at = Int.random(in: 0...changed.count, using: &generator)
            changed.insert(contentsOf: changed.prefix(40), at: at)
        }
        return changed
    }

    @Test(arguments: 0..<60)
    func everyAnswerMayBeWrong(seed: Int) async throws {
        var models: [VirtualKeyModel] = [VirtualKeyModel(), .ctap20, .u2f, .fingerprint]
        models[0].attestation = seed % 2 == 0 ? .packed : .selfSigned
        var rig = Rig(models[seed % models.count], pin: seed % models.count == 2 ? nil : Rig.pin)
        let purpose: KeyPurpose = seed % models.count == 2 ? .proofOfPossession : .userVerification
        let use: KeyUse = purpose == .userVerification ? .verification : .presence
        let made = try await rig.make(purpose)
        rig.options.touchTimeout = .seconds(2)
        rig.options.insertTimeout = .milliseconds(50)
        let generator = Mutex(Generator(state: UInt64(seed)))
        let rate = seed % 3 + 1
        rig.key.set { switches in
            switches.mutateAnswer = { _, answer in
                generator.withLock { generator in
                    Int.random(in: 0..<4, using: &generator) < rate ? Self.mutate(answer, &generator) : answer
                }
            }
        }
        let presence = ScriptedPresence(pins: [Rig.pin, Rig.pin])
        let start = ContinuousClock.now
        // Either it is refused by a typed error, or what comes of it is right.
        do {
            let signed = try await rig.sign(made.stored, use, presence)
            #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
        } catch { #expect(error is DeviceKeyError, "\(error)") }
        do { _ = try await rig.make(purpose, presence) } catch { #expect(error is DeviceKeyError, "\(error)") }
        _ = try? await FIDO2Devices.list(from: rig.devices)
        #expect(ContinuousClock.now - start < .seconds(60))
        // The key is as good as before.
        rig.key.set { $0.mutateAnswer = nil }
        rig.key.plug()
        rig.key.set(pin: purpose == .userVerification ? Rig.pin : nil)
        let signed = try await rig.sign(made.stored, use)
        #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
    }
}
