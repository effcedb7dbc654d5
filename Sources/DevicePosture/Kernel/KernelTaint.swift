// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The kernel's taint flags, a bit each.
///
/// Source: the kernel's guide "Tainted kernels".
struct TaintFlags: Hashable, Sendable {
    static let path = "/proc/sys/kernel/tainted"

    /// The letter and the meaning of each bit, from bit 0.
    static let meanings: [(letter: Character, meaning: String)] = [
        ("P", "proprietary module"), ("F", "module loaded by force"), ("S", "processor out of specification"),
        ("R", "module removed by force"), ("M", "machine check"), ("B", "bad memory page"), ("U", "set by a user"),
        ("D", "the kernel died before"), ("A", "ACPI table overridden"), ("W", "warning"), ("C", "staging driver"),
        ("I", "workaround for firmware"), ("O", "module from outside the kernel"), ("E", "unsigned module"),
        ("L", "processor was stuck"), ("K", "live patch"), ("X", "set by the distribution"), ("T", "layout randomized"),
        ("N", "in-kernel test"), ("J", "firmware control by a user"),
    ]

    /// The bits that say that the code that runs is not all what the distribution built and signed.
    static let bad: UInt64 = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 8 | 1 << 10 | 1 << 12 | 1 << 13 | 1 << 16

    /// The bits.
    let bits: UInt64

    /// Parses the file: one decimal number.
    init?(parsing bytes: [UInt8]) {
        let text = String(decoding: bytes.prefix(64), as: UTF8.self).trimmed
        guard bytes.count <= 32, (1...20).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            let bits = UInt64(text)
        else { return nil }
        self.bits = bits
    }

    /// The bits that are set, from bit 0.
    var numbers: [Int] { (0..<64).filter { bits >> UInt64($0) & 1 == 1 } }

    /// Whether one of ``bad`` is set.
    var isBad: Bool { bits & Self.bad != 0 }

    /// A bit as `O=module from outside the kernel`; one that no kernel had when this was written by its number.
    static func name(of bit: Int) -> String {
        guard bit < meanings.count else { return "bit\(bit)=not known" }
        return "\(meanings[bit].letter)=\(meanings[bit].meaning)"
    }
}

/// The signals `kernelTaint` and `kernelTainted`.
struct KernelTaintCollector: SignalCollector {
    var signals: [SignalName] { [.kernelTaint, .kernelTainted] }
    var mayWait: Bool { false }

    func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        let (list, verdict) = find(in: system)
        return [.kernelTaint: system.reading(of: list), .kernelTainted: system.reading(of: verdict)]
    }

    /// The flags, and whether one of them is bad.
    func find(in system: SystemView) -> (list: Finding, verdict: Finding) {
        do {
            guard let flags = TaintFlags(parsing: try system.read(TaintFlags.path, limit: 4096)) else {
                throw ReadFailure.malformed
            }
            let names = flags.numbers.map(TaintFlags.name(of:)).sorted()
            let bad = flags.numbers.filter { TaintFlags.bad >> UInt64($0) & 1 == 1 }.map(TaintFlags.name(of:)).sorted()
            return (
                Finding(.known(.strings(names)), source: TaintFlags.path, evidence: bad.map { "counts: \($0)" }),
                .known(flags.isBad, source: TaintFlags.path, evidence: bad)
            )
        } catch {
            let finding = Finding.unknown(error as? ReadFailure ?? .malformed, at: TaintFlags.path)
            return (finding, finding)
        }
    }
}
