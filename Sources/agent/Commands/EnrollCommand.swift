// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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

            EXAMPLES
              agent enroll https://id.example.com
              agent enroll https://id.example.com --user-verification
              agent enroll https://id.example.com --code 7KQ2-M4XD
              agent enroll https://id.example.com --key fido2
              agent enroll https://id.example.com --key piv --possession-key tpm
              agent enroll https://id.example.com --key tpm --fingerprint
              agent enroll http://localhost:8800 --no-browser
            """)

    @Argument(help: "The verifier's address, such as https://id.example.com.")
    var url: String

    @Option(help: "A one-time code of your administrator's, instead of signing in; - reads it from standard input.")
    var code: String?

    @Flag(help: "Also make a key behind a PIN.")
    var userVerification = false

    @OptionGroup(title: "Keys")
    var keyOptions: KeyOptions

    @Flag(help: "Print the sign-in page's address on standard error instead of opening the browser.")
    var noBrowser = false

    @Flag(help: "Print the enrolment as JSON.")
    var json = false

    func run() async throws {
        let parts = try AgentParts()
        let enrollments = try await parts.enrollments()
        let wish = try await wish()
        let terminal = OwnTerminal.find(parts.environment)
        let consent = parts.consent(
            on: OwnSurfaces(environment: parts.environment, terminal: terminal), queue: PromptQueue())
        let loan = TerminalLoan(terminal: terminal, control: parts.control())
        let reporter = EnrollmentReporter(environment: parts.environment, opensBrowser: !noBrowser, loan: loan)
        let flow = EnrollmentFlow(
            EnrollmentFlow.Parts(
                keys: parts.keyStores(fido2: keyOptions.fido2, piv: keyOptions.piv), enrollments: enrollments,
                http: parts.http(),
                presence: { consent.presence(enrollingAt: $0, issuer: $1) },
                checkFinger: { _ = try await FingerprintCheck().enrolledFingers() }, lockPath: parts.folders.enrollLock,
                progress: { await reporter.report($0) }))
        let enrollment = try await CommandFailure.explaining {
            try await Interruption.cancels { try await flow.enroll(wish) }
        }
        if json {
            try Console.print(json: EnrollmentSummary(enrollment))
        } else {
            Console.print("enrolled \(EnrollmentSummary(enrollment).line)")
        }
    }

    private func wish() async throws -> EnrollmentWish {
        let address = try await CommandFailure.explaining { try IssuerAddress(typed: url) }
        return EnrollmentWish(
            address: address, proof: try givenCode().map(EnrollmentWish.Proof.code) ?? .browser,
            userVerification: userVerification || keyOptions.wantsVerification,
            verification: keyOptions.verification, keys: keyOptions.choice, device: await Self.thisDevice())
    }

    private func givenCode() throws -> String? {
        guard code == "-" else { return code }
        guard let line = readLine(), !line.isEmpty else { throw CommandFailure("no code was given on standard input") }
        return line
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

/// Tells a person how far their enrolment is.
private struct EnrollmentReporter: Sendable {
    let environment: [String: String]
    let opensBrowser: Bool
    let loan: TerminalLoan

    func report(_ progress: EnrollmentProgress) async {
        switch progress {
        case .signInAt(let url):
            loan.begin()
            if opensBrowser, BrowserLauncher.isUsable(environment), BrowserLauncher.open(url) {
                Console.note("sign in with the browser; if no page opens, go to:\n\(url)")
            } else {
                Console.note("open this page in a browser on this machine to sign in:\n\(url)")
            }
        case .signedIn:
            loan.end()
            Console.note("signed in")
        case .makingKeys(.pin): Console.note("making keys; choose a PIN in the prompt")
        case .makingKeys(.fingerprint): Console.note("making keys; put your finger on the fingerprint reader")
        case .makingKeys: Console.note("making keys")
        case .sending: Console.note("sending the enrolment")
        case .clockIsOff(let skew): Console.warn(skew.sentence, hint: ClockSkew.hint)
        case .replaced(_, everywhere: true): Console.note("the older enrolment was replaced")
        case .replaced(let id, everywhere: false):
            Console.warn(
                "the older enrolment '\(id)' was replaced here, but the verifier still has it",
                hint: "tell your administrator")
        case .enrolledBefore: Console.note("this code has enrolled this device before")
        case .completedInterrupted(let enrollment):
            Console.note("an enrolment that was interrupted is complete: \(EnrollmentSummary(enrollment).line)")
            Console.note("to enrol another account, run the command again")
        case .droppedInterrupted(let pending):
            Console.note("an enrolment that was interrupted had not reached \(DisplayText(pending.organizationName))")
        case .undecidedInterrupted(let pending, let error):
            Console.warn(
                "an enrolment at \(DisplayText(pending.organizationName)) was interrupted, and cannot be finished yet: "
                    + error.message, hint: error.hint)
        }
    }
}
