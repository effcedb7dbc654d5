// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import MessageBus

/// The variables that lead to the person's desktop.
package enum DesktopEnvironment {
    private static let executor = BlockingSerialExecutor(label: "countersign.desktop-environment")

    /// How long the bus may take to let us in, and the person's systemd to answer.
    private static let limit = Duration.seconds(2)

    /// The variables, or `nil` where no desktop is.
    ///
    /// A daemon that was started before the desktop has none of them in its own environment: then the person's systemd is
    /// asked, into which desktops put them (org.freedesktop.systemd1(5), `Environment`).
    ///
    /// - Parameter environment: the process's own.
    package static func variables(in environment: [String: String]) async -> [String: String]? {
        if let own = desktop(environment) { return own }
        let address = environment["DBUS_SESSION_BUS_ADDRESS"]
        guard address != nil || environment["XDG_RUNTIME_DIR"] != nil else { return nil }
        return await withCheckedContinuation { continuation in
            executor.run { continuation.resume(returning: desktop(ofManagerOn: address)) }
        }
    }

    private static func desktop(_ environment: [String: String]) -> [String: String]? {
        let found = environment.filter { PromptSurface.displayVariables.contains($0.key) && !$0.value.isEmpty }
        return found["DISPLAY"] == nil && found["WAYLAND_DISPLAY"] == nil ? nil : found
    }

    /// What the systemd on a bus has; `nil` too where there is none, or it does not answer.
    private static func desktop(ofManagerOn address: String?) -> [String: String]? {
        let manager = BusTarget(
            destination: "org.freedesktop.systemd1", path: "/org/freedesktop/systemd1",
            interface: "org.freedesktop.DBus.Properties")
        do throws(Unanswered) {
            let bus = try BusConnection<Unanswered>(address: address, within: limit)
            let answer = try bus.call(manager, "Get", within: limit, mayStart: false) { message throws(Unanswered) in
                try message.append("org.freedesktop.systemd1.Manager")
                try message.append("Environment")
            }
            return desktop(variables(of: try answer.readValue()))
        } catch {
            return nil
        }
    }

    /// The variables of a list of `NAME=value`.
    static func variables(of list: BusValue) -> [String: String] {
        guard case .list(let assignments) = list else { return [:] }
        var variables: [String: String] = [:]
        for case .string(let assignment) in assignments {
            guard let equals = assignment.firstIndex(of: "=") else { continue }
            variables[String(assignment[..<equals])] = String(assignment[assignment.index(after: equals)...])
        }
        return variables
    }

    private struct Unanswered: BusFailure {
        init(_ problem: BusProblem) {}
    }
}
