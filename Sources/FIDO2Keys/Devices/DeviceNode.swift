// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The file in `/dev` that stands for a device for as long as it is plugged in: another one has the same path after the next time, and
/// differs in these (stat(2)).
package struct DeviceNode: Hashable, Sendable {
    private let fileSystem: UInt64
    private let number: UInt64
    private let changeSeconds: Int
    private let changeNanoseconds: Int

    /// The node at a path; `nil` where there is no such file, as for what the kernel does not show as one.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        fileSystem = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
        changeSeconds = status.st_ctim.tv_sec
        changeNanoseconds = status.st_ctim.tv_nsec
    }
}
