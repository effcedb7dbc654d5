// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// An AppArmor profile that the package brings for a process of the service.
///
/// The process takes it on by itself, before it has a thread or has read anything. Commands are the person's own: they read files that the
/// person names, and stay as they were started.
package enum AppArmorProfile: String, Sendable {
    /// Answers challenges.
    case agent = "countersign-agent"
    /// Makes the agent's connections.
    case verifierProxy = "countersign-verifier-proxy"

    /// Takes the profile on for this thread, and so for all that it starts (apparmor(7), aa_change_profile(2)).
    ///
    /// - Returns: whether it did. It does not where the kernel has no AppArmor or the profile is not loaded.
    @discardableResult
    package func enter() -> Bool {
        // The folder is AppArmor's own since Linux 5.8; the file beside it may be another security module's.
        let files = ["/proc/thread-self/attr/apparmor/current", "/proc/thread-self/attr/current"]
        return files.contains { Self.write("changeprofile \(rawValue)", to: $0) }
    }

    private static func write(_ text: String, to path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    }
}
