// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceKeys

/// What a person says on the command line of how to enrol.
package struct EnrollmentFlags: Hashable, Sendable {
    /// Where the keys are to be made.
    package var key: KeyKind?
    /// Where the key for silent sign-ins is to be made.
    package var possessionKey: KeyKind?
    /// Whether they ask for a PIN.
    package var userVerification: Bool
    /// Whether they ask for the fingerprint reader.
    package var fingerprint: Bool

    /// Flags.
    package init(
        key: KeyKind? = nil, possessionKey: KeyKind? = nil, userVerification: Bool = false, fingerprint: Bool = false
    ) {
        self.key = key
        self.possessionKey = possessionKey
        self.userVerification = userVerification
        self.fingerprint = fingerprint
    }
}

/// A value that the person's environment may set, unless it is locked.
package struct SettledValue: Hashable, Sendable {
    /// Who set it.
    package enum Origin: Hashable, Sendable {
        /// Nobody.
        case standard
        /// The administrator's files.
        case configuration
        /// The person's environment.
        case environment
    }

    /// The value; `nil` for the agent's own default.
    package var value: String?
    /// Who set it.
    package var origin: Origin
    /// Whether the environment has another value, which counts for nothing.
    package var isEnvironmentIgnored = false
}

extension AgentConfiguration {
    /// The program that asks, by what `COUNTERSIGN_PINENTRY` is.
    package func pinentry(environment variable: String?) -> SettledValue {
        settle(pinentry, variable, locked.contains(.pinentryProgram))
    }

    /// The file of certificate authorities, by what `COUNTERSIGN_CA_FILE` is.
    package func authorities(environment variable: String?) -> SettledValue {
        settle(authorities, variable, locked.contains(.networkAuthorities))
    }

    private func settle(_ own: String?, _ variable: String?, _ isLocked: Bool) -> SettledValue {
        let variable = variable.flatMap { $0.isEmpty ? nil : $0 }
        if let variable, !isLocked { return SettledValue(value: variable, origin: .environment) }
        return SettledValue(
            value: own, origin: own == nil ? .standard : .configuration,
            isEnvironmentIgnored: variable != nil && variable != own)
    }

    /// From which level on the agent logs, by what the person asks for.
    package func logLevel(asked: LogLevel?) throws(LockedSettingError) -> LogLevel {
        guard let asked, asked != logLevel else { return logLevel }
        guard !locked.contains(.logLevel) else {
            throw LockedSettingError(
                lock: .logLevel, refused: "the log level \(asked.rawValue)", wanted: logLevel.rawValue)
        }
        return asked
    }

    /// Whether the agent may listen on a port that a service manager chose.
    package func permits(port: Int) -> Bool { !locked.contains(.loopbackPorts) || ports.contains(port) }

    /// Refuses an organisation that this device is not to be enrolled with.
    ///
    /// - Parameter address: its verifier's address as the agent speaks to it, without a slash at its end.
    package func checkOrganization(at address: String) throws(LockedSettingError) {
        guard locked.contains(.organizations), organization(at: address) == nil else { return }
        let list = organizations.map(\.address).joined(separator: " or ")
        throw LockedSettingError(lock: .organizations, refused: "an enrolment at \(address.prefix(200))", wanted: list)
    }

    /// What a person's flags come to beside the entry of the organisation.
    package func enrollment(
        at address: String, by flags: EnrollmentFlags
    ) throws(LockedSettingError) -> EnrollmentFlags {
        guard let entry = organization(at: address) else { return flags }
        if locked.contains(.organizationKeys), let kinds = entry.keyKinds {
            let (main, possession) = (entry.key ?? .software, entry.possessionKey ?? entry.key ?? .software)
            guard flags.key ?? main == main, flags.possessionKey ?? possession == possession else {
                throw Self.otherKeys(kinds)
            }
        }
        var settled = flags
        if flags.key == nil, flags.possessionKey == nil {
            (settled.key, settled.possessionKey) = (entry.key, entry.possessionKey)
        } else if locked.contains(.organizationKeys), entry.keyKinds != nil {
            (settled.key, settled.possessionKey) = (entry.key, entry.possessionKey)
        }
        try settleVerification(&settled, entry)
        return settled
    }

    private func settleVerification(
        _ flags: inout EnrollmentFlags, _ entry: OfferedOrganization
    ) throws(LockedSettingError) {
        guard let wanted = entry.verification, wanted != .none else { return }
        let isAsked = flags.userVerification || flags.fingerprint
        guard isAsked else {
            flags.userVerification = true
            flags.fingerprint = wanted == .fingerprint
            return
        }
        guard locked.contains(.organizationUserVerification) else { return }
        guard flags.fingerprint == (wanted == .fingerprint) else {
            throw LockedSettingError(
                lock: .organizationUserVerification,
                refused: flags.fingerprint ? "--fingerprint" : "--user-verification without --fingerprint",
                wanted: wanted == .fingerprint ? "a fingerprint" : "a PIN")
        }
    }

    /// Refuses a spare key of a kind that an organisation's entry does not take.
    package func checkAddedKey(of kind: KeyKind, at address: String) throws(LockedSettingError) {
        guard locked.contains(.organizationKeys), let kinds = organization(at: address)?.keyKinds else { return }
        guard kinds.contains(kind) else { throw Self.otherKeys(kinds) }
    }

    private static func otherKeys(_ kinds: Set<KeyKind>) -> LockedSettingError {
        let list = kinds.map(\.rawValue).sorted().joined(separator: " and ")
        return LockedSettingError(lock: .organizationKeys, refused: "another kind of key", wanted: "keys of \(list)")
    }
}
