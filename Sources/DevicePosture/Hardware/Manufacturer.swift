// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `manufacturer`: the DMI system vendor, or the vendor in the device tree's first `compatible` entry.
struct ManufacturerCollector: SingleSignalCollector {
    static let name = SignalName.manufacturer
    static var lastingSources: [String]? {
        ["/sys/class/dmi/id/sys_vendor", "/sys/firmware/devicetree/base/compatible"]
    }

    func find(in system: SystemView) -> Finding {
        FirmwareText.find(field: "sys_vendor", in: system) { system throws(ReadFailure) in
            guard let (texts, path) = try FirmwareText.deviceTreeTexts("compatible", in: system),
                let comma = texts[0].firstIndex(of: ",")
            else { return nil }
            return FirmwareText.parse(Array(texts[0][..<comma].utf8)).map { ($0, path) }
        }
    }
}
