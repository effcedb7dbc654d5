// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Pinentry

/// The terminal that a command was started in.
enum OwnTerminal {
    /// The terminal, or `nil` where the command has none.
    static func find(_ environment: [String: String]) -> PromptSurface.Terminal? {
        for descriptor in [STDIN_FILENO, STDERR_FILENO, STDOUT_FILENO] {
            guard let name = ttyname(descriptor) else { continue }
            let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty }
            return PromptSurface.Terminal(
                name: String(cString: name), type: environment["TERM"] ?? "dumb", characterType: locale ?? "")
        }
        return nil
    }
}
