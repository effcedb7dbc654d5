// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import TOMLConfiguration
package import WireProtocol

/// What the administrator of this device has set for the agent: `/etc/countersign/agent.toml` and its drop-ins.
///
/// Without the files everything has its default. docs/agent-configuration.md tells of every key.
package struct AgentConfiguration: Hashable, Sendable {
    /// The first file that is read.
    package static let path = "/etc/countersign/agent.toml"
    /// The folder of the drop-ins, which are read after it, by name.
    package static let dropInFolder = "/etc/countersign/agent.toml.d"
    /// Where the keys are documented.
    package static let guide = "docs/agent-configuration.md"

    /// Where a value was set.
    package struct Source: Hashable, Sendable {
        /// The file.
        package var file: String
        /// The line of what sets it, where known.
        package var line: Int?
    }

    /// The organisations that this device is to be enrolled with.
    package var organizations: [OfferedOrganization] = []
    /// The ports of the loopback endpoint, in the order in which they are tried.
    package var ports: [Int] = LoopbackPorts.standard
    /// The program that asks the person: an absolute path.
    package var pinentry: String?
    /// The file of the certificate authorities in place of the system's.
    package var authorities: String?
    /// From which level on the agent logs.
    package var logLevel = LogLevel.info
    /// What organisations may ask; `nil` where custom checks are off.
    package var customChecks: CustomCheckSettings? { checks.settings }
    /// The organisations whose challenges links may bring; none by default.
    package var linkIssuers: Set<Origin> = []
    /// What the person may not change.
    package var locked: Set<ConfigurationLock> = []
    /// Where each value that is set was set, by the key's full name; an organisation's by `organizations.` and its address.
    package var sources: [String: Source] = [:]

    var checks = CustomCheckKeys()

    /// The defaults.
    package init() {}

    /// The entry of an organisation by the address of its verifier.
    package func organization(at address: String) -> OfferedOrganization? {
        organizations.first { $0.address == address }
    }
}

/// The keys of `[custom_checks]` as far as files have set them.
struct CustomCheckKeys: Hashable, Sendable {
    var enabled: Bool?
    var organizations: [String]?
    var timeoutMillis: Int?
    var osqueryProgram: String?
    var osqueryTables: [String]?

    /// Whether anything was set.
    var isEmpty: Bool { self == CustomCheckKeys() }

    /// What comes of them; `nil` where checks are off.
    var settings: CustomCheckSettings? {
        guard enabled ?? true, let organizations else { return nil }
        var settings = CustomCheckSettings(organizations: organizations)
        if let timeoutMillis { settings.timeoutMillis = timeoutMillis }
        if let osqueryProgram, let osqueryTables {
            settings.osquery = OsquerySettings(program: osqueryProgram, tables: osqueryTables)
        }
        return settings
    }
}
