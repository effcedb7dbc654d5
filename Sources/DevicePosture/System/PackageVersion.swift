// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A version of a Debian package: `[epoch:]upstream[-revision]`, compared as dpkg compares.
///
/// Source: Debian Policy §5.6.12. Kernels' releases are compared with the same rules (``compare(_:_:)``).
struct PackageVersion: Hashable, Sendable, Comparable {
    private let epoch: Int
    private let upstream: [UInt8]
    private let revision: [UInt8]

    /// The version that bytes state, or `nil` where they are none.
    init?(_ bytes: some Collection<UInt8>) {
        guard (1...256).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        var rest = Array(bytes)[...]
        var epoch = 0
        if let colon = rest.firstIndex(of: 0x3A) {
            guard (1...9).contains(colon), rest[..<colon].allSatisfy({ (48...57).contains($0) }) else { return nil }
            epoch = rest[..<colon].reduce(0) { $0 * 10 + Int($1) - 48 }
            rest = rest[(colon + 1)...]
        }
        if let dash = rest.lastIndex(of: 0x2D) {
            revision = Array(rest[(dash + 1)...])
            rest = rest[..<dash]
        } else {
            revision = []
        }
        guard !rest.isEmpty else { return nil }
        self.epoch = epoch
        upstream = Array(rest)
    }

    init?(_ text: some StringProtocol) { self.init(Array(text.utf8)) }

    /// The program's own version, without epoch and revision.
    var program: String { String(decoding: upstream, as: UTF8.self) }

    static func < (left: PackageVersion, right: PackageVersion) -> Bool {
        if left.epoch != right.epoch { return left.epoch < right.epoch }
        let upstream = compare(left.upstream, right.upstream)
        return upstream != 0 ? upstream < 0 : compare(left.revision, right.revision) < 0
    }

    static func == (left: PackageVersion, right: PackageVersion) -> Bool { !(left < right) && !(right < left) }

    func hash(into hasher: inout Hasher) { hasher.combine(epoch) }

    /// Negative, zero or positive, as the first comes before the second, is the same, or comes after it.
    ///
    /// Runs of digits are numbers; of what stands between them letters come before all else, and `~` before the end.
    static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var (left, right) = (left[...], right[...])
        while !left.isEmpty || !right.isEmpty {
            while isText(left.first) || isText(right.first) {
                let difference = order(left.first) - order(right.first)
                if difference != 0 { return difference }
                left = left.dropFirst()
                right = right.dropFirst()
            }
            let numbers = (number(&left), number(&right))
            if numbers.0.count != numbers.1.count { return numbers.0.count - numbers.1.count }
            for (one, other) in zip(numbers.0, numbers.1) where one != other { return Int(one) - Int(other) }
        }
        return 0
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isText(_ byte: UInt8?) -> Bool { byte.map { !isDigit($0) } ?? false }

    private static func order(_ byte: UInt8?) -> Int {
        guard let byte, !isDigit(byte) else { return 0 }
        if byte == 0x7E { return -1 }
        let isLetter = (65...90).contains(byte) || (97...122).contains(byte)
        return isLetter ? Int(byte) : Int(byte) + 256
    }

    /// Takes the digits at the start, without leading zeros.
    private static func number(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix { isDigit($0) }
        rest = rest[digits.endIndex...]
        return digits.drop { $0 == 48 }
    }
}
