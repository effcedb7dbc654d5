// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import CustomChecks
import DevicePosture
import DeviceSignals
import Foundation
import Testing

/// What the tables say, and that they say nothing that is not known.
@Suite struct CheckTablesTests {
    private static let states: [SignalName: SignalState] = [
        .osName: .known(.string("debian")), .osVersion: .known(.string("12.11")),
        .osCodename: .known(.string("bookworm")), .osBuild: .notApplicable(reason: "this distribution states none"),
        .kernelVersion: .known(.string("6.1.0-40-amd64")), .manufacturer: .known(.string("LENOVO")),
        .serialNumber: .unknown(reason: "needs the posture helper"), .secureBoot: .known(.boolean(true)),
        .firewall: .unknown(reason: "needs the posture helper"), .kernelTaint: .known(.strings([])),
        .volumeEncryption: .known(.strings(["/=LUKS2", "/srv/a=b=none"])),
        .listeningServices: .known(.strings(["tcp/22 0.0.0.0", "udp/5353 ::"])),
        .kernelHardening: .known(.strings(["kernel.kptr_restrict=1"])), .unencryptedSSHKeys: .known(.integer(2)),
        .privilegedGroups: .known(.strings(["docker", "sudo"])), .browsers: .known(.strings(["firefox=128.0"])),
        .swapSpaces: .known(.strings(["nonsense"])), .endpointProtection: .known(.strings([])),
    ]

    private func machine() throws -> CheckMachine { try CheckMachine(Self.states) }

    @Test(
        "tables are filled from signals",
        arguments: [
            ("SELECT platform || ' ' || version || ' ' || codename FROM os_version;", "debian 12.11 bookworm"),
            ("SELECT major * 100 + minor + patch FROM os_version;", "1211"),
            ("SELECT version FROM kernel_info;", "6.1.0-40-amd64"),
            ("SELECT hardware_vendor FROM system_info;", "LENOVO"), ("SELECT secure_boot FROM secureboot;", "1"),
            ("SELECT encryption FROM countersign_volumes WHERE path = '/srv/a=b';", "none"),
            ("SELECT count(*) FROM countersign_volumes WHERE encryption = 'none';", "1"),
            ("SELECT group_concat(port, ' ') FROM countersign_listening_services;", "22 5353"),
            ("SELECT value FROM countersign_kernel_settings WHERE name = 'kernel.kptr_restrict';", "1"),
            ("SELECT count(*) FROM countersign_groups WHERE name = 'docker';", "1"),
            ("SELECT unencryptedSSHKeys FROM countersign_signals;", "2"),
            ("SELECT browsers LIKE '%firefox%' FROM countersign_signals;", "1"),
            ("SELECT count(*) FROM countersign_endpoint_protection;", "0"),
            ("SELECT kernelTaint = '' FROM countersign_signals;", "1"),
            // A text is more than any number where neither has a type.
            ("SELECT count(*) = 0 FROM countersign_listening_services WHERE port < 1024;", "0"),
            ("SELECT count(*) FROM countersign_listening_services WHERE port > 1024;", "1"),
            ("SELECT count(*) = 0 FROM countersign_kernel_settings WHERE value < 2;", "0"),
            ("SELECT value > 1 FROM countersign_kernel_settings;", "0"),
            ("SELECT value = '1' FROM countersign_kernel_settings;", "1"),
            ("SELECT major = '12' AND major < 100 FROM os_version;", "1"),
            ("SELECT secure_boot = '1' FROM secureboot;", "1"),
            ("SELECT unencryptedSSHKeys < '10' FROM countersign_signals;", "1"),
        ])
    func filled(query: String, value: String) async throws { #expect(try await machine().value(query) == value) }

    @Test(
        "a query that reads what is not known is not answered, however it is written",
        arguments: [
            "SELECT hardware_serial FROM system_info;",
            "SELECT CASE WHEN hardware_serial = 'bad' THEN 0 ELSE 1 END FROM system_info;",
            "SELECT CASE WHEN firewall = 0 THEN 0 ELSE 1 END FROM countersign_signals;",
            "SELECT coalesce(firewall, 1) FROM countersign_signals;",
            "SELECT firewall IS NOT 0 FROM countersign_signals;",
            "SELECT CASE WHEN 1 THEN 1 ELSE (SELECT firewall FROM countersign_signals) END;",
            "SELECT count(*) FROM countersign_signals WHERE firewall = 0;",
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM countersign_signals WHERE firewall = 0);",
            "SELECT CASE WHEN build = 'x' THEN 0 ELSE 1 END FROM os_version;",
            "SELECT count(*) FROM countersign_swap_spaces WHERE encryption = 'none';",
            "SELECT count(*) FROM countersign_swap_spaces;", "SELECT count(*) FROM countersign_mount_options;",
            "SELECT 1 - count(*) FROM countersign_ssh_settings WHERE name = 'PermitRootLogin' AND value = 'yes';",
            "SELECT count(*) FROM os_version JOIN countersign_signals USING (firewall);",
            "SELECT model IS NULL FROM countersign_signals;",
        ])
    func unknown(query: String) async throws {
        let report = try await machine().report(query)
        #expect(report?.value == nil, "\(report as Any)")
    }

    @Test("the reason names the signal") func reasons() async throws {
        let machine = try machine()
        #expect(
            await machine.reason("SELECT firewall FROM countersign_signals;")
                == "firewall is unknown: needs the posture helper")
        #expect(
            await machine.reason("SELECT build FROM os_version;")
                == "osBuild does not apply to this device: this distribution states none")
        #expect(
            await machine.reason("SELECT count(*) FROM countersign_swap_spaces;")
                == "swapSpaces could not be read as rows, or not all of it")
        #expect(await machine.reason("SELECT model FROM countersign_signals;") == "model is unknown: it was not read")
    }

    @Test("a column that is known is told although its neighbour is not") func neighbours() async throws {
        #expect(try await machine().value("SELECT hardware_vendor FROM system_info;") == "LENOVO")
    }

    @Test("only the signals that a query reads are collected, and all of a challenge at once") func lazy() async throws
    {
        let machine = try machine()
        _ = await machine.runner.results(
            of: [
                PostureCheckRequest(variableName: "a", query: "SELECT version FROM kernel_info;"),
                PostureCheckRequest(variableName: "b", query: "SELECT secure_boot FROM secureboot;"),
                PostureCheckRequest(variableName: "c", query: "SELECT 1;"),
                PostureCheckRequest(variableName: "d", query: "SELECT nothing FROM nowhere;"),
            ], for: CheckMachine.organization)
        #expect(machine.reads == [[.kernelVersion, .secureBoot]])
    }

    @Test("a list that may have been cut is not counted") func bounds() async throws {
        let full = (0..<256).map { "group\($0)" }
        func value(_ entries: [String]) async throws -> String? {
            try await CheckMachine([.privilegedGroups: .known(.strings(entries))])
                .value("SELECT count(*) FROM countersign_groups;")
        }
        #expect(try await value(full) == nil)
        #expect(try await value(Array(full.dropLast())) == "255")
        #expect(try await value([String(repeating: "a", count: 256)]) == nil)
    }

    @Test("a version that is none has no components, and no major of 0") func components() async throws {
        let machine = try CheckMachine([.osVersion: .known(.string("rolling"))])
        #expect(await machine.value("SELECT version FROM os_version;") == "rolling")
        #expect(await machine.value("SELECT major FROM os_version;") == nil)
    }

    @Test("each table and column stands in the documentation, and nothing else does") func documentation() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/custom-checks.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        var documented: [String: [String]] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 2, cells[1].hasPrefix("`") else { continue }
            documented[cells[0].replacing("`", with: "")] = cells[1].split(separator: ", ").map {
                String($0).replacing("`", with: "")
            }
        }
        let tables = CheckTables(signals: PostureCollector().names).list
        for table in tables where table.name != "countersign_signals" {
            #expect(documented[table.name] == table.columns.map { "\($0.name) ← \($0.signal)" }, "\(table.name)")
        }
        #expect(Set(documented.keys).union(["countersign_signals"]) == Set(tables.map(\.name)))
    }
}
