// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A kernel's release, as `uname -r` prints it, divided into what is compared and the flavour.
///
/// Kernels of different flavours (`amd64` and `cloud-amd64`, `generic` and `oem`, Arch's `lts`) are installed side by side, and a
/// higher number of another flavour is no newer kernel of this one.
struct KernelRelease: Hashable, Sendable, CustomStringConvertible {
    /// The whole release.
    let description: String
    /// The words at its end that name no version, such as `amd64`, or `debug` after a plus; empty where there are none.
    let flavour: String
    private let version: [UInt8]

    /// The release that a text names, or `nil` where it does not begin with a number, or has other than plain characters.
    init?(_ text: some StringProtocol) {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, (48...57).contains(first),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x2F })
        else { return nil }
        var words = Substring(text).split(separator: "-", omittingEmptySubsequences: false)
        // The commit that a kernel was built from is no flavour.
        if words.count > 1, let last = words.last, Self.isCommit(last) { words.removeLast() }
        var flavour: [Substring] = []
        while words.count > 1, let last = words.last, Self.isWord(last) { flavour.insert(words.removeLast(), at: 0) }
        if flavour.isEmpty, let last = words.last, let plus = last.firstIndex(of: "+") {
            flavour = [last[last.index(after: plus)...]]
            words[words.count - 1] = last[..<plus]
        }
        description = String(text)
        self.flavour = flavour.joined(separator: "-")
        // A candidate comes before its release.
        version = Array(words.map { $0.hasPrefix("rc") ? "~\($0)" : String($0) }.joined(separator: "-").utf8)
    }

    /// Negative, zero or positive, as this one is older than the other, the same, or newer.
    func compared(to other: KernelRelease) -> Int {
        // "-~rc1" has to come before the end, which "-" does not.
        PackageVersion.compare(Self.key(version), Self.key(other.version))
    }

    private static func key(_ version: [UInt8]) -> [UInt8] {
        var key: [UInt8] = []
        for byte in version {
            if byte == 0x7E, key.last == 0x2D { key.removeLast() }
            key.append(byte)
        }
        return key
    }

    /// Whether a word names a flavour: a letter first, and no candidate.
    private static func isWord(_ word: Substring) -> Bool {
        guard let first = word.utf8.first, (65...90).contains(first) || (97...122).contains(first) else { return false }
        // Arch counts its builds in such a word ("arch1-1"), which is part of the version.
        return !(word.hasPrefix("rc") && word.dropFirst(2).allSatisfy(\.isNumber))
    }

    private static func isCommit(_ word: Substring) -> Bool {
        word.hasPrefix("g") && word.utf8.count >= 8
            && word.dropFirst().utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
