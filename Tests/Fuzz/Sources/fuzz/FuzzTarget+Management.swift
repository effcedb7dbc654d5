// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CommaSeparatedValues
internal import ManagementQueries

extension FuzzTarget {
    /// What comes to the management API.
    static let managementTargets: [String: Body] = [
        "filter": { input in
            guard let filter = try? FilterExpression(String(decoding: input, as: UTF8.self)) else { return }
            let resource: ResourceValue = ["a": "b", "c": [["d": 1], ["d": .decimal(0.5)]], "e": .null]
            expect(filter.matches(resource) != FilterExpression.not(filter).matches(resource), "not turns each filter")
        },
        "page-cursor": { input in
            let text = String(decoding: input, as: UTF8.self)
            guard let cursor = PageCursor(text) else { return }
            expect(cursor.text == text, "one spelling for each cursor")
        },
        "csv": { input in
            guard let table = try? CSVTable(parsing: Array(input)) else { return }
            let rows = ([table.header] + table.rows).map { $0.map(\.text) }
            guard let again = try? CSVTable(parsing: Array(CSVTable.text(rows).utf8)) else {
                return expect(false, "what is written can be read")
            }
            expect(([again.header] + again.rows).map { $0.map(\.text) } == rows, "what is written is what was read")
        },
        "instant": { input in
            guard let instant = Instant(String(decoding: input, as: UTF8.self)) else { return }
            expect(Instant(instant.text) == instant, "what is written is what was read")
        },
    ]
}
