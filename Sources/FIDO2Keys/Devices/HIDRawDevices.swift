// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import FoundationEssentials
internal import Glibc

/// The security keys on USB as the kernel shows them, for what libfido2 does not tell: the ones it may not open, and serial
/// numbers.
struct HIDRawDevices: Sendable {
    /// The kernel's folder of raw HID devices.
    var classFolder = "/sys/class/hidraw"
    /// Where the devices' nodes are.
    var deviceFolder = "/dev"

    /// A short item that opens the usage page FIDO, 0xF1D0 (CTAP 2.1 §11.2.8.2).
    private static let usagePage: [UInt8] = [0x06, 0xD0, 0xF1]

    /// The paths of security keys that are there and that this user may not open.
    func forbidden() -> [String] {
        names().filter(isSecurityKey).map { deviceFolder + "/" + $0 }.filter { access($0, R_OK | W_OK) != 0 }
    }

    /// The serial number of the USB device behind a path; `nil` where it has none.
    func serial(of path: String) -> String? {
        guard path.hasPrefix(deviceFolder + "/") else { return nil }
        let name = path.dropFirst(deviceFolder.count + 1)
        guard names().contains(String(name)), var folder = resolved("\(classFolder)/\(name)/device") else { return nil }
        // hidraw's parent is the HID device, whose parents are the USB interface and the USB device, which has the number.
        for _ in 0..<4 {
            folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
            if let bytes = contents(folder + "/serial") {
                let text = String(decoding: bytes, as: UTF8.self).trimmingPrefix { $0.isWhitespace }
                return String(text.prefix { !$0.isWhitespace })
            }
        }
        return nil
    }

    private func names() -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: classFolder)) ?? []
        return all.filter { $0.hasPrefix("hidraw") }.sorted()
    }

    private func isSecurityKey(_ name: String) -> Bool {
        guard let descriptor = contents("\(classFolder)/\(name)/device/report_descriptor") else { return false }
        return descriptor.starts(with: Self.usagePage)
    }

    private func contents(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { Array($0.prefix(4096)) }
    }

    private func resolved(_ path: String) -> String? {
        guard let full = realpath(path, nil) else { return nil }
        defer { free(full) }
        return String(cString: full)
    }
}

extension DeviceKeyError {
    /// Keys that are there and may not be opened.
    static func forbidden(_ paths: [String]) -> DeviceKeyError {
        DeviceKeyError(
            .permissionDenied,
            "there is a security key at \(paths.joined(separator: ", ")), and this user may not open it: install "
                + "Countersign's udev rules (docs/hardware-keys.md), then unplug the key and plug it in again")
    }
}
