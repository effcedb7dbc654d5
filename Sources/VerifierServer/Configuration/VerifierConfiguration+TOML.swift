// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import FoundationEssentials
package import TOMLConfiguration
public import WireProtocol

extension UserVerificationRequirement: CaseIterable {
    public static var allCases: [UserVerificationRequirement] { [.none, .discouraged, .preferred, .required] }
}

extension UserMediation: CaseIterable {
    public static var allCases: [UserMediation] { [.none, .optional, .required] }
}

extension KeyProtection: CaseIterable {
    public static var allCases: [KeyProtection] { [.any, .hardware] }
}

extension EnrollmentUserVerification: CaseIterable {
    package static var allCases: [EnrollmentUserVerification] { [.required, .preferred, .none] }
}

extension VerifierConfiguration {
    /// Reads a file.
    ///
    /// - Throws: ``ConfigurationError`` with the first thing that is wrong.
    package init(contentsOf path: String) throws(ConfigurationError) {
        try self.init(
            toml: try ConfigurationFile.text(at: path, key: nil), directory: ConfigurationFile.directory(of: path))
    }

    /// Reads a file's text.
    ///
    /// - Parameter directory: what relative paths in the file are relative to.
    package init(toml: String, directory: String) throws(ConfigurationError) {
        self = try ConfigurationTable.reading(toml, guide: "docs/verifier-configuration.md") {
            root throws(ConfigurationError) in try VerifierConfiguration(root, ConfigurationFile(directory: directory))
        }
    }

    private init(_ root: ConfigurationTable, _ files: ConfigurationFile) throws(ConfigurationError) {
        issuer = try Self.issuer(root)
        let organization = try root.section("organization")
        organizationID = try organization.required("id")
        organizationName = try organization.required("name")
        try organization.finish()
        let listen = try root.section("listen")
        address = try listen.string("address") ?? "127.0.0.1"
        port = try listen.number("port", in: 1...65535) ?? 8800
        try listen.finish()
        tls = try Self.tls(root, files)
        metrics = try Self.metrics(root)
        tracing = try Self.tracing(root, files)
        let store = try root.section("store")
        storePath = files.resolve(try store.string("path") ?? "/var/lib/countersign/verifier.sqlite")
        try store.finish()
        let audit = try root.section("audit")
        auditPath = try audit.string("path").map { $0 == "-" ? $0 : files.resolve($0) } ?? "-"
        try audit.finish()
        loopback = try Self.loopback(root)
        signIn = try Self.signIn(root)
        enrollment = try Self.enrollment(root)
        attestation = try Self.attestation(root, files)
        assurance = try Self.assurance(root, files)
        policies = try Self.policies(root, files)
        risk = try Self.risk(root, files)
        trustedProxies = try Self.trustedProxies(root)
        let notices = try root.section("notices")
        noticeCommand = try Self.noticeCommand(notices)
        try notices.finish()
        clients = try Self.clients(root, signIn, assurance, policies, files)
        // What nobody asked for is told before what does not go together.
        try root.finish()
        try checkTransport()
    }

    private static func issuer(_ root: ConfigurationTable) throws(ConfigurationError) -> Origin {
        let text = try root.required("issuer")
        guard let origin = Origin(text) else {
            throw ConfigurationError(
                "issuer", "must be an origin such as https://id.example.com, without a path or a slash at its end")
        }
        guard origin.scheme == "https" || origin.isLoopback else {
            throw ConfigurationError("issuer", "must be https: plain http is for loopback hosts only")
        }
        return origin
    }

    private static func tls(
        _ root: ConfigurationTable, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> TLSFiles? {
        guard root.has("tls") else { return nil }
        let section = try root.section("tls")
        let tls = TLSFiles(
            certificate: files.resolve(try section.required("certificate")),
            key: files.resolve(try section.required("key")))
        try section.finish()
        return tls
    }

    private static func loopback(_ root: ConfigurationTable) throws(ConfigurationError) -> Loopback {
        let section = try root.section("loopback")
        var origins: [Origin] = []
        for text in try section.strings("allowed_origins") ?? [] {
            guard let origin = Origin(text) else {
                throw ConfigurationError(
                    section.name("allowed_origins"), "has \"\(text.prefix(128))\", which is not an origin")
            }
            origins.append(origin)
        }
        let ports = try section.numbers("ports", in: 1024...65535) ?? LoopbackPorts.standard
        guard (1...16).contains(ports.count) else {
            throw ConfigurationError(section.name("ports"), "must have 1 to 16 ports")
        }
        let timeout = try section.number("probe_timeout_millis", in: 50...10_000) ?? 1000
        try section.finish()
        return Loopback(allowedOrigins: origins, ports: ports, probeTimeoutMillis: timeout)
    }

    private static func signIn(_ root: ConfigurationTable) throws(ConfigurationError) -> SignIn {
        let section = try root.section("sign_in")
        let signIn = SignIn(
            userVerification: try section.choice("user_verification", UserVerificationRequirement.self) ?? .preferred,
            userMediation: try section.choice("user_mediation", UserMediation.self) ?? .required,
            keyProtection: try section.choice("key_protection", KeyProtection.self) ?? .any,
            fingerprintReaders: try section.bool("fingerprint_readers") ?? false,
            customURI: try section.bool("custom_uri") ?? false,
            sessionMinutes: try section.number("session_minutes", in: 1...43_200) ?? 720)
        try section.finish()
        return signIn
    }

    private static func enrollment(_ root: ConfigurationTable) throws(ConfigurationError) -> Enrollment {
        let section = try root.section("enrollment")
        let enrollment = Enrollment(
            userVerification: try section.choice("user_verification", EnrollmentUserVerification.self) ?? .preferred,
            codeMinutes: try section.number("code_minutes", in: 1...10_080) ?? 30)
        try section.finish()
        return enrollment
    }

    private static func assurance(
        _ root: ConfigurationTable, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> Assurance {
        let section = try root.section("assurance")
        let text = try section.string("help_text")
        let link = try section.string("help_url")
        if let text, !TextBounds.isPlain(text, upTo: AssuranceHelp.maximumText) || text.isEmpty {
            throw ConfigurationError(
                section.name("help_text"), "must be one line of at most \(AssuranceHelp.maximumText) characters")
        }
        if let link, !AssuranceHelp.isLink(link) {
            throw ConfigurationError(
                section.name("help_url"), "must be an https or mailto URL such as https://help.example.com/devices")
        }
        let assurance = Assurance(
            directory: try section.string("directory").map(files.resolve),
            mode: try section.choice("mode", AssuranceMode.self) ?? .warnThenBlock,
            help: text == nil && link == nil ? nil : AssuranceHelp(text: text, link: link),
            postureCheckDirectory: try section.string("posture_checks").map(files.resolve),
            signalProviders: try signalProviders(section), releaseFeed: try releaseFeed(section, files),
            texts: try texts(section, files))
        try section.finish()
        return assurance
    }

    private static func signalProviders(_ section: ConfigurationTable) throws(ConfigurationError) -> [String] {
        let names = try section.strings("signal_providers") ?? []
        guard names.count <= ResponseClaims.maximumReports else {
            throw ConfigurationError(
                section.name("signal_providers"), "names more than \(ResponseClaims.maximumReports) providers")
        }
        // As the agent takes them for names of manifests.
        for name in names
        where name.utf8.count > 64 || !PostureCheckRequest.isVariableName(name) || name.hasPrefix(".") {
            throw ConfigurationError(
                section.name("signal_providers"), "has \"\(name.prefix(64))\", which cannot be a provider's name")
        }
        return names
    }

    private static func policies(
        _ root: ConfigurationTable, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> Policies {
        let section = try root.section("policies")
        let policies = Policies(
            directory: try section.string("directory").map(files.resolve), standard: try section.string("default"),
            signals: try section.strings("signals") ?? [],
            recordDays: try section.number("record_days", in: 0...400) ?? 30)
        guard policies.signals.count <= 64, policies.signals.allSatisfy({ TextBounds.isIdentifier($0, upTo: 64) })
        else {
            throw ConfigurationError(section.name("signals"), "must be at most 64 names of signals")
        }
        try section.finish()
        return policies
    }

    private static func trustedProxies(_ root: ConfigurationTable) throws(ConfigurationError) -> [IPAddressRange] {
        let section = try root.section("proxies")
        let ranges = try addressRanges(try section.strings("trusted") ?? [], section.name("trusted"))
        try section.finish()
        return ranges
    }

    private static func noticeCommand(_ section: ConfigurationTable) throws(ConfigurationError) -> [String]? {
        guard let value = try section.strings("command") else { return nil }
        guard let program = value.first, program.hasPrefix("/") else {
            throw ConfigurationError(section.name("command"), "must begin with a program's absolute path")
        }
        return value
    }

    private func checkTransport() throws(ConfigurationError) {
        guard let listening = IPAddress(address) else {
            throw ConfigurationError("listen.address", "must be an IP address such as 127.0.0.1, ::1 or 0.0.0.0")
        }
        if let metrics, metrics.port == port, metrics.address == address {
            throw ConfigurationError("metrics.port", "is the port of [listen]")
        }
        if tls == nil, !listening.isLoopback {
            throw ConfigurationError(
                "listen.address", "is \(address), but plain HTTP is served on loopback addresses only",
                hint: "name a certificate under [tls], or listen on 127.0.0.1 behind a proxy that speaks TLS")
        }
        if tls != nil, !isSecure {
            throw ConfigurationError("issuer", "is http, but [tls] makes this server speak https")
        }
    }
}
