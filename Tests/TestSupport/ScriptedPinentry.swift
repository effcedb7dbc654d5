// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A pinentry that does what a test wrote: a shell script that speaks the Assuan protocol and notes what it is told.
package struct ScriptedPinentry: Sendable {
    private let folder: TemporaryFolder

    /// The program.
    package var path: String { folder.path + "/pinentry" }

    /// A script.
    ///
    /// - Parameters:
    ///   - flavor: the answer to `GETINFO flavor`.
    ///   - greeting: what it says first.
    ///   - answers: what the shell does at the first, second, … `CONFIRM` or `GETPIN`; the last one stands for all after.
    package init(flavor: String = "tty", greeting: String = "OK ready", answers: [String]) throws {
        folder = try TemporaryFolder()
        let cases = answers.enumerated().map { index, answer in
            "\(index == answers.count - 1 ? "*" : String(index + 1))) \(answer) ;;"
        }
        try folder.write(
            """
            #!/bin/sh
            here='\(folder.path)'
            env > "$here/environment"
            echo $$ >> "$here/processes"
            echo '\(greeting)'
            count=0
            while IFS= read -r line; do
              printf '%s\n' "$line" >> "$here/commands"
              case "$line" in
                'GETINFO flavor') printf 'D %s\nOK\n' '\(flavor)' ;;
                CONFIRM*|GETPIN*)
                  count=$((count + 1))
                  date +%s%N >> "$here/shown"
                  case $count in
                    \(cases.joined(separator: "\n        "))
                  esac ;;
                BYE) echo OK; exit 0 ;;
                *) echo OK ;;
              esac
            done
            """, to: "pinentry", mode: 0o700)
    }

    /// The commands that it was given, in order, of all its runs.
    package var commands: [String] { folder.read("commands").split(separator: "\n").map(String.init) }

    /// How often it was asked.
    package var showings: Int { folder.read("shown").split(separator: "\n").count }

    /// The ids of the processes that it ran as.
    package var processes: [Int32] { folder.read("processes").split(separator: "\n").compactMap { Int32($0) } }

    /// The environment of its last run.
    package var environment: [String] { folder.read("environment").split(separator: "\n").map(String.init) }

    /// Waits until it was asked so often, for at most five seconds.
    package func untilShown(_ count: Int) async {
        for _ in 0..<500 where showings < count { try? await Task.sleep(for: .milliseconds(10)) }
    }
}
