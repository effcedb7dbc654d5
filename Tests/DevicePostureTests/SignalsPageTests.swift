// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DevicePosture
import DeviceSignals
import FoundationEssentials
import Testing

/// docs/signals.md against the collectors.
@Suite struct SignalsPageTests {
    private func page() throws -> [Substring] {
        // These tests are built in a second package, too, which reaches them through links further down the tree.
        var folder = #filePath.split(separator: "/").dropLast()
        while !folder.isEmpty,
            !FileManager.default.fileExists(atPath: "/\(folder.joined(separator: "/"))/docs/signals.md")
        {
            folder.removeLast()
        }
        let path = "/\(folder.joined(separator: "/"))/docs/signals.md"
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    }

    /// The names in the headings of the third level.
    private func names(_ page: [Substring]) -> Set<String> {
        let headings = page.filter { $0.hasPrefix("### ") }.map { $0.dropFirst(4) }
        return Set(headings.flatMap { $0.split(separator: ", ").map(String.init) })
    }

    @Test func everySignalHasASectionAndNoSectionIsOfASignalThatIsNotThere() throws {
        let collected = Set(PostureCollector().names.map(\.rawValue))
        #expect(names(try page()) == collected)
    }

    @Test func everySignalHasARowInATable() throws {
        let page = try page()
        let missing = PostureCollector().names.filter { name in
            !page.contains { $0.hasPrefix("| `\(name.rawValue)` |") }
        }
        #expect(missing == [])
    }
}
