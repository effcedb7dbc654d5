// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import AuthenticatorAgent
internal import DeviceKeys
internal import DevicePosture
internal import DeviceSignals
internal import FIDO2Keys
internal import HTTPSClient
internal import Languages
internal import PIVKeys
internal import Pinentry
internal import SoftwareKeys
internal import TOMLConfiguration
internal import TPMKeys
internal import WireProtocol

/// What the commands put together. Nothing here does any work before it is used.
struct AgentParts: Sendable {
    let environment: [String: String]
    let folders: AgentFolders
    /// What the administrator has set.
    let configuration: AgentConfiguration
    /// Why the administrator's files do not count, for a command that only looks.
    let configurationFault: ConfigurationError?

    /// The parts, by the environment and the administrator's files.
    ///
    /// - Parameter onlyLooks: whether the command tells and changes nothing. Others do not go on where the files are not
    ///   understood, since what is locked is not known then.
    /// - Throws: ``CommandFailure``.
    init(onlyLooks: Bool = false) throws(CommandFailure) {
        environment = Console.environment
        folders = try AgentFolders(environment: environment)
        do throws(ConfigurationError) {
            configuration = try AgentConfigurationReader().read()
            configurationFault = nil
        } catch {
            guard onlyLooks else { throw CommandFailure(error) }
            configuration = AgentConfiguration()
            configurationFault = error
        }
    }

    /// The enrolments.
    func enrollments() async throws -> SQLiteEnrollmentStore {
        do { return try await SQLiteEnrollmentStore.open(folders.database) } catch {
            // The error says what is to be done about it.
            throw CommandFailure("the agent's state cannot be opened: \(error)")
        }
    }

    /// The places where keys are made.
    ///
    /// - Parameter goesOn: whether the process does not end after a signature.
    func keyStores(
        fido2: FIDO2Options = FIDO2Options(), piv: PIVOptions = PIVOptions(), goesOn: Bool = false
    ) -> KeyStores {
        let environment = environment
        let software = SoftwareKeyStore(folder: folders.keys) {
            await DesktopEnvironment.variables(in: environment) != nil
        }
        let cards = PIVKeyStore(piv, outlivesSignatures: goesOn)
        return KeyStores([software, FIDO2KeyStore(fido2), cards, TPMKeyStore()])
    }

    /// Speaks to verifiers.
    ///
    /// - Parameter isConfined: whether another process makes the connections, as for the running agent.
    func http(isConfined: Bool = false) -> HTTPSClient {
        let authorities = configuration.authorities(environment: environment["COUNTERSIGN_CA_FILE"]).value
        let connector = HTTPSClient.Connector(
            socketPath: folders.verifierProxySocket, proxies: EnvironmentProxies(environment))
        return HTTPSClient(
            HTTPSClient.Configuration(
                authoritiesFile: authorities, userAgent: "Countersign/\(AgentVersion.current) Linux",
                connector: isConfined ? connector : nil))
    }

    /// The program that asks the person: a path, or a name that is looked for in `PATH`.
    var pinentryPath: String {
        configuration.pinentry(environment: environment["COUNTERSIGN_PINENTRY"]).value ?? "pinentry"
    }

    /// The variables whose values count for nothing, since what they set is locked.
    var ignoredVariables: [String] {
        let pinentry = configuration.pinentry(environment: environment["COUNTERSIGN_PINENTRY"])
        let authorities = configuration.authorities(environment: environment["COUNTERSIGN_CA_FILE"])
        return
            (pinentry.isEnvironmentIgnored && configuration.locked.contains(.pinentryProgram)
            ? ["COUNTERSIGN_PINENTRY"] : [])
            + (authorities.isEnvironmentIgnored && configuration.locked.contains(.networkAuthorities)
                ? ["COUNTERSIGN_CA_FILE"] : [])
    }

    /// Asks the person.
    func consent(on surfaces: any PromptSurfaceSource, queue: PromptQueue) -> PinentryConsent {
        PinentryConsent(
            program: PinentryProgram(path: pinentryPath, environment: environment), surfaces: surfaces, queue: queue,
            language: LanguagePreference.session(environment).language)
    }

    /// The running agent.
    func control() -> ControlClient { ControlClient(path: folders.controlSocket) }
}

/// The device's signals, for the responder.
struct PostureSignals: SignalSource {
    let enrollments: any EnrollmentStore
    private let collector = PostureCollector()

    init(enrollments: any EnrollmentStore) { self.enrollments = enrollments }

    func snapshot(of names: [SignalName], isFresh: Bool) async -> PostureSnapshot {
        // Which organisations there are matters to few signals, and is not free to find out.
        let origins = names.contains(.browserLoopbackPolicies) ? await enrollments.origins() : nil
        return await collector.snapshot(of: names, organizationOrigins: origins)
    }
}

extension EnrollmentStore {
    /// The origins of the organisations that this device is enrolled with; `nil` where the state cannot be read.
    func origins() async -> [String]? {
        guard let all = try? await all() else { return nil }
        return Set(all.flatMap(\.pinned.allowedOrigins).map(\.description)).sorted()
    }
}
