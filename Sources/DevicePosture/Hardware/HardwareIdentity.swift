// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals `serialNumber` and `hardwareUuid`: what the maker named the machine, which the kernel shows to the superuser alone.
struct HardwareIdentityCollector: SignalCollector {
    let signals: [SignalName] = [.serialNumber, .hardwareUuid]
    let mayWait = false

    static let serialPath = "/sys/class/dmi/id/product_serial"
    static let uuidPath = "/sys/class/dmi/id/product_uuid"
    static let treePath = "/sys/firmware/devicetree/base/serial-number"

    func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        var readings: [SignalName: SignalReading] = [:]
        for name in requested {
            let finding = name == .serialNumber ? Self.serial(in: system) : Self.uuid(in: system)
            readings[name] = system.reading(of: finding)
        }
        return readings
    }

    private static func serial(in system: SystemView) -> Finding {
        find(serialPath, in: system) { parseSerial($0) } ?? find(treePath, in: system) { parseSerial($0) }
            ?? .unknown("neither DMI nor a device tree tells it", source: serialPath)
    }

    private static func uuid(in system: SystemView) -> Finding {
        find(uuidPath, in: system) { parseUUID($0) } ?? .unknown("no DMI table tells it", source: uuidPath)
    }

    /// What a file states; `nil` where there is none.
    private static func find(
        _ path: String, in system: SystemView, _ parse: ([UInt8]) -> String?
    ) -> Finding? {
        do throws(ReadFailure) {
            guard let bytes = try system.readIfPresent(path, limit: 4096) else { return nil }
            guard let text = parse(bytes) else { return .unknown("the firmware holds a placeholder", source: path) }
            return .known(text, source: path)
        } catch ReadFailure.denied {
            return .unknown("the kernel shows it to the superuser alone: it needs the posture helper", source: path)
        } catch {
            return .unknown(error, at: path)
        }
    }

    /// A serial number, or `nil` where the maker left a placeholder for it.
    static func parseSerial(_ bytes: [UInt8]) -> String? {
        guard let text = FirmwareText.parse(bytes), Set(text).count > 1, !text.lowercased().contains("serial number")
        else { return nil }
        return text
    }

    /// A UUID in lower case, or `nil` where it is none, or one that makers leave in every machine.
    static func parseUUID(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self).trimmed.lowercased()
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12],
            parts.joined().utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }),
            Set(parts.joined()).count > 1, !["03000200-0400-0500-0006-000700080009"].contains(text)
        else { return nil }
        return text
    }
}
