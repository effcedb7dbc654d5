// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Glibc

/// The variables that lead to the person's desktop.
package enum DesktopEnvironment {
    /// The variables, or `nil` where no desktop is.
    ///
    /// A daemon that was started before the desktop has none of them in its own environment: then the person's systemd is
    /// asked, into which desktops put them.
    ///
    /// - Parameter environment: the process's own.
    package static func variables(in environment: [String: String]) async -> [String: String]? {
        if let own = desktop(environment) { return own }
        guard let runtime = environment["XDG_RUNTIME_DIR"], access(runtime + "/systemd/private", F_OK) == 0 else {
            return nil
        }
        return await withCheckedContinuation { continuation in
            DispatchQueue(label: "countersign.systemctl").async {
                continuation.resume(returning: desktop(parse(show(environment))))
            }
        }
    }

    private static func desktop(_ environment: [String: String]) -> [String: String]? {
        let found = environment.filter { PromptSurface.displayVariables.contains($0.key) && !$0.value.isEmpty }
        return found["DISPLAY"] == nil && found["WAYLAND_DISPLAY"] == nil ? nil : found
    }

    /// The lines `NAME=value` of systemctl's output; quoted values, which no variable of a desktop needs, are left out.
    static func parse(_ output: [UInt8]) -> [String: String] {
        var variables: [String: String] = [:]
        for line in output.split(separator: 10) {
            let parts = String(decoding: line, as: UTF8.self).split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, !parts[1].hasPrefix("$'"), !parts[1].hasPrefix("\"") else { continue }
            variables[parts[0]] = parts[1]
        }
        return variables
    }

    private static func show(_ environment: [String: String]) -> [UInt8] {
        guard
            let child = try? ChildProcess(
                path: "/usr/bin/systemctl", arguments: ["--user", "show-environment"], environment: environment)
        else { return [] }
        defer { child.end() }
        let deadline = Deadline(after: .seconds(2))
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while output.count < 65536, deadline.millisecondsLeft > 0 {
            var wanted = pollfd(fd: child.socket, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, deadline.millisecondsLeft) > 0 else { continue }
            let count = recv(child.socket, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            output += chunk[..<count]
        }
        return output
    }
}
