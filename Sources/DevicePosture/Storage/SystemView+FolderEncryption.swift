// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

extension SystemView {
    /// `FS_IOC_GETFLAGS` of linux/fs.h on 64-bit machines.
    private static let getFlags: UInt = 0x8008_6601
    /// `FS_ENCRYPT_FL` of linux/fs.h: encrypted by fscrypt.
    private static let encryptFlag: UInt = 0x800

    /// Whether a folder's own file system encrypts it (fscrypt), or `nil` where that cannot be read.
    func encryptsFolder(_ path: String) -> Bool? {
        guard let descriptor = try? opened(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_DIRECTORY) else { return nil }
        defer { close(descriptor) }
        var flags: UInt = 0
        if ioctl(descriptor, Self.getFlags, &flags) == 0 { return flags & Self.encryptFlag != 0 }
        // A file system that does not know the flags does not encrypt folders.
        return [ENOTTY, EOPNOTSUPP, EINVAL, ENOSYS].contains(errno) ? false : nil
    }
}
