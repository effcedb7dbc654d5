// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Finds the name that somebody may have meant.
enum NameSuggestion {
    /// The name that differs least, if it differs little.
    static func closest(to name: String, among names: [String]) -> String? {
        guard name.utf8.count <= 64 else { return nil }
        let wanted = Array(name.lowercased().utf8)
        var best: (name: String, distance: Int)?
        for candidate in names.sorted() {
            let distance = distance(wanted, Array(candidate.lowercased().utf8))
            if distance <= max(1, min(wanted.count, candidate.utf8.count) / 3), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// How many letters have to be put in, taken out, replaced or swapped with their neighbour.
    private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for i in first.indices {
            var row = [i + 1]
            for j in second.indices {
                let cost = first[i] == second[j] ? 0 : 1
                var least = min(row[j] + 1, last[j + 1] + 1, last[j] + cost)
                if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
                    least = min(least, beforeLast[j - 1] + 1)
                }
                row.append(least)
            }
            (beforeLast, last) = (last, row)
        }
        return last[second.count]
    }
}
