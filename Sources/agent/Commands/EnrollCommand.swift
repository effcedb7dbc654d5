// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import ArgumentParser
internal import AuthenticatorAgent
internal import DeviceKeys
internal import DevicePosture
internal import DeviceSignals
internal import FingerprintReaders
internal import Glibc
internal import Pinentry

/// Enrols this device.
struct EnrollCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll", abstract: "Enrols this device at your organisation's verifier.",
        discussion: """
            You sign in with your browser, or with a one-time code of your administrator's. A PIN, where one is asked
            for, is typed into your pinentry. Enrolling the same account again replaces the older enrolment.
            An enrolment that was interrupted is finished first.

            With --add-key an enrolment that is there gets a spare key, so that the loss of another does not cost it:
            of security keys and smart cards one behind the PIN, else one for silent sign-ins; --possession-key adds
            one for silent sign-ins on any hardware, --fingerprint one behind this machine's fingerprint reader. Keys are tried in the order in which they were added.

            Without an address, the organisation is the one that the administrator of this device offers, and what the
            entry says of keys and of you need not be said again; see 'agent config show'.

            EXAMPLES
              agent enroll
              agent enroll https://id.example.com
              agent enroll https://id.example.com --user-verification
              agent enroll https://id.example.com --code 7KQ2-M4XD
              agent enroll https://id.example.com --key fido2
              agent enroll https://id.example.com --key piv --possession-key tpm
              agent enroll https://id.example.com --key piv --slot 9c --possession-slot 9e
              agent enroll https://id.example.com --key piv --generate --algorithm p384 --touch-policy cached
              agent enroll https://id.example.com --key tpm --fingerprint
              agent enroll http://localhost:8800 --no-browser
              agent enroll --add-key https://id.example.com --key fido2 --name "blue key"
              agent enroll --add-key https://id.example.com --possession-key fido2 --code 7KQ2-M4XD
              agent enroll --add-key https://id.example.com --key tpm --fingerprint
            """)

    @Argument(
        help: """
            The verifier's address, such as https://id.example.com; with --add-key also an enrolment's id. Default: the \
            organisation that the administrator offers; with --add-key the only enrolment.
            """)
    var url: String?

    @Option(help: "A one-time code of your administrator's, instead of signing in; - reads it from standard input.")
    var code: String?

    @Flag(help: "Also make a key behind a PIN; with --add-key, make that one.")
    var userVerification = false

    @Flag(help: "Add a spare key to an enrolment that is there.")
    var addKey = false

    @Option(help: ArgumentHelp("What you call the spare key, on this device: 1 to 60 characters.", valueName: "name"))
    var name: String?

    @OptionGroup(title: "Keys")
    var keyOptions: KeyOptions

    // Beside the other group, not in it: a debug build checks what is nested five times as often, which took most of a start.
    @OptionGroup(title: "Keys")
    var slots: SlotOptions

    @Flag(help: "Print the sign-in page's address on standard error instead of opening the browser.")
    var noBrowser = false

    @Flag(help: "Print the enrolment, or the spare key, as JSON.")
    var json = false

    func validate() throws {
        try slots.validate(for: keyOptions.choice)
        guard !addKey else { return try validateAddedKey() }
        try keyOptions.checkThatKeysGoTogether()
        guard name == nil else { throw ValidationError("--name goes with --add-key; see also 'agent keys rename'.") }
    }

    func run() async throws {
        guard !addKey else { return try await runAddingKey() }
        let parts = try AgentParts()
        let enrollments = try await parts.enrollments()
        let wish = try await wish(parts.configuration)
        let flow = EnrollmentFlow(flowParts(parts, enrollments))
        let enrollment: Enrollment
        do {
            enrollment = try await CommandFailure.explaining {
                try await Interruption.cancels { try await flow.enroll(wish) }
            }
        } catch {
            await VerifierConnections(parts.folders, enrollments).forgetOthers()
            throw error
        }
        if json {
            try Console.print(json: EnrollmentSummary(enrollment))
        } else {
            Console.print("enrolled \(EnrollmentSummary(enrollment).line)")
        }
    }

    /// What enrolling and adding keys work with.
    func flowParts(_ parts: AgentParts, _ enrollments: any EnrollmentStore) -> EnrollmentFlow.Parts {
        let terminal = OwnTerminal.find(parts.environment)
        let consent = parts.consent(
            on: OwnSurfaces(environment: parts.environment, terminal: terminal), queue: PromptQueue())
        let loan = TerminalLoan(terminal: terminal, control: parts.control())
        let reporter = EnrollmentReporter(
            environment: parts.environment, opensBrowser: !noBrowser, addsKey: addKey, loan: loan)
        return EnrollmentFlow.Parts(
            keys: parts.keyStores(fido2: keyOptions.fido2, piv: slots.options(card: keyOptions.card)),
            enrollments: enrollments, http: parts.http(), presence: { consent.presence(enrollingAt: $0, issuer: $1) },
            checkFinger: { _ = try await FingerprintCheck().enrolledFingers() },
            lockPath: parts.folders.enrollLock,
            allow: { address throws(EnrollmentError) in
                try await VerifierConnections(parts.folders, enrollments).allow(address)
            },
            progress: { await reporter.report($0) })
    }

    private func wish(_ configuration: AgentConfiguration) async throws -> EnrollmentWish {
        let address = try OrganizationChoice(configuration: configuration).address(named: url)
        let flags = EnrollmentFlags(
            key: keyOptions.namedKey, possessionKey: keyOptions.possessionKey, userVerification: userVerification,
            fingerprint: keyOptions.fingerprint)
        let settled: EnrollmentFlags
        do throws(LockedSettingError) { settled = try configuration.enrollment(at: address.url, by: flags) } catch {
            throw CommandFailure(error)
        }
        var options = keyOptions
        (options.namedKey, options.possessionKey) = (settled.key, settled.possessionKey)
        options.fingerprint = settled.fingerprint
        // What each says of itself holds; what they say together may not.
        do {
            try options.validate()
            try slots.validate(for: options.choice)
            try options.checkThatKeysGoTogether()
        } catch let error as ValidationError {
            throw CommandFailure(error.message, hint: "what the administrator set counts too: see 'agent config show'")
        }
        let entry = configuration.organization(at: address.url)
        let user = entry?.user(login: Self.loginName)
        return EnrollmentWish(
            address: address, proof: try proof(of: entry, user),
            userVerification: settled.userVerification || options.wantsVerification,
            verification: options.verification, keys: options.choice, device: await Self.thisDevice(), loginHint: user)
    }

    /// How the person proves who they are: as they say, else as the administrator has it.
    private func proof(of entry: OfferedOrganization?, _ user: String?) throws -> EnrollmentWish.Proof {
        guard code == nil, let entry, entry.proof == .code else { return try proof() }
        let whose = user.map { " for \(DisplayText($0))" } ?? ""
        return .code(try OneTimeCode.read(asking: "one-time code\(whose) at \(OrganizationChoice.line(entry)): "))
    }

    private static var loginName: String {
        getpwuid(geteuid()).flatMap { $0.pointee.pw_name }.map { String(cString: $0) } ?? ""
    }

    /// How the person proves who they are.
    func proof() throws -> EnrollmentWish.Proof { try givenCode().map(EnrollmentWish.Proof.code) ?? .browser }

    private func givenCode() throws -> String? {
        guard code == "-" else { return code }
        return try OneTimeCode.read(asking: "one-time code: ")
    }

    private static func thisDevice() async -> DeviceDescription {
        let snapshot = await PostureCollector().snapshot(of: [.osVersion, .manufacturer, .model])
        func text(_ name: SignalName) -> String? {
            if case .string(let text)? = snapshot[name]?.value { text } else { nil }
        }
        var name = [CChar](repeating: 0, count: 256)
        let known = gethostname(&name, 255) == 0
        let hostname = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return DeviceDescription(
            displayName: known && !hostname.isEmpty ? hostname : "Linux device", osVersion: text(.osVersion),
            manufacturer: text(.manufacturer), model: text(.model), agentVersion: AgentVersion.current)
    }
}
