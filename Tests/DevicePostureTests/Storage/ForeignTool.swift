// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

@testable import DevicePosture

/// A program that nobody here wrote, run on a tree of files.
struct ForeignTool {
    let path: String

    static let lsblk = ForeignTool(path: "/usr/bin/lsblk")
    static let findmnt = ForeignTool(path: "/usr/bin/findmnt")

    var isInstalled: Bool { access(path, X_OK) == 0 }

    /// What it prints, where it ends well.
    func output(_ arguments: [String]) async throws -> [UInt8] {
        let child = ChildProcess(
            program: path, arguments: arguments, environment: ["LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"],
            timeout: .seconds(20), outputLimit: 1 << 20)
        return try await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: child.run()) }
        }.get()
    }
}
