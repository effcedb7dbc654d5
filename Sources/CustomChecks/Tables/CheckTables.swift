// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceSignals
internal import SQLiteDatabase

/// All tables that checks may read; docs/custom-checks.md lists them, and a test holds the page against this.
package struct CheckTables: Sendable {
    let tables: [CheckTable]

    /// The tables over these signals: those of osquery's names, those of entries, and one with a column a signal.
    ///
    /// - Parameter names: the signals of the table that has them all.
    package init(signals names: [SignalName]) {
        let all = CheckTable(name: "countersign_signals", content: .row(names.map { .init($0.rawValue, $0) }))
        tables = Self.osquery + Self.entries + [all]
    }

    /// Each table with its columns and their signals, for the documentation's test.
    package var list: [(name: String, columns: [(name: String, signal: SignalName)])] {
        tables.map { ($0.name, $0.columns) }
    }

    /// The tables without rows.
    var outline: [ConfinedTable] { tables.map(\.outline) }

    /// The signals behind what a query reads.
    func signals(for reads: ConfinedReads) -> Set<SignalName> {
        Set(tables.flatMap { table in reads[table.name].map(table.signals) ?? [] })
    }

    /// The tables that a query reads, with nothing but what it reads.
    ///
    /// - Throws: ``CustomCheckFailure`` where a signal is not known.
    func filled(for reads: ConfinedReads, from snapshot: PostureSnapshot) throws(CustomCheckFailure) -> [ConfinedTable]
    {
        var filled: [ConfinedTable] = []
        for table in tables {
            guard let columns = reads[table.name] else { continue }
            filled.append(try table.filled(columns, from: snapshot))
        }
        return filled
    }

    // MARK: - Tables with osquery's names and columns: such as have one row, of which all is told

    private static let osquery: [CheckTable] = [
        CheckTable(
            name: "os_version",
            content: .row([
                .init("platform", .osName), .init("version", .osVersion), .init("codename", .osCodename),
                .init("build", .osBuild), .init("major", .osVersion) { $0.component(0) },
                .init("minor", .osVersion) { $0.component(1) }, .init("patch", .osVersion) { $0.component(2) },
            ])),
        CheckTable(name: "kernel_info", content: .row([.init("version", .kernelVersion)])),
        CheckTable(
            name: "system_info",
            content: .row([
                .init("hardware_vendor", .manufacturer), .init("hardware_model", .model),
                .init("hardware_serial", .serialNumber), .init("uuid", .hardwareUuid),
            ])),
        CheckTable(
            name: "platform_info",
            content: .row([.init("version", .firmwareVersion), .init("date", .firmwareDate)])),
        CheckTable(name: "secureboot", content: .row([.init("secure_boot", .secureBoot)])),
    ]

    // MARK: - Tables of our own: the entries of signals that are lists

    private static let entries: [CheckTable] = [
        CheckTable(name: "countersign_volumes", content: .pairs(.volumeEncryption, "path", "encryption", atLast: true)),
        CheckTable(name: "countersign_swap_spaces", content: .pairs(.swapSpaces, "kind", "encryption", atLast: true)),
        CheckTable(
            name: "countersign_mount_options", content: .pairs(.mountOptions, "path", "options", atLast: true)),
        CheckTable(
            name: "countersign_kernel_settings",
            content: .pairs(.kernelHardening, "name", "value", types: ["value": .numeric])),
        CheckTable(name: "countersign_cpu_vulnerabilities", content: .pairs(.cpuVulnerabilities, "name", "state")),
        CheckTable(name: "countersign_ssh_settings", content: .pairs(.sshServerSettings, "name", "value")),
        CheckTable(name: "countersign_endpoint_protection", content: .pairs(.endpointProtection, "name", "state")),
        CheckTable(name: "countersign_management_agents", content: .pairs(.managementAgents, "name", "state")),
        CheckTable(
            name: "countersign_groups",
            content: .entries(of: .privilegedGroups, columns: ["name"]) { [$0] }),
        CheckTable(
            name: "countersign_security_modules",
            content: .entries(of: .securityModules, columns: ["name"]) { [$0] }),
        CheckTable(
            name: "countersign_listening_services",
            content: .entries(
                of: .listeningServices, columns: ["protocol", "port", "address"], types: ["port": .integer]
            ) { entry in
                let parts = entry.split(separator: " ", omittingEmptySubsequences: false)
                let service = parts[0].split(separator: "/", omittingEmptySubsequences: false)
                guard parts.count == 2, service.count == 2 else { return nil }
                return [String(service[0]), String(service[1]), String(parts[1])]
            }),
    ]
}

extension CheckTable.Content {
    /// Entries of the form `key=value`.
    ///
    /// - Parameter atLast: whether the last `=` parts them, as where the key is a path.
    fileprivate static func pairs(
        _ signal: SignalName, _ key: String, _ value: String, atLast: Bool = false,
        types: [String: ConfinedTable.ColumnType] = [:]
    ) -> CheckTable.Content {
        .entries(of: signal, columns: [key, value], types: types) { entry in
            guard let middle = atLast ? entry.lastIndex(of: "=") : entry.firstIndex(of: "=") else { return nil }
            return [String(entry[..<middle]), String(entry[entry.index(after: middle)...])]
        }
    }
}

extension SignalValue {
    /// A component of a version of numbers with dots between them, 0 where it has fewer; `nil` where it is none.
    fileprivate func component(_ index: Int) -> SQLiteValue? {
        guard case .string(let text) = self, let components = DottedVersion(text)?.components else { return nil }
        return .integer(index < components.count ? Int64(components[index]) : 0)
    }
}
