// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A text that the machine's firmware states about it.
enum FirmwareText {
    /// The text, or `nil` where the maker left a placeholder in it.
    static func parse(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self).trimmed
        guard !text.isEmpty, text.count <= 128, !placeholders.contains(text.lowercased()),
            text.contains(where: { $0.isLetter || $0.isNumber })
        else { return nil }
        return text
    }

    /// What makers of boards leave where the seller of the machine should have written something; in lower case.
    private static let placeholders: Set<String> = [
        "to be filled by o.e.m.", "to be filled by oem", "default string", "default_string", "system manufacturer",
        "system product name", "system name", "product name", "manufacturer", "not specified", "not applicable",
        "not available", "o.e.m.", "oem", "oem manufacturer", "oem product", "unknown", "undefined", "invalid", "none",
        "n/a", "na",
        "empty", "null", "all series", "type1productconfigid", "type1manufacturer", "0123456789", "123456789",
        "xxxxxxxxxx",
    ]

    /// Reads a text from the DMI table, or else from the device tree.
    ///
    /// - Parameters:
    ///   - field: the file below `/sys/class/dmi/id`.
    ///   - deviceTree: how the root of the device tree states the same.
    static func find(
        field: String, in system: SystemView, deviceTree: (SystemView) throws(ReadFailure) -> (String, String)?
    ) -> Finding {
        let path = "/sys/class/dmi/id/\(field)"
        do {
            guard let text = parse(try system.read(path, limit: 4096)) else {
                return .unknown("the firmware holds a placeholder", source: path)
            }
            return .known(text, source: path)
        } catch ReadFailure.absent {
            do {
                if let (text, source) = try deviceTree(system) { return .known(text, source: source) }
                return .unknown("neither DMI nor a device tree tells it", source: path)
            } catch {
                return .unknown(error, at: "/sys/firmware/devicetree/base")
            }
        } catch {
            return .unknown(error, at: path)
        }
    }

    /// A property of the device tree's root: texts that end with a zero byte each.
    static func deviceTreeTexts(_ property: String, in system: SystemView) throws(ReadFailure) -> ([String], String)? {
        let path = "/sys/firmware/devicetree/base/\(property)"
        do {
            let texts = try system.read(path, limit: 4096).split(separator: 0).compactMap { parse(Array($0)) }
            return texts.isEmpty ? nil : (texts, path)
        } catch ReadFailure.absent {
            return nil
        } catch {
            throw error
        }
    }
}
