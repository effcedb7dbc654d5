// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceKeys
import Glibc
import TestSupport
import Testing

@testable import FIDO2Keys

@Suite struct CredentialHandleTests {
    private let handle = CredentialHandle(
        credentialID: [1, 2, 3], relyingPartyID: "id.example.com.countersign.invalid", origin: "https://id.example.com",
        algorithm: -7, aaguid: [UInt8](repeating: 9, count: 16), deviceName: "Key", isUserVerified: true,
        isDiscoverable: false, protection: .userVerificationRequired)

    @Test func aHandleIsReadAsItWasWritten() throws {
        #expect(try CredentialHandle(reading: try handle.encoded()) == handle)
    }

    @Test func whatIsNoHandleIsDamaged() throws {
        let text = String(decoding: try handle.encoded(), as: UTF8.self)
        let damaged = [
            "", "{}", "[]", text + "x", text.replacing("\"version\":1", with: "\"version\":2"),
            text.replacing("AQID", with: ""), text.replacing("AQID", with: "===="),
            text.replacing("AQID", with: String(repeating: "AAAA", count: 400)),
            text.replacing("\"credProtect\":3", with: "\"credProtect\":4"),
            text.replacing("https://id.example.com", with: String(repeating: "x", count: 3000)),
            text.replacing("id.example.com.countersign", with: "id\\u0000"), String(repeating: " ", count: 9000) + text,
        ]
        for bytes in damaged {
            #expect(throws: DeviceKeyError.self, "\(bytes.prefix(60))") {
                try CredentialHandle(reading: Array(bytes.utf8))
            }
        }
    }

    @Test func aKeyOfAnotherStoreIsNotFound() async throws {
        let key = StoredKey(
            id: "sw", kind: .software, purpose: .proofOfPossession,
            publicKey: try PrivateKey.generate(.es256).publicKey)
        #expect(await Rig.failure { try await Rig().store.open(key) } == .keyNotFound)
    }
}

@Suite struct HIDRawDevicesTests {
    private let folder: TemporaryFolder
    private let raw: HIDRawDevices

    init() throws {
        folder = try TemporaryFolder()
        for name in ["class", "dev", "usb", "usb/1-1", "usb/1-1/1-1:1.0", "usb/1-1/1-1:1.0/hid"] {
            mkdir(folder.path + "/" + name, 0o755)
        }
        for (name, descriptor) in [("hidraw0", "\u{5}\u{1}"), ("hidraw1", "\u{6}\u{D0}\u{F1}")] {
            mkdir(folder.path + "/class/" + name, 0o755)
            mkdir(folder.path + "/usb/1-1/1-1:1.0/hid/" + name, 0o755)
            symlink("../../usb/1-1/1-1:1.0/hid/" + name, folder.path + "/class/" + name + "/device")
            try folder.write(
                bytes: descriptor.unicodeScalars.map { UInt8($0.value) },
                to: "usb/1-1/1-1:1.0/hid/" + name + "/report_descriptor")
        }
        try folder.write("  12345678\n", to: "usb/1-1/serial")
        raw = HIDRawDevices(classFolder: folder.path + "/class", deviceFolder: folder.path + "/dev")
    }

    @Test func aSerialNumberIsFoundAboveTheDevice() throws {
        #expect(raw.serial(of: folder.path + "/dev/hidraw1") == "12345678")
        #expect(raw.serial(of: folder.path + "/dev/hidraw7") == nil)
        #expect(raw.serial(of: "/tmp/key") == nil)
    }

    @Test func onlySecurityKeysThatCannotBeOpenedAreForbidden() throws {
        #expect(raw.forbidden() == [folder.path + "/dev/hidraw1"], "there is no such node")
        try folder.write("", to: "dev/hidraw1")
        #expect(raw.forbidden().isEmpty)
    }
}

extension TemporaryFolder {
    fileprivate func write(bytes: [UInt8], to name: String) throws {
        let file = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        try #require(file >= 0)
        defer { close(file) }
        try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
    }
}
