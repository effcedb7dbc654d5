// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

/// How far this process grows, in kilobytes, from what it holds when this is made: not from the most that any test before held, in which
/// much could hide (proc(5), `clear_refs` and `VmHWM`).
struct PeakMemory {
    private let before: Int

    init() throws {
        // What was freed is given back first: it could be filled anew without a trace.
        let trim = try #require(dlsym(nil, "malloc_trim"), "Swift does not import it")
        _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0)
        // By this number the peak begins anew.
        let file = try #require(FileHandle(forWritingAtPath: "/proc/self/clear_refs"))
        try file.write(contentsOf: Data("5".utf8))
        try file.close()
        before = try Self.peak()
    }

    /// How much more it held at most since.
    func growth() throws -> Int { try Self.peak() - before }

    private static func peak() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }
}
