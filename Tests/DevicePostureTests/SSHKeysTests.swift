// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import FoundationEssentials
import Testing

@testable import DevicePosture

/// Private keys of SSH without a passphrase.
@Suite struct SSHKeysTests {
    private func state(_ machine: MachineFixture) async -> SignalState? { await machine.state(.unencryptedSSHKeys) }

    /// Keys as ssh-keygen itself makes them, each in each of its forms, with and without a passphrase.
    @Test(
        .enabled(if: Tool.areInstalled("/usr/bin/ssh-keygen"), "needs openssh-client"),
        arguments: [
            ["-t", "ed25519"], ["-t", "rsa", "-b", "2048"], ["-t", "ecdsa"], ["-t", "rsa", "-b", "2048", "-m", "PEM"],
            ["-t", "ecdsa", "-m", "PEM"], ["-t", "rsa", "-b", "2048", "-m", "PKCS8"], ["-t", "ecdsa", "-m", "PKCS8"],
        ])
    func readsTheKeysOfSSHKeygen(arguments: [String]) async throws {
        let machine = try MachineFixture()
        try machine.folder("/home/alice/.ssh")
        let path = "/home/alice/.ssh/id"
        for (passphrase, expected) in [("", 1), ("correct horse", 0)] {
            machine.remove(path)
            machine.remove(path + ".pub")
            _ = try Tool.run("/usr/bin/ssh-keygen", arguments + ["-q", "-N", passphrase, "-f", machine.root + path])
            // The program itself can open it without being asked, or cannot.
            let opens = (try? Tool.run("/usr/bin/ssh-keygen", ["-y", "-P", "", "-f", machine.root + path])) != nil
            #expect(opens == (expected == 1))
            #expect(await state(machine) == .known(.integer(expected)))
        }
    }

    private func word(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }

    /// The beginning of a file of OpenSSH's form.
    private func key(cipher: String = "none", kind: String = "ssh-ed25519") -> String {
        var bytes = Array("openssh-key-v1\0".utf8) + word(Array(cipher.utf8)) + word(Array("none".utf8)) + word([])
        bytes += [0, 0, 0, 1, 0, 0, 0, 51] + word(Array(kind.utf8)) + [UInt8](repeating: 7, count: 100)
        let text = Data(bytes).base64EncodedString()
        return "-----BEGIN OPENSSH PRIVATE KEY-----\n\(text)\n-----END OPENSSH PRIVATE KEY-----\n"
    }

    @Test func aKeyInASecurityKeyNeedsNoPassphrase() {
        #expect(SSHPrivateKey(beginning: Array(key().utf8)) == .unencrypted)
        #expect(SSHPrivateKey(beginning: Array(key(kind: "sk-ssh-ed25519@openssh.com").utf8)) == .inSecurityKey)
        #expect(SSHPrivateKey(beginning: Array(key(cipher: "aes256-ctr").utf8)) == .encrypted)
        #expect(SSHPrivateKey(beginning: Array(key(cipher: "aes256-ctr", kind: "sk-x").utf8)) == .encrypted)
    }

    @Test(
        arguments: [
            (
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nAAAA\n",
                SSHPrivateKey?.some(.encrypted)
            ),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", .unencrypted),
            ("-----BEGIN EC PRIVATE KEY-----\r\nMIIE\r\n", .unencrypted),
            ("-----BEGIN PRIVATE KEY-----\nMIIE\n", .unencrypted),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n", .encrypted),
            ("Bag Attributes\n  x: y\n-----BEGIN PRIVATE KEY-----\nMIIE\n", .unencrypted),
            ("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\n", .unencrypted),
            ("PuTTY-User-Key-File-2: ssh-rsa\r\nEncryption: aes256-cbc\r\n", .encrypted),
            ("SSH PRIVATE KEY FILE FORMAT 1.1\n\0\0rest", .unencrypted),
            ("SSH PRIVATE KEY FILE FORMAT 1.1\n\0\u{3}rest", .encrypted),
            ("-----BEGIN PUBLIC KEY-----\nMIIE\n", nil), ("-----BEGIN CERTIFICATE-----\nMIIE\n", nil),
            ("ssh-ed25519 AAAA alice@laptop\n", nil), ("github.com ssh-ed25519 AAAA\n", nil), ("", nil),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\n", nil), ("-----BEGIN OPENSSH PRIVATE KEY-----\n!!!!\n", nil),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n", nil),
            ("SSH PRIVATE KEY FILE FORMAT 1.1\n\0", nil),
            ("PuTTY-User-Key-File-3: ssh-rsa\n", nil),
        ] as [(String, SSHPrivateKey?)])
    func tellsTheFormsApart(text: String, expected: SSHPrivateKey?) {
        #expect(SSHPrivateKey(beginning: Array(text.utf8)) == expected)
    }

    @Test func everyKeyOfTheFolderIsCountedAndNoOther() async throws {
        let machine = try MachineFixture()
        #expect(await state(machine) == .known(.integer(0)))
        machine.write("/home/alice/.ssh/id_ed25519", key())
        machine.write("/home/alice/.ssh/work/deploy", key())
        machine.write("/home/alice/.ssh/a/b/c", key())
        machine.write("/home/alice/.ssh/locked", key(cipher: "aes256-ctr"))
        machine.write("/home/alice/.ssh/id_ed25519.pub", "ssh-ed25519 AAAA alice@laptop\n")
        machine.write("/home/alice/.ssh/known_hosts", String(repeating: "x", count: 500_000))
        machine.link("/home/alice/.ssh/gone", to: "/none")
        _ = try Tool.run("/usr/bin/mkfifo", [machine.root + "/home/alice/.ssh/pipe"])
        #expect(await state(machine) == .known(.integer(2)))
    }

    @Test func whatCannotBeLookedAtIsUnknown() async throws {
        let machine = try MachineFixture()
        machine.link("/home/alice/.ssh/a", to: "b")
        machine.link("/home/alice/.ssh/b", to: "a")
        #expect(await state(machine)?.isUnknown == true)
        machine.home = nil
        #expect(await state(machine)?.isUnknown == true)
        let other = try MachineFixture()
        for index in 0..<1100 { other.write("/home/alice/.ssh/\(index)", "") }
        #expect(await state(other)?.isUnknown == true)
    }

    @Test func nothingOfAKeyIsTold() async throws {
        let machine = try MachineFixture()
        machine.write("/home/alice/.ssh/very-private", key())
        let name = SignalName.unencryptedSSHKeys
        let reading = try #require(await PostureCollector(system: machine.system).snapshot(of: [name])[name])
        #expect(
            !"\(reading)".contains("BEGIN") && !"\(reading)".contains("b3Blb") && !"\(reading)".contains("very-private")
        )
    }
}
