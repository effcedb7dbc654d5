// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The file that this process was started from.
///
/// Whoever removes the package may reach no one's service manager, and there may be none. What runs on then holds keys and ports for a
/// program that the administrator took away; so it looks by itself.
struct OwnProgram: Sendable {
    private let path: String?

    /// How often it is looked for.
    private static let interval = Duration.seconds(15)
    /// How long it stays away until it counts as removed: where an upgrade does not rename, it is away for a moment.
    private static let patience = Duration.seconds(3)

    /// The file as it is now (proc_pid_exe(5)). Where it cannot be named it never counts as removed.
    init() {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let bytes = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        let path = (1..<buffer.count).contains(count) ? String(decoding: bytes, as: UTF8.self) : nil
        self.path = path.flatMap { access($0, F_OK) == 0 ? $0 : nil }
    }

    /// Waits until the file is gone and nothing took its place.
    ///
    /// - Returns: `false` where the task was cancelled before.
    func isRemoved() async -> Bool {
        while let path, (try? await Task.sleep(for: Self.interval, tolerance: Self.interval)) != nil {
            guard Self.isMissing(path), (try? await Task.sleep(for: Self.patience)) != nil else { continue }
            if Self.isMissing(path) { return true }
        }
        return false
    }

    private static func isMissing(_ path: String) -> Bool { access(path, F_OK) != 0 && errno == ENOENT }
}
