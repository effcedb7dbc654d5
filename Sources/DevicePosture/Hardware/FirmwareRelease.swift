// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `firmwareVersion`: the version of the firmware, as its maker writes it.
struct FirmwareVersionCollector: SingleSignalCollector {
    static let name = SignalName.firmwareVersion
    static var lastingSources: [String]? {
        ["/sys/class/dmi/id/bios_version", "/sys/firmware/devicetree/base/chosen/u-boot,version"]
    }

    func find(in system: SystemView) -> Finding {
        FirmwareText.find(field: "bios_version", in: system) { system throws(ReadFailure) in
            try FirmwareText.deviceTreeTexts("chosen/u-boot,version", in: system).map { ($0.0[0], $0.1) }
        }
    }
}

/// The signal `firmwareDate`: the day of the firmware's version, as `2024-05-31`.
struct FirmwareDateCollector: SingleSignalCollector {
    static let name = SignalName.firmwareDate
    static let path = "/sys/class/dmi/id/bios_date"
    static var lastingSources: [String]? { [path] }

    func find(in system: SystemView) -> Finding {
        do {
            guard let date = Self.date(try system.read(Self.path, limit: 4096)) else {
                return .unknown("the firmware states no date of the form month/day/year", source: Self.path)
            }
            return .known(date, source: Self.path)
        } catch {
            return .unknown(error, at: Self.path)
        }
    }

    /// The day in ISO 8601, or `nil` where the bytes are no `mm/dd/yyyy` or `mm/dd/yy`, the latter of the last century.
    ///
    /// Source: SMBIOS 3.7 §7.1, BIOS Release Date.
    static func date(_ bytes: [UInt8]) -> String? {
        guard bytes.count <= 64 else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).trimmed.split(
            separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let month = number(parts[0], digits: 1...2), let day = number(parts[1], digits: 1...2),
            let stated = number(parts[2], digits: 2...4), parts[2].utf8.count != 3
        else { return nil }
        let year = parts[2].utf8.count == 2 ? 1900 + stated : stated
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1980...2999).contains(year), (1...12).contains(month), (1...lengths[month - 1]).contains(day) else {
            return nil
        }
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }

    private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}
