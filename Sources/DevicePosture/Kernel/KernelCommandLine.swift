// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The parameters that the kernel was started with (`/proc/cmdline`).
///
/// Double quotes hold blanks together, `-` and `_` in names are the same, and what stands behind `--` is for init.
struct KernelCommandLine: Hashable, Sendable {
    static let path = "/proc/cmdline"
    /// The most bytes that are read; kernels have at most 4096 on most machines.
    static let limit = 64 * 1024

    /// The parameters in their order; a name without a value has `nil`.
    let parameters: [(name: String, value: String?)]

    /// Parses the line, whatever it is.
    init(parsing bytes: [UInt8]) {
        var parameters: [(name: String, value: String?)] = []
        var word: [UInt8] = []
        var isQuoted = false
        for byte in bytes.prefix(Self.limit) {
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted, byte == 0x20 || (0x09...0x0D).contains(byte) || byte == 0 {
                if word.elementsEqual("--".utf8) { break }
                if !word.isEmpty { parameters.append(Self.parameter(word)) }
                word = []
            } else {
                word.append(byte)
            }
        }
        if !word.isEmpty, !word.elementsEqual("--".utf8) { parameters.append(Self.parameter(word)) }
        self.parameters = parameters
    }

    /// Reads it.
    static func read(in system: SystemView) throws(ReadFailure) -> KernelCommandLine {
        KernelCommandLine(parsing: try system.read(path, limit: limit))
    }

    /// All values of a parameter, in their order.
    func values(of name: String) -> [String] {
        parameters.filter { $0.name == name }.compactMap(\.value)
    }

    /// Whether a parameter is there, with a value or without.
    func has(_ name: String) -> Bool { parameters.contains { $0.name == name } }

    private static func parameter(_ word: [UInt8]) -> (name: String, value: String?) {
        let parts = word.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0].map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
        return (
            String(decoding: name, as: UTF8.self), parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : nil
        )
    }

    static func == (left: KernelCommandLine, right: KernelCommandLine) -> Bool {
        left.parameters.elementsEqual(right.parameters) { $0.name == $1.name && $0.value == $1.value }
    }

    func hash(into hasher: inout Hasher) {
        for parameter in parameters { hasher.combine(parameter.name) }
    }
}
