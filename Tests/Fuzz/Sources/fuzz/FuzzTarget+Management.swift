// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries
internal import NetworkPlaces

extension FuzzTarget {
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
