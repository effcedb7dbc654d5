// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DevicePosture
internal import TOMLConfiguration
internal import WireProtocol

/// What the administrator of this device allows organisations to ask: `[custom_checks]`. Without a word of theirs nothing.
package struct CustomCheckSettings: Hashable, Sendable {
    /// The most organisations.
    static let mostOrganizations = 64
    /// How long one check may run at least and at most, in milliseconds.
    static let timeouts = 100...10_000

    /// The origins of the verifiers whose checks are run, such as `https://id.example.com`.
    package var organizations: [String]
    /// How long one check may run, in milliseconds.
    package var timeoutMillis = 2000
    /// osqueryi, where it answers in place of our own tables.
    package var osquery: OsquerySettings?

    /// Settings that allow these organisations.
    package init(organizations: [String]) { self.organizations = organizations }

    /// What the administrator's files say.
    package enum Standing: Hashable, Sendable {
        /// Nothing: nothing is allowed.
        case off
        /// They are understood.
        case on(CustomCheckSettings)
        /// They cannot be used, and so nothing is allowed; why, for a person.
        case unusable(String)
    }

    /// Reads the files of a machine; blocks for files alone.
    ///
    /// - Parameter owner: who has to have written them; root but in tests.
    package static func read(in system: SystemView, trusting owner: UInt32 = 0) -> Standing {
        let reader = AgentConfigurationReader(of: system, trusting: owner)
        do throws(ConfigurationError) {
            let configuration = try reader.read()
            if let settings = configuration.customChecks { return .on(settings) }
            guard configuration.checks.isEmpty, reader.hasFormerCustomChecks else { return .off }
            return .unusable(
                "\(AgentConfigurationReader.formerCustomChecks) is not read any more: "
                    + "what it allows has to stand under [custom_checks] in \(AgentConfiguration.path)")
        } catch {
            return .unusable(error.description)
        }
    }

    /// The program that is to answer and is not there as it has to be; `nil` where all is well. Blocks for files alone.
    package var missingProgram: String? {
        guard let program = osquery?.program else { return nil }
        return TrustedFile(root: "", owner: 0).trustedProgram(program) == nil ? program : nil
    }

    /// Whether checks of an organisation are run.
    package func allows(_ organization: String) -> Bool { organizations.contains(organization) }

    /// Origins as browsers write them, so that they can be compared as text.
    static func checked(_ origins: [String], _ key: String) throws(ConfigurationError) -> [String] {
        guard (1...mostOrganizations).contains(origins.count) else {
            throw ConfigurationError(
                key, "must have 1 to \(mostOrganizations) origins", hint: "to switch checks off set enabled = false")
        }
        if let other = origins.first(where: { Origin($0) == nil }) {
            throw ConfigurationError(
                key, "has \"\(other.prefix(128))\", which is not an origin such as https://id.example.com")
        }
        return origins
    }
}
