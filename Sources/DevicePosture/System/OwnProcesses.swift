// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The command lines of the user's own processes, which `/proc` shows whatever `hidepid` says.
struct OwnProcesses: Sendable {
    /// Each process's arguments; the first is the program as it was called.
    let commandLines: [[String]]

    /// Reads the processes of the view's user.
    init(in system: SystemView) throws(ReadFailure) {
        var found: [[String]] = []
        for name in try system.list("/proc") where name.utf8.allSatisfy({ (48...57).contains($0) }) {
            guard (try? system.owner(of: "/proc/\(name)")) == system.userID,
                let bytes = try? system.read("/proc/\(name)/cmdline", limit: 128 * 1024), !bytes.isEmpty
            else { continue }
            let arguments = bytes.split(separator: 0, omittingEmptySubsequences: false)
            found.append(
                (bytes.last == 0 ? arguments.dropLast() : arguments[...]).map { String(decoding: $0, as: UTF8.self) })
        }
        commandLines = found
    }

    /// The arguments of the processes that run a program of this name.
    func arguments(of program: String) -> [[String]] {
        commandLines.compactMap { line in
            guard let first = line.first, first.split(separator: "/").last.map(String.init) == program else {
                return nil
            }
            return Array(line.dropFirst())
        }
    }

    /// Whether a program of this name runs.
    func runs(_ program: String) -> Bool { !arguments(of: program).isEmpty }
}
