// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CommaSeparatedValues
internal import ManagementQueries
internal import NetworkPlaces
internal import WireProtocol

extension FuzzTarget {
    private static let person = SCIMResourceType(
        name: "User", endpoint: "/Users",
        schema: SCIMSchema(
            id: "urn:u", name: "User", summary: "",
            attributes: [
                SCIMAttribute("userName", .string, ""), SCIMAttribute("active", .boolean, ""),
                SCIMAttribute("name", .complex, "", subAttributes: [SCIMAttribute("givenName", .string, "")]),
                SCIMAttribute(
                    "emails", .complex, "",
                    subAttributes: [
                        SCIMAttribute("value", .string, "") { $0.isCaseExact = true },
                        SCIMAttribute("type", .string, ""), SCIMAttribute("primary", .boolean, ""),
                    ]
                ) { $0.isMultiValued = true },
            ]),
        extensions: [SCIMSchema(id: "urn:e", name: "E", summary: "", attributes: [SCIMAttribute("d", .string, "")])])
    private static let resource: ResourceValue = [
        "userName": "alice", "active": true, "name": ["givenName": "A"],
        "emails": [["value": "a", "type": "work", "primary": true], ["value": "b", "type": "home"]],
        "urn:e": ["d": "x"],
    ]

    /// What comes to the management API, and the tables that administrators fetch.
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
        "network-places": { input in
            let whole = places(input, pieces: .max)
            expect(whole?.count == places(input, pieces: 3)?.count, "pieces do not matter")
            guard let whole else { return }
            for bytes in [Array(input.suffix(4)), Array(input.suffix(16))] { _ = whole.place(of: bytes) }
        },
        "csv": { input in
            guard let table = try? CSVTable(parsing: Array(input)) else { return }
            let rows = ([table.header] + table.rows).map { $0.map(\.text) }
            guard let again = try? CSVTable(parsing: Array(CSVTable.text(rows).utf8)) else {
                return expect(false, "what is written can be read")
            }
            expect(([again.header] + again.rows).map { $0.map(\.text) } == rows, "what is written is what was read")
        },
        "scim-filter": { input in
            let text = String(decoding: input, as: UTF8.self)
            guard let filter = try? FilterExpression(text, of: person) else { return }
            expect(filter.matches(resource) != FilterExpression.not(filter).matches(resource), "not turns each filter")
            if let name = filter.required(["userName"]), filter.matches(resource) {
                expect(name.lowercased() == "alice", "what a filter requires is so wherever it fits")
            }
        },
        "scim-patch": { input in
            guard let body = try? JSON.decode(ResourceValue.self, from: Array(input), limit: 1 << 20),
                body.isNested(atMost: 32), let patch = try? SCIMPatch(body, of: person),
                let patched = try? patch.applied(to: resource)
            else { return }
            expect((try? person.normalized(patched)) == patched, "what is patched is as what is kept")
        },
        "instant": { input in
            guard let instant = Instant(String(decoding: input, as: UTF8.self)) else { return }
            expect(Instant(instant.text) == instant, "what is written is what was read")
        },
    ]

    private static func places(_ input: [UInt8], pieces: Int) -> PlaceTable? {
        var reader = PlaceTableReader()
        var rest = input[...]
        while !rest.isEmpty {
            let piece = rest.prefix(pieces)
            rest = rest.dropFirst(piece.count)
            do { try reader.read(Array(piece)) } catch { return nil }
        }
        do { try reader.endTable() } catch { return nil }
        return try? reader.finish()
    }
}
