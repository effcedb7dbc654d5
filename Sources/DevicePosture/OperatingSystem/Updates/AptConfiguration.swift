// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// APT's configuration, as far as it says what is done without anybody: files of `Key::Sub "value";` and `Key { Sub "value"; };`.
///
/// Source: apt.conf(5). The last assignment of a key stands; keys are told apart without regard to case.
struct AptConfiguration: Sendable {
    /// The values by key in lower case; those of a list end with `::` and stand in ``lists``.
    private(set) var values: [String: String] = [:]
    /// The entries of lists by key in lower case.
    private(set) var lists: [String: [String]] = [:]

    static let mainPath = "/etc/apt/apt.conf"
    static let folder = "/etc/apt/apt.conf.d"

    /// Nothing yet.
    init() {}

    /// Reads the files in APT's order: the parts by their names, then the main file.
    init(in system: SystemView) throws(ReadFailure) {
        let names: [String]
        do throws(ReadFailure) { names = try system.list(Self.folder, limit: 1024) } catch ReadFailure.absent {
            names = []
        } catch {
            throw error
        }
        for name in names where Self.counts(name) {
            let path = "\(Self.folder)/\(name)"
            // What hangs in the air is skipped, as APT does.
            guard let bytes = try system.readIfPresent(path, limit: 1 << 20) else { continue }
            guard add(bytes) else { throw .malformed }
        }
        guard add(try system.readIfPresent(Self.mainPath, limit: 1 << 20) ?? []) else { throw .malformed }
    }

    /// Whether APT reads a file of this name: plain characters, and no ending but `.conf`.
    static func counts(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || [45, 46, 95].contains(byte)
        }
        return isPlain && !name.hasPrefix(".") && (!name.contains(".") || name.hasSuffix(".conf"))
    }

    /// Adds a file's statements to those before; `false` where it is not understood, or includes another.
    mutating func add(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else { return false }
        var scanner = AptConfigurationScanner(text)
        var scopes: [String] = []
        var words: [String] = []
        while let token = scanner.next() {
            switch token {
            case .word(let word):
                guard words.count < 3 else { return false }
                words.append(word)
            case .open:
                guard let name = words.first, scopes.count < 32 else { return false }
                scopes.append(name)
                if words.count > 1 { set(scopes, words[1]) }
                words = []
            case .close:
                guard !scopes.isEmpty, words.isEmpty else { return false }
                scopes.removeLast()
            case .end:
                guard end(words, in: scopes) else { return false }
                words = []
            }
        }
        return !scanner.isMalformed && scopes.isEmpty && words.isEmpty
    }

    private mutating func end(_ words: [String], in scopes: [String]) -> Bool {
        switch (words.first, words.count) {
        case (nil, _): break
        case ("#clear", 2...): clear((scopes + [words[1]]).joined(separator: "::"))
        case ("#clear", _), ("#include", _): return false
        case (_, 1): lists[scopes.joined(separator: "::").lowercased(), default: []].append(words[0])
        default: set(scopes + [words[0]], words[1])
        }
        return values.count < 20_000 && lists.count < 20_000
    }

    private mutating func set(_ path: [String], _ value: String) {
        var key = path.joined(separator: "::").lowercased()
        if key.hasSuffix("::") {
            key.removeLast(2)
            lists[key, default: []].append(value)
        } else {
            values[key] = value
        }
    }

    private mutating func clear(_ name: String) {
        let key = name.lowercased()
        values = values.filter { $0.key != key && !$0.key.hasPrefix(key + "::") }
        lists = lists.filter { $0.key != key && !$0.key.hasPrefix(key + "::") }
    }

    /// Whether an interval of `APT::Periodic` is one at which something is done: a number other than 0, perhaps with a unit, or
    /// `always`.
    func isPeriodic(_ name: String) -> Bool {
        guard let value = values["apt::periodic::\(name.lowercased())"] else { return false }
        if value == "always" { return true }
        let digits = value.prefix { $0.isASCII && $0.isNumber }
        return !digits.isEmpty && digits.contains { $0 != "0" }
            && ["", "s", "m", "h", "d"].contains(value[digits.endIndex...])
    }

    /// The entries of a list, also where they have names of their own.
    func entries(_ name: String) -> [String] {
        let key = name.lowercased()
        return (lists[key] ?? []) + values.filter { $0.key.hasPrefix(key + "::") }.map(\.value)
    }
}
