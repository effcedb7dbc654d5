// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

@testable internal import CustomChecks
@testable internal import SQLiteDatabase

extension FuzzTarget {
    /// What organisations ask and osqueryi prints.
    static let customCheckTargets: [String: Body] = [
        "custom-check-query": { input in
            var limits = ConfinedQuery.Limits()
            limits.time = .milliseconds(200)
            guard let query = try? ConfinedQuery(String(decoding: input, as: UTF8.self), limits: limits) else { return }
            let tables = [
                ConfinedTable("os_version", columns: ["platform", "major"], rows: [[.text("debian"), .integer(12)]]),
                ConfinedTable("volumes", columns: ["path", "encryption"], rows: [[.text("/"), .text("LUKS2")]]),
            ]
            guard let reads = try? query.reads(among: tables) else { return }
            expect(reads.keys.allSatisfy { ["os_version", "volumes"].contains($0) }, "no other table is read")
            guard let value = try? query.answer(from: tables) else { return }
            expect(value.utf8.count <= limits.answerLength, "a value has a bound")
            expect(!value.utf8.contains(0), "a value has no zero byte")
        },
        "osquery-output": { input in
            guard let value = try? OsqueryProgram.value(of: input) else { return }
            expect(!value.isEmpty, "nothing is no value")
            expect(value.utf8.count <= PostureCheckReport.maximumValueLength, "a value has a bound")
        },
    ]
}
