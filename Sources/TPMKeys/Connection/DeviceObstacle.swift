// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import Glibc

/// Why no connection to the TPM could be made. tpm2-tss does not say: the device file is asked.
enum DeviceObstacle: Hashable {
    /// There is no such device.
    case missing
    /// The user may not use it.
    case forbidden
    /// Another program holds it, and it takes one at a time.
    case busy
    /// Nobody answers there, or the way is spelled wrong.
    case unreachable

    /// What stands in the way.
    init(on options: TPMOptions) {
        guard let path = options.devicePath else {
            self = .unreachable
            return
        }
        let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
        if descriptor >= 0 {
            Glibc.close(descriptor)
            // It was held a moment ago.
            self = .busy
            return
        }
        self =
            switch errno {
            case ENOENT, ENODEV, ENXIO, ENOTDIR: .missing
            case EACCES, EPERM: .forbidden
            case EBUSY: .busy
            default: .unreachable
            }
    }

    /// What to tell a person.
    func error(for options: TPMOptions) -> DeviceKeyError {
        let path = options.devicePath ?? options.tcti
        switch self {
        case .missing:
            return DeviceKeyError(
                .deviceRemoved,
                "this machine has no TPM 2.0 (\(path) is not there): switch it on in the firmware's setup, where it may be "
                    + "called PTT, fTPM or security device, or use another kind of key")
        case .forbidden:
            return DeviceKeyError(.permissionDenied, DeviceAccess(path: path).advice)
        case .busy:
            return DeviceKeyError(
                .unavailable, "another program holds the TPM at \(path): close it, or use /dev/tpmrm0")
        case .unreachable:
            return DeviceKeyError(.deviceRemoved, "no TPM answers at \(path)")
        }
    }
}

/// Who may use a device file, and what would let this user.
struct DeviceAccess {
    let path: String

    /// What to do, for a person.
    var advice: String {
        let user = Self.name(ofUser: geteuid())
        let rule = "an administrator can change that with a udev rule"
        var status = stat()
        guard stat(path, &status) == 0 else { return "\(user) may not use the TPM at \(path): \(rule)" }
        guard status.st_gid != 0, status.st_mode & 0o060 == 0o060, let group = Self.group(status.st_gid) else {
            return "\(user) may not use the TPM at \(path), and no group may: \(rule)"
        }
        if group.members.contains(user) {
            return
                "\(user) is in the group \(group.name) that may use the TPM, but not yet in this session: sign out and in"
        }
        return
            "\(user) may not use the TPM at \(path): an administrator runs `usermod -aG \(group.name) \(user)`, then "
            + "sign out and in"
    }

    private static func name(ofUser id: uid_t) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16384)
        guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name else {
            return "user \(id)"
        }
        return String(cString: name)
    }

    private static func group(_ id: gid_t) -> (name: String, members: [String])? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 65536)
        guard getgrgid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.gr_name else {
            return nil
        }
        var members: [String] = []
        var next = entry.gr_mem
        while let current = next, let member = current.pointee {
            members.append(String(cString: member))
            next = current + 1
        }
        return (String(cString: name), members)
    }
}
