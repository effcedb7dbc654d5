// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension HealthReport {
    /// What `mdatp health --output json` prints, or `nil` where it is something else.
    ///
    /// Healthy is who says so, has a licence, protects in real time, and has signatures that are up to date.
    init?(defender bytes: [UInt8]) {
        guard let document = JSONValue(parsing: bytes), let healthy = Self.value(document["healthy"])?.boolean else {
            return nil
        }
        let licensed = Self.value(document["licensed"])?.boolean
        let protects = Self.value(document["realTimeProtectionEnabled"] ?? document["real_time_protection_enabled"])?
            .boolean
        let signatures = Self.status(document["definitionsStatus"] ?? document["definitions_status"])
        isHealthy = healthy && licensed == true && protects == true && signatures == "up_to_date"
        evidence =
            "healthy \(Self.word(healthy)), licensed \(Self.word(licensed)), "
            + "real-time protection \(Self.word(protects)), signatures \(signatures.map { String($0.prefix(20)) } ?? "not told")"
    }

    /// A value, which stands by itself or, where it is managed, beside who set it.
    private static func value(_ member: JSONValue?) -> JSONValue? { member?["value"] ?? member }

    /// The state of the signatures: a word, or the word as the name of a member (`{"$type": "upToDate"}`).
    private static func status(_ member: JSONValue?) -> String? {
        guard let text = member?.string ?? member?["$type"]?.string ?? member?["value"]?.string else { return nil }
        return text == "upToDate" ? "up_to_date" : text
    }

    private static func word(_ value: Bool?) -> String { value.map { $0 ? "yes" : "no" } ?? "not told" }
}
