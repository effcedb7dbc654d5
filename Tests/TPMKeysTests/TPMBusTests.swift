// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Synchronization
import TestSupport
import Testing

@testable import TPMKeys

/// Somebody between the agent and the TPM who changes answers with understanding.
@Suite(.needsSoftwareTPM) struct TPMBusTests {
    private static let persistRoot =
        "tpm2_createprimary -Q -C o -g sha256 -G ecc256:aes128cfb -c root.ctx -a "
        + "'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt'; tpm2_flushcontext -t; "
        + "tpm2_evictcontrol -Q -C o -c root.ctx 0x81000001"

    private let tpm: SoftwareTPM
    private let proxy: MeddlingProxy
    private let store: TPMKeyStore

    init() throws {
        tpm = try SoftwareTPM()
        proxy = try MeddlingProxy(before: tpm)
        store = TPMKeyStore(TPMOptions(tcti: proxy.tcti, operationLimit: .seconds(3), attestationLimit: .seconds(3)))
    }

    private static func number(_ bytes: [UInt8], at index: Int) -> Int {
        Int(bytes[index]) << 8 | Int(bytes[index + 1])
    }

    @Test func anIndexThatGivesNothingIsNotReadForEver() async throws {
        try tpm.run(
            "tpm2_nvdefine -Q -C p -s 4 -a 'ppwrite|authread|no_da|platformcreate' 0x01c0000a; "
                + "printf abcd | tpm2_nvwrite -Q -C p -i - 0x01c0000a")
        proxy.meddle { code, _, answer in
            // TPM2_NV_Read (Part 3 §31.13): no bytes, then what authorizes the answer.
            guard code == 0x14E, answer.count > 20 else { return .pass }
            let rest = answer[20...]
            let length = UInt8(16 + rest.count)
            return .replace([0x80, 0x02, 0, 0, 0, length, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0] + rest)
        }
        let found = await failure { _ = try await store.attestationIdentity() }
        #expect(found?.message.contains("makes no sense (NV_Read") == true)
    }

    /// TPM2_Create's answer (Part 3 §12.1): what is private, then the public area, whose attributes are from its byte 4 on.
    @Test func aNewKeyOfOtherAttributesIsNotTaken() async throws {
        proxy.meddle { code, _, answer in
            guard code == 0x153, answer.count > 100 else { return .pass }
            var changed = answer
            let area = 14 + 2 + Self.number(answer, at: 14) + 2
            changed[area + 6] ^= 0x04
            return .replace(changed)
        }
        let found = await failure { _ = try await store.generate(.proofOfPossession, presence: ScriptedPresence()) }
        #expect(found?.message.contains("makes no sense (Create") == true)
    }

    /// TPM2_CreatePrimary's answer (Part 3 §24.1): a handle, the public area, and near the end the name that fits it.
    @Test func aRootOfOtherAttributesIsNotTaken() async throws {
        proxy.meddle { code, _, answer in
            guard code == 0x131, answer.count > 100 else { return .pass }
            let length = Self.number(answer, at: 18)
            var area = Array(answer[20..<20 + length])
            let name = [0x00, 0x0B] + SHA256.hash(area)
            area[6] ^= 0x04
            var changed = answer
            changed.replaceSubrange(20..<20 + length, with: area)
            guard let place = changed.indices.dropLast(33).first(where: { Array(changed[$0..<$0 + 34]) == name }) else {
                return .pass
            }
            changed.replaceSubrange(place..<place + 34, with: [0x00, 0x0B] + SHA256.hash(area))
            return .replace(changed)
        }
        let found = await failure { _ = try await store.generate(.proofOfPossession, presence: ScriptedPresence()) }
        #expect(found?.message.contains("makes no sense (CreatePrimary") == true)
    }

    /// The key of another TPM, shown at the first look, would be what the session is salted to.
    @Test func aStorageRootKeyThatIsReadTwiceIsTheSame() async throws {
        try tpm.run(Self.persistRoot)
        let stranger = try SoftwareTPM()
        try stranger.run(Self.persistRoot)
        let seen = Mutex<[UInt8]?>(nil)
        let between = try MeddlingProxy(before: stranger)
        between.meddle { code, _, answer in
            if code == 0x173 { seen.withLock { $0 = answer } }
            return .pass
        }
        _ = try await TPMKeyStore(TPMOptions(tcti: between.tcti)).generate(
            .proofOfPossession, presence: ScriptedPresence())
        let shown = try #require(seen.withLock { $0 })
        let looks = Mutex(0)
        proxy.meddle { code, _, _ in
            guard code == 0x173 else { return .pass }
            return looks.withLock { looks in
                looks += 1
                return looks == 1 ? .replace(shown) : .pass
            }
        }
        let found = await failure {
            _ = try await store.generate(.userVerification, presence: ScriptedPresence(newPIN: "123456"))
        }
        #expect(found?.message.contains("makes no sense (ReadPublic") == true)
    }
}
