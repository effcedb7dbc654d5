// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import AuthenticatorAgent
internal import CustomChecks
internal import DevicePosture
internal import Pinentry
internal import WireProtocol

/// What else can be told of this device than signals: other programs' word, and organisations' own checks.
struct PostureReports {
    /// What other programs say, as responses carry it.
    let providers: [SignalProviderElement]
    /// Whether organisations' own checks are run.
    let checks: CustomCheckSettings.Standing

    /// Reads what a machine has of it.
    static func read(in system: SystemView) async -> PostureReports {
        let reader = SignalProviderReader(of: system)
        return PostureReports(
            providers: SignalProviderElement.elements(of: reader.read(reader.names())),
            checks: await CustomCheckRunner.live(system).standing())
    }

    /// Prints it for a person; nothing where there is nothing.
    func print() {
        guard !providers.isEmpty || checks != .off else { return }
        Console.print(Style.heading.apply("Asked for by name"))
        for provider in providers {
            switch provider.outcome {
            case .signal(let bytes, _):
                Console.print("  \(provider.name): \(bytes.count) bytes for a verifier that asks")
            case .error(let reason):
                Console.print(
                    "  \(provider.name): \(Style.warning.apply("unknown"))  \(DisplayText(reason, limit: 200))")
            }
        }
        switch checks {
        case .off: break
        case .on(let settings):
            let names = settings.organizations.joined(separator: ", ")
            Console.print("  custom checks: run for \(DisplayText(names, limit: 300))")
        case .unusable(let reason):
            Console.print("  custom checks: \(Style.warning.apply("off"))  \(DisplayText(reason, limit: 200))")
        }
        Console.print("")
    }
}

/// The two for a program.
struct PostureReportsDocument: Encodable {
    /// A provider's element, with the signal left out where it is redacted.
    struct Provider: Encodable {
        let element: SignalProviderElement
        let isRedacted: Bool

        private enum CodingKeys: String, CodingKey {
            case name, configuration, redacted
        }

        func encode(to encoder: any Encoder) throws {
            if isRedacted, case .signal = element.outcome {
                var members = encoder.container(keyedBy: CodingKeys.self)
                try members.encode(element.name, forKey: .name)
                try members.encodeIfPresent(element.configuration, forKey: .configuration)
                try members.encode(true, forKey: .redacted)
            } else {
                try element.encode(to: encoder)
            }
        }
    }

    /// Whether organisations' own checks are run.
    struct Checks: Encodable {
        let state: String
        var organizations: [String]?
        var reason: String?
    }

    let signalProviders: [Provider]
    let customChecks: Checks

    init(_ reports: PostureReports, redact: Bool) {
        signalProviders = reports.providers.map { Provider(element: $0, isRedacted: redact) }
        customChecks =
            switch reports.checks {
            case .off: Checks(state: "off")
            case .on(let settings): Checks(state: "on", organizations: redact ? nil : settings.organizations)
            case .unusable(let reason): Checks(state: "unusable", reason: reason)
            }
    }
}
