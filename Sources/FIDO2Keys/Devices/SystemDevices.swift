// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import DeviceKeys

/// The security keys of this machine: on USB through libfido2, and on smart-card readers.
struct SystemDevices: DeviceSource {
    /// The most keys that are looked at.
    private static let limit = 64

    var raw = HIDRawDevices()
    var readers = CardReaders()

    func devices() throws -> [DeviceEntry] {
        var found = connected()
        // Systems start their PC/SC service for whoever speaks to it: not for one who has a key in a USB port.
        if found.isEmpty || CardReaders.isServiceRunning { found += readers.securityKeys() }
        guard found.isEmpty else { return found }
        let forbidden = raw.forbidden()
        guard forbidden.isEmpty else { throw DeviceKeyError.forbidden(forbidden) }
        return []
    }

    private func connected() -> [DeviceEntry] {
        guard let list = fido_dev_info_new(Self.limit) else { return [] }
        defer {
            var list: OpaquePointer? = list
            fido_dev_info_free(&list, Self.limit)
        }
        var count = 0
        guard fido_dev_info_manifest(list, Self.limit, &count) == FIDO_OK else { return [] }
        return (0..<min(count, Self.limit)).compactMap { index in
            guard let info = fido_dev_info_ptr(list, index), let path = text(fido_dev_info_path(info)) else {
                return nil
            }
            return DeviceEntry(
                path: path, product: text(fido_dev_info_product_string(info)) ?? "",
                manufacturer: text(fido_dev_info_manufacturer_string(info)) ?? "", serial: raw.serial(of: path),
                node: DeviceNode(path: path), link: .library)
        }
    }

    private func text(_ text: UnsafePointer<CChar>?) -> String? { text.map { String(cString: $0) } }
}
