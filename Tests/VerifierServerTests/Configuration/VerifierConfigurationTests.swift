// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import TOMLConfiguration
import Testing
import VerifierServer
import WireProtocol

@Suite struct VerifierConfigurationTests {
    static let minimum = """
        issuer = "https://id.example.com"
        organization = { id = "00oX", name = "Example" }

        """
    static let client = """
        [[clients]]
        id = "app"
        secret = "0123456789abcdef"
        redirect_uris = ["https://app.example/callback"]

        """

    private static func read(_ toml: String) throws -> VerifierConfiguration {
        try VerifierConfiguration(toml: toml, directory: "/etc/countersign")
    }

    @Test func littleIsNeeded() throws {
        let configuration = try Self.read(Self.minimum)
        #expect(configuration.address == "127.0.0.1")
        #expect(configuration.port == 8800)
        #expect(configuration.storePath == "/var/lib/countersign/verifier.sqlite")
        #expect(configuration.auditPath == "-")
        #expect(configuration.loopback.ports == LoopbackPorts.standard)
        #expect(configuration.signIn.sessionMinutes == 720)
        #expect(!configuration.signIn.fingerprintReaders)
        #expect(configuration.clients.isEmpty)
        #expect(configuration.isSecure)
    }

    @Test func everythingIsRead() throws {
        let configuration = try Self.read(
            """
            issuer = "http://localhost:9000"
            organization = { id = "00oX", name = "Example" }
            [listen]
            address = "::1"
            port = 9000
            [store]
            path = "state/v.sqlite"
            [audit]
            path = "/var/log/v.jsonl"
            [loopback]
            allowed_origins = ["https://login.example.com"]
            ports = [5000, 5001]
            probe_timeout_millis = 300
            [sign_in]
            user_verification = "REQUIRED"
            user_mediation = "OPTIONAL"
            session_minutes = 5
            fingerprint_readers = true
            key_protection = "HARDWARE"
            [enrollment]
            user_verification = "required"
            code_minutes = 10
            [assurance]
            directory = "policies"
            mode = "NOTIFY"
            help_text = "Ask the help desk."
            help_url = "https://help.example.com/devices"
            [proxies]
            trusted = ["192.0.2.0/24"]
            [notices]
            command = ["/usr/sbin/sendmail", "-t"]
            [[clients]]
            id = "spa"
            name = "SPA"
            type = "public"
            redirect_uris = ["com.example.app:/callback", "http://127.0.0.1:4000/cb"]
            post_logout_redirect_uris = ["https://spa.example/bye"]
            id_token_signed_response_alg = "ES256"
            user_verification = "NONE"
            user_mediation = "NONE"
            key_protection = "ANY"
            assurance = false
            assurance_mode = "BLOCK"
            """)
        #expect(configuration.signIn.fingerprintReaders)
        #expect(configuration.signIn.keyProtection == .hardware)
        #expect(configuration.storePath == "/etc/countersign/state/v.sqlite")
        #expect(configuration.auditPath == "/var/log/v.jsonl")
        #expect(configuration.loopback.allowedOrigins.map(\.description) == ["https://login.example.com"])
        #expect(configuration.enrollment.userVerification == .required)
        #expect(configuration.assurance.directory == "/etc/countersign/policies")
        #expect(configuration.assurance.mode == .notify)
        #expect(configuration.assurance.help?.link == "https://help.example.com/devices")
        #expect(configuration.clients.first?.assuranceMode == .block)
        #expect(configuration.noticeCommand == ["/usr/sbin/sendmail", "-t"])
        let client = try #require(configuration.clients.first)
        #expect(client.isPublic)
        #expect(client.idTokenAlgorithm == .es256)
        #expect(client.userVerification == .none)
        #expect(client.keyProtection == .any)
        #expect(!client.requiresAssurance)
    }

    @Test func clientsInheritHowPeopleSignIn() throws {
        let configuration = try Self.read(
            Self.minimum + "[sign_in]\nuser_verification = \"REQUIRED\"\nuser_mediation = \"NONE\"\n"
                + "key_protection = \"HARDWARE\"\n" + Self.client)
        #expect(configuration.clients[0].userVerification == .required)
        #expect(configuration.clients[0].userMediation == .none)
        #expect(configuration.clients[0].keyProtection == .hardware)
        #expect(configuration.clients[0].requiresAssurance)
        #expect(configuration.clients[0].authentication == .clientSecretBasic)
        #expect(configuration.clients[0].secret?.matches("0123456789abcdef") == true)
        #expect(configuration.clients[0].secret?.matches("0123456789abcdeg") == false)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var toml: String
        var key: String?
        var testDescription: String { "\(key ?? "file"): \(toml.suffix(60))" }

        init(_ key: String?, _ toml: String) {
            self.toml = toml
            self.key = key
        }
    }

    static let faults: [Fault] = [
        Fault("isuer", minimum + "isuer = 1"),
        Fault("listen.prot", minimum + "[listen]\nprot = 1"),
        Fault(
            "organization.nam", "issuer = \"https://a.example\"\norganization = { id = \"x\", name = \"y\", nam = 1 }"),
        Fault("clients[0].redirect_uri", minimum + client + "redirect_uri = \"x\""),
        Fault("issuer", "organization = { id = \"x\", name = \"y\" }"),
        Fault("issuer", "issuer = 5"),
        Fault("issuer", "issuer = \"http://id.example.com\""),
        Fault("issuer", "issuer = \"https://id.example.com/\""),
        Fault("issuer", "issuer = \"https://id.example.com/path\""),
        Fault("issuer", "issuer = \"https://ID.example.com\""),
        Fault("organization.id", "issuer = \"https://a.example\""),
        Fault("listen.port", minimum + "[listen]\nport = \"8800\""),
        Fault("sign_in.key_protection", minimum + "[sign_in]\nkey_protection = \"hardware\""),
        Fault("clients[0].key_protection", minimum + client + "key_protection = true"),
        Fault("listen.port", minimum + "[listen]\nport = 0"),
        Fault("listen.port", minimum + "[listen]\nport = 65536"),
        Fault("listen.address", minimum + "[listen]\naddress = \"0.0.0.0\""),
        Fault("listen.address", minimum + "[listen]\naddress = \"localhost\""),
        Fault("tls.key", minimum + "[tls]\ncertificate = \"c.pem\""),
        Fault(
            "issuer",
            "issuer = \"http://localhost\"\norganization = { id = \"x\", name = \"y\" }\n[tls]\ncertificate = \"c\"\nkey = \"k\""
        ),
        Fault("loopback.ports", minimum + "[loopback]\nports = []"),
        Fault("loopback.ports", minimum + "[loopback]\nports = [5000, 5000]"),
        Fault("loopback.ports", minimum + "[loopback]\nports = [80]"),
        Fault("loopback.allowed_origins", minimum + "[loopback]\nallowed_origins = [\"https://a.example/\"]"),
        Fault("sign_in.user_verification", minimum + "[sign_in]\nuser_verification = \"required\""),
        Fault("sign_in.fingerprint_readers", minimum + "[sign_in]\nfingerprint_readers = \"yes\""),
        Fault("sign_in.session_minutes", minimum + "[sign_in]\nsession_minutes = 1.5"),
        Fault("proxies.trusted", minimum + "[proxies]\ntrusted = [\"proxy\"]"),
        Fault("notices.command", minimum + "[notices]\ncommand = [\"sendmail\"]"),
        Fault("notices.command", minimum + "[notices]\ncommand = \"sendmail\""),
        Fault("clients", minimum + "clients = 5"),
        Fault("clients[1].id", minimum + client + client),
        Fault("clients[0].id", minimum + client.replacingOccurrences(of: "\"app\"", with: "\"countersign-agent\"")),
        Fault("clients[0].secret", minimum + "[[clients]]\nid = \"a\"\nredirect_uris = [\"https://a.example/\"]"),
        Fault(
            "clients[0].secret",
            minimum + "[[clients]]\nid = \"a\"\nsecret = \"short\"\nredirect_uris = [\"https://a.example/\"]"),
        Fault("clients[0].secret", minimum + client + "secret_file = \"s\""),
        Fault(
            "clients[0].secret_file",
            minimum + "[[clients]]\nid = \"a\"\nsecret_file = \"/nowhere/s\"\nredirect_uris = [\"https://a.example/\"]"),
        Fault(
            "clients[0].jwks_file",
            minimum + "[[clients]]\nid = \"a\"\nauth = \"private_key_jwt\"\nredirect_uris = [\"https://a.example/\"]"),
        Fault(
            "clients[0].auth",
            minimum + "[[clients]]\nid = \"a\"\nauth = \"none\"\nredirect_uris = [\"https://a.example/\"]"),
        Fault("clients[0].auth", minimum + client + "type = \"public\"\nauth = \"client_secret_basic\""),
        Fault("clients[0].secret", minimum + client + "type = \"public\""),
        Fault("clients[0].redirect_uris", minimum + "[[clients]]\nid = \"a\"\ntype = \"public\""),
        Fault(
            "clients[0].redirect_uris",
            minimum
                + "[[clients]]\nid = \"a\"\ntype = \"public\"\nredirect_uris = [\"https://a.example/\", \"https://a.example/\"]"
        ),
        Fault("clients[0].scopes", minimum + client + "scopes = [\"okta.apps.read\"]"),
        Fault("clients[0].scopes", minimum + client + "scopes = [\"countersign.scim.manage\"]"),
        Fault("clients[0].scopes", minimum + client + "scopes = \"okta.users.read\""),
        Fault("clients[0].service_scopes", minimum + client + "service_scopes = [\"okta.users.read\"]"),
        Fault("clients[0].assurance_mode", minimum + client + "assurance_mode = \"LAX\""),
        Fault("assurance.mode", minimum + "[assurance]\nmode = \"warn\""),
        Fault("assurance.help_url", minimum + "[assurance]\nhelp_url = \"javascript:alert(1)\""),
        Fault("assurance.help_url", minimum + "[assurance]\nhelp_url = \"http://help.example\""),
        Fault("assurance.help_text", minimum + "[assurance]\nhelp_text = \"a\\nb\""),
        Fault("clients[0].assurance", minimum + client + "assurance = \"yes\""),
        Fault("clients[0].id_token_signed_response_alg", minimum + client + "id_token_signed_response_alg = \"HS256\""),
        Fault(nil, "issuer = \n"),
        Fault(nil, "issuer = \"a\"\nissuer = \"b\""),
    ]

    @Test(arguments: faults)
    func errorNamesTheKey(of fault: Fault) {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(fault.toml) }
        #expect(error?.key == fault.key, "\(String(describing: error))")
        #expect(error?.problem.hasSuffix(".") == false)
    }

    @Test func syntaxErrorNamesTheLine() {
        let error = #expect(throws: ConfigurationError.self) { try Self.read("issuer = \"a\"\n\nport = = 1\n") }
        #expect(error?.line == 3)
    }

    @Test func secretIsNotQuotedInAnError() {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.read(Self.minimum + Self.client.replacingOccurrences(of: "0123456789abcdef", with: "hunter2"))
        }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func secretIsReadFromAFileWithoutItsLineEnd() throws {
        let path = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("0123456789abcdef\n".utf8).write(to: URL(filePath: path))
        let configuration = try Self.read(
            Self.minimum
                + Self.client.replacingOccurrences(
                    of: "secret = \"0123456789abcdef\"", with: "secret_file = \"\(path)\""))
        #expect(configuration.clients[0].secret?.matches("0123456789abcdef") == true)
    }

    /// What the token endpoint says in discovery is what it takes.
    @Test(arguments: SignatureAlgorithm.allCases)
    func clientKeysAreOfTheAlgorithmsThatAreAnnounced(_ algorithm: SignatureAlgorithm) throws {
        let path = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        let keys = JWKSet(keys: [JWK(keyID: "a", publicKey: try PrivateKey.generate(algorithm).publicKey)])
        try Data(try JSON.encode(keys)).write(to: URL(filePath: path))
        let toml =
            Self.minimum
            + Self.client.replacingOccurrences(
                of: "secret = \"0123456789abcdef\"", with: "auth = \"private_key_jwt\"\njwks_file = \"\(path)\"")
        guard algorithm == .rs256 || algorithm == .es256 else {
            #expect(throws: ConfigurationError.self) { try Self.read(toml) }
            return
        }
        #expect(try Self.read(toml).clients[0].keys == keys)
    }

    @Test(arguments: [
        "https://a.example/cb", "https://a.example", "http://localhost/cb", "http://127.0.0.1:1/cb",
        "http://[::1]:1/cb",
        "com.example.app:/cb", "https://a.example/cb?x=1",
    ])
    func uriThatMayBeRegistered(text: String) {
        #expect(RedirectURI(text) != nil)
    }

    @Test(arguments: [
        "", "/cb", "a.example/cb", "http://a.example/cb", "https://a.example/cb#", "https://user@a.example/",
        "javascript:alert(1)",
        "data:text/html,x", "myapp:/cb", "https:///cb", "https://a.example/ b", "com.example.app:",
    ])
    func uriThatMayNot(text: String) {
        #expect(RedirectURI(text) == nil)
    }
}
