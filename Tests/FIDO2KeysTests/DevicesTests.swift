// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import TestSupport
import Testing
import VirtualAuthenticator

@testable import FIDO2Keys

@Suite struct DevicesTests {
    @Test func keysAreListedWithWhatTheySay() async throws {
        let old = VirtualAuthenticator(.u2f)
        let bio = VirtualAuthenticator(.fingerprint)
        let rig = Rig(others: [old, bio])
        rig.key.pinTries = 5
        let list = try await FIDO2Devices.list(from: rig.devices)
        #expect(list.map(\.product) == ["Virtual Key", "Virtual U2F Key", "Virtual Bio Key"])
        #expect(list[0].model == "636f756e-7465-7273-6967-6e2d74657374")
        #expect(list[0].firmware == 0x50403)
        #expect(list[0].versions.contains("FIDO_2_1"))
        #expect(list[0].algorithms == [-7, -8, -257])
        #expect(list[0].hasPIN && list[0].pinTries == 5)
        #expect(!list[0].hasBuiltInVerification && !list[0].isAlwaysVerifying && !list[0].isOnReader)
        #expect(list[1].model == nil && list[1].versions == ["U2F_V2"] && list[1].pinTries == nil)
        #expect(list[2].hasBuiltInVerification && !list[2].hasPIN)
    }

    @Test func aNameOfADevicesOwnIsCleanedAndBounded() {
        let entry = DeviceEntry(
            path: "p", product: "Key\u{1B}[31m\n\u{202E}" + String(repeating: "x", count: 100), link: .library)
        #expect(entry.product.count == 64)
        #expect(entry.product.hasPrefix("Key[31mxxx"))
        let heap = DeviceEntry(path: "p", product: "e" + String(repeating: "\u{301}", count: 9000), link: .library)
        #expect(heap.product.unicodeScalars.count == 64, "one character")
    }

    @Test func ofSeveralKeysTheTouchedOneIsUsed() async throws {
        let other = VirtualAuthenticator()
        let rig = Rig(others: [other])
        rig.key.set { $0.touch = .byHand }
        other.set { $0.touch = .byHand }
        let presence = ReactingPresence { _ in
            while !other.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
            // The first touch chooses, and the second makes the credential.
            other.touch()
            try await Task.sleep(for: .milliseconds(300))
        }
        let made = try await rig.make(.proofOfPossession, presence)
        #expect(other.credentialCount == 1)
        #expect(rig.key.credentialCount == 0)
        while rig.key.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
        _ = try await rig.sign(made.stored, .possession)
    }

    @Test func ofSeveralKeysTheTouchedOneIsUsedThoughAnotherIsPulledOut() async throws {
        let other = VirtualAuthenticator()
        let rig = Rig(others: [other])
        let key = rig.key
        for blinking in [key, other] { blinking.set { $0.touch = .byHand } }
        let source = CountingDevices(rig.devices)
        let store = FIDO2KeyStore(rig.options, source: source)
        let presence = ReactingPresence { _ in
            while !key.isWaiting || !other.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
            key.unplug()
            try await Task.sleep(for: .milliseconds(700))
            other.set { $0.touch = .automatic }
        }
        _ = try await store.generate(
            KeyRequest(purpose: .proofOfPossession, issuer: Rig.issuer, organizationName: "Example"),
            presence: presence)
        #expect(other.credentialCount == 1)
        #expect(source.emptyReads < 20, "the key that is gone is not asked again and again")
    }

    @Test func whereAllKeysThatBlinkArePulledOutTheChoiceEnds() async throws {
        let other = VirtualAuthenticator()
        let rig = Rig(others: [other])
        let key = rig.key
        for blinking in [key, other] { blinking.set { $0.touch = .byHand } }
        let presence = ReactingPresence { _ in
            while !key.isWaiting || !other.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
            key.unplug()
            other.unplug()
        }
        let start = ContinuousClock.now
        #expect(await Rig.failure { try await rig.make(.proofOfPossession, presence) } == .deviceRemoved)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func keysWithoutCTAP2AreAskedForATouchAFewTimesASecond() async throws {
        let old = VirtualAuthenticator(.u2f)
        let rig = Rig(.u2f, pin: nil, others: [old])
        let counter = Counter()
        rig.key.set {
            $0.touch = .never
            $0.willAnswer = { _ in counter.next() }
        }
        old.set { $0.touch = .byHand }
        let presence = ReactingPresence { _ in
            try await Task.sleep(for: .seconds(1))
            old.set { $0.touch = .automatic }
        }
        _ = try await rig.make(.proofOfPossession, presence)
        #expect(old.credentialCount > 0)
        #expect((3..<60).contains(counter.count), "\(counter.count) questions")
    }

    @Test func ofSeveralCardsTheTouchedOneIsUsed() async throws {
        let cards = [VirtualAuthenticator(), VirtualAuthenticator()]
        for card in cards { card.set { $0.touch = .byHand } }
        let store = FIDO2KeyStore(
            FIDO2Options(touchTimeout: .seconds(20), insertTimeout: .zero), source: VirtualDevices.onReaders(cards))
        let presence = ReactingPresence { _ in
            try await Task.sleep(for: .seconds(1))
            cards[1].set { $0.touch = .automatic }
        }
        _ = try await store.generate(
            KeyRequest(purpose: .proofOfPossession, issuer: Rig.issuer, organizationName: "Example"),
            presence: presence)
        #expect(cards.map(\.credentialCount) == [0, 1])
        #expect(!cards[0].isWaiting, "it was told to stop")
    }

    @Test func aKeyIsChosenByItsSerialNumber() async throws {
        let other = VirtualAuthenticator()
        var rig = Rig(others: [other])
        rig.options.device = .serial(try #require(try rig.devices.devices()[1].serial))
        _ = try await rig.make(.proofOfPossession)
        #expect(other.credentialCount == 1)
    }

    @Test func aKeyIsWaitedForUntilItIsPluggedIn() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        rig.key.unplug()
        let key = rig.key
        let presence = ReactingPresence { action in
            if action.kind == .insert { key.plug() }
        }
        let signed = try await rig.sign(made.stored, .presence, presence)
        #expect(try signed.assertion.verifies(by: made.stored, of: [1, 2, 3]))
        #expect(
            presence.ended == [
                HardwareAction(.insert, deviceName: "Virtual Key"), HardwareAction(.touch, deviceName: "Virtual Key"),
            ])
    }

    @Test func aKeyThatDoesNotComeIsRemoved() async throws {
        var rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        rig.key.unplug()
        rig.options.insertTimeout = .milliseconds(700)
        let presence = ScriptedPresence()
        #expect(await Rig.failure { try await rig.sign(made.stored, .presence, presence) } == .deviceRemoved)
        #expect(presence.actions.map(\.kind) == [.insert])
        let other = ScriptedPresence()
        #expect(await Rig.failure { try await rig.make(.proofOfPossession, other) } == .deviceRemoved)
    }

    @Test func aSilentKeyAsksNobodyToPlugItIn() async throws {
        let rig = Rig()
        let made = try await rig.make(.proofOfPossession)
        rig.key.unplug()
        let presence = ScriptedPresence()
        #expect(await Rig.failure { try await rig.sign(made.stored, .possession, presence) } == .deviceRemoved)
        #expect(presence.actions.isEmpty)
    }

    @Test func keysThatMayNotBeOpenedAreToldOf() async throws {
        let rig = Rig()
        rig.devices.failListing(with: DeviceKeyError.forbidden(["/dev/hidraw3"]))
        guard case .unavailable(let reason) = await rig.store.availability() else {
            Issue.record("it is available")
            return
        }
        #expect(reason.contains("udev") && reason.contains("/dev/hidraw3"))
        #expect(await Rig.failure { try await rig.make(.proofOfPossession) } == .permissionDenied)
        rig.devices.failListing(with: nil)
        #expect(await rig.store.availability() == .available)
    }
}
