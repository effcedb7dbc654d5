// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `model`: the DMI product name, or the device tree's `model`.
struct ModelCollector: SingleSignalCollector {
    static let name = SignalName.model
    static var lastingSources: [String]? { ["/sys/class/dmi/id/product_name", "/sys/firmware/devicetree/base/model"] }

    func find(in system: SystemView) -> Finding {
        FirmwareText.find(field: "product_name", in: system) { system throws(ReadFailure) in
            try FirmwareText.deviceTreeTexts("model", in: system).map { ($0.0[0], $0.1) }
        }
    }
}
