// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The list of what was written, by which it is known again: each file with its digest, and the folders that were made for them.
///
/// Lines of text, so that a package's script can read it once the program is gone: `file SHA-256 PATH`, `folder PATH`. A file is listed
/// before it is written, so that an interruption leaves nothing that is not known.
struct PolicyLedger: Equatable, Sendable {
    /// Digests in hexadecimal by path. There are two only while a file is exchanged.
    var files: [String: Set<String>] = [:]
    /// Folders, none above one that stands later.
    var folders: [String] = []

    /// Where it is.
    static let path = "/var/lib/countersign-agent/browser-policies"
    /// The longest that is read.
    static let limit = 64 * 1024
    private static let head =
        "# Written by 'agent browser-policy install', format 1. 'agent browser-policy remove' undoes all of this."

    /// Nothing was written.
    init() {}

    /// Reads the list, or gives `nil` where the text is none.
    init?(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 2, lines.first.map(String.init) == Self.head, lines.last == "" else { return nil }
        for line in lines.dropFirst().dropLast() {
            let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard let path = words.last, Self.isPath(path) else { return nil }
            switch (words.first, words.count) {
            case ("file", 3):
                guard words[1].utf8.count == 64, words[1].utf8.allSatisfy(Self.isHexDigit) else { return nil }
                files[path, default: []].insert(words[1])
            case ("folder", 2): folders.append(path)
            default: return nil
            }
        }
    }

    /// The text of the list.
    var bytes: [UInt8] {
        var lines = [Self.head]
        for (path, digests) in files.sorted(by: { $0.key < $1.key }) {
            lines += digests.sorted().map { "file \($0) \(path)" }
        }
        lines += folders.map { "folder \($0)" }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// Whether a file with these bytes is one that was written.
    func knows(_ bytes: [UInt8], at path: String) -> Bool { files[path]?.contains(Self.digest(bytes)) == true }

    /// The digest by which a file is known.
    static func digest(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = SHA256.hash(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isPath(_ path: String) -> Bool {
        path.hasPrefix("/") && path.utf8.count <= 300
            && path.split(separator: "/").allSatisfy { $0 != ".." && $0 != "." }
            && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }
}
