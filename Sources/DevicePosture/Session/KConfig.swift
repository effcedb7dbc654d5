// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// One group of a configuration of KDE, put together from the files of the machine and the person's.
///
/// A later file overrides an earlier one, except where the earlier marks a key, a group or itself as immutable (`[$i]`).
struct KConfigGroup: Hashable, Sendable {
    private var values: [String: String] = [:]
    private var immutableKeys: Set<String> = []
    private var isImmutable = false
    private let name: String

    /// The group of this name in files that are given from the least to the most important one.
    init(_ name: String, in files: [[UInt8]]) {
        self.name = name
        for file in files where !isImmutable { add(file) }
    }

    /// The text of a key.
    subscript(key: String) -> String? { values[key] }

    /// Whether the person may not change a key.
    func isImmutable(_ key: String) -> Bool { isImmutable || immutableKeys.contains(key) }

    /// A yes or no as KConfig reads it; the default where the key is not there, `nil` where it is neither.
    func boolean(_ key: String, default value: Bool) -> Bool? {
        switch values[key]?.lowercased() {
        case nil: value
        case "true", "on", "yes", "1": true
        case "false", "off", "no", "0": false
        default: nil
        }
    }

    private mutating func add(_ file: [UInt8]) {
        var current: String?
        var locked = Set<String>()
        var groupIsLocked = false
        for line in String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.hasPrefix("#") || line.isEmpty { continue }
            if line.hasPrefix("[") {
                if line == "[$i]" && current == nil {
                    groupIsLocked = true
                    continue
                }
                let isLocked = line.hasSuffix("[$i]")
                current = (isLocked ? String(line.dropLast(4)) : line).trimmed
                if isLocked && current == "[\(name)]" { groupIsLocked = true }
            } else if current == "[\(name)]", let sign = line.firstIndex(of: "=") {
                var key = line[..<sign].trimmed
                // Options stand in brackets behind the key, `i` among them; a language there is another key.
                if let bracket = key.firstRange(ofText: "[$") {
                    let options = key[bracket.upperBound...]
                    key = key[..<bracket.lowerBound].trimmed
                    if options.contains("i") { locked.insert(key) }
                }
                if !immutableKeys.contains(key) { values[key] = line[line.index(after: sign)...].trimmed }
            }
        }
        immutableKeys.formUnion(locked)
        isImmutable = groupIsLocked
    }
}
