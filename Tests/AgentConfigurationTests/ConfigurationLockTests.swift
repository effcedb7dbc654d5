// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AgentConfiguration
import DeviceKeys
import Testing

/// What the administrator locks, no flag and no variable of the person's loosens.
@Suite struct ConfigurationLockTests {
    private static let address = "https://id.example.com"

    private static func configuration(_ locks: ConfigurationLock..., entry: String = "") throws -> AgentConfiguration {
        let list = locks.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return try ConfiguredMachine(
            """
            locked = [\(list)]
            loopback.ports = [5000]
            pinentry.program = "/usr/bin/pinentry-qt"
            network.authorities = "/etc/ssl/example.pem"
            log.level = "warning"
            [[organizations]]
            address = "https://id.example.com"
            \(entry)
            """
        ).read()
    }

    @Test("only organisations that are listed are enrolled with") func organizations() throws {
        let locked = try Self.configuration(.organizations)
        try locked.checkOrganization(at: Self.address)
        for other in ["https://id.example.com.evil.org", "https://id.example.com:8443", "https://ID.example.com", ""] {
            #expect(throws: LockedSettingError.self) { try locked.checkOrganization(at: other) }
        }
        try Self.configuration().checkOrganization(at: "https://other.example")
    }

    @Test("keys are made where the entry says", arguments: [KeyKind.software, .fido2, .piv])
    func keys(kind: KeyKind) throws {
        let entry = "key = \"tpm\""
        let flags = EnrollmentFlags(key: kind)
        #expect(try Self.configuration(entry: entry).enrollment(at: Self.address, by: flags).key == kind)
        let locked = try Self.configuration(.organizationKeys, entry: entry)
        #expect(throws: LockedSettingError.self) { try locked.enrollment(at: Self.address, by: flags) }
        #expect(try locked.enrollment(at: Self.address, by: EnrollmentFlags()).key == .tpm)
        #expect(try locked.enrollment(at: Self.address, by: EnrollmentFlags(key: .tpm)).key == .tpm)
        #expect(try locked.enrollment(at: "https://b.example", by: flags).key == kind)
    }

    @Test("the key for silent sign-ins is made where the entry says") func possessionKeys() throws {
        let locked = try Self.configuration(.organizationKeys, entry: "key = \"tpm\"")
        let software = EnrollmentFlags(key: .tpm, possessionKey: .software)
        #expect(throws: LockedSettingError.self) { try locked.enrollment(at: Self.address, by: software) }
        #expect(throws: LockedSettingError.self) {
            try locked.enrollment(at: Self.address, by: EnrollmentFlags(possessionKey: .software))
        }
        let both = try Self.configuration(.organizationKeys, entry: "key = \"piv\"\npossession_key = \"tpm\"")
        let settled = try both.enrollment(at: Self.address, by: EnrollmentFlags(key: .piv))
        #expect(settled.possessionKey == .tpm)
    }

    @Test("a spare key is of a kind that the entry takes") func addedKeys() throws {
        let entry = "key = \"piv\"\npossession_key = \"tpm\""
        let locked = try Self.configuration(.organizationKeys, entry: entry)
        try locked.checkAddedKey(of: .piv, at: Self.address)
        try locked.checkAddedKey(of: .tpm, at: Self.address)
        #expect(throws: LockedSettingError.self) { try locked.checkAddedKey(of: .software, at: Self.address) }
        try locked.checkAddedKey(of: .software, at: "https://b.example")
        try Self.configuration(entry: entry).checkAddedKey(of: .software, at: Self.address)
        try Self.configuration(.organizationKeys).checkAddedKey(of: .software, at: Self.address)
    }

    @Test("people are verified as the entry says") func verification() throws {
        let fingerprint = "key = \"tpm\"\nuser_verification = \"fingerprint\""
        let pin = EnrollmentFlags(userVerification: true)
        #expect(try !Self.configuration(entry: fingerprint).enrollment(at: Self.address, by: pin).fingerprint)
        let locked = try Self.configuration(.organizationUserVerification, entry: fingerprint)
        #expect(throws: LockedSettingError.self) { try locked.enrollment(at: Self.address, by: pin) }
        let settled = try locked.enrollment(at: Self.address, by: EnrollmentFlags())
        #expect(settled.fingerprint && settled.userVerification)
        let pinned = try Self.configuration(.organizationUserVerification, entry: "user_verification = \"pin\"")
        #expect(throws: LockedSettingError.self) {
            try pinned.enrollment(at: Self.address, by: EnrollmentFlags(fingerprint: true))
        }
        #expect(try pinned.enrollment(at: Self.address, by: EnrollmentFlags()).userVerification)
        // More than is wanted is nobody's loss.
        let none = try Self.configuration(.organizationUserVerification, entry: "user_verification = \"none\"")
        #expect(try none.enrollment(at: Self.address, by: pin).userVerification)
        #expect(try !none.enrollment(at: Self.address, by: EnrollmentFlags()).userVerification)
    }

    @Test("sockets that are passed on listen on the ports that are set") func ports() throws {
        #expect(try Self.configuration().permits(port: 6000))
        #expect(try !Self.configuration(.loopbackPorts).permits(port: 6000))
        #expect(try Self.configuration(.loopbackPorts).permits(port: 5000))
    }

    @Test("the program that asks is the administrator's") func pinentry() throws {
        let other = "/tmp/pinentry"
        #expect(try Self.configuration().pinentry(environment: other).value == other)
        #expect(try Self.configuration().pinentry(environment: "").value == "/usr/bin/pinentry-qt")
        let locked = try Self.configuration(.pinentryProgram).pinentry(environment: other)
        #expect(locked.value == "/usr/bin/pinentry-qt")
        #expect(locked.isEnvironmentIgnored)
    }

    @Test("the certificate authorities are the administrator's") func authorities() throws {
        let other = "/tmp/ca.pem"
        #expect(try Self.configuration().authorities(environment: other).value == other)
        let locked = try Self.configuration(.networkAuthorities).authorities(environment: other)
        #expect(locked.value == "/etc/ssl/example.pem")
        #expect(locked.isEnvironmentIgnored)
        var standard = AgentConfiguration()
        standard.locked = [.networkAuthorities]
        #expect(standard.authorities(environment: other).value == nil)
    }

    @Test("the log level is the administrator's") func logLevel() throws {
        #expect(try Self.configuration().logLevel(asked: .debug) == .debug)
        let locked = try Self.configuration(.logLevel)
        #expect(throws: LockedSettingError.self) { try locked.logLevel(asked: .debug) }
        #expect(throws: LockedSettingError.self) { try locked.logLevel(asked: .error) }
        #expect(try locked.logLevel(asked: .warning) == .warning)
        #expect(try locked.logLevel(asked: nil) == .warning)
    }
}
