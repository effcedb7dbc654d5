// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The first line of one of ClamAV's databases: texts divided by colons, of which the last is when it was built.
struct ClamAVDatabase: Hashable, Sendable {
    /// The length of the line, which is padded.
    static let headerLength = 512
    /// How old signatures may be and still count: they are built each day.
    static let longestAge: Int64 = 7 * 86_400
    private static let paths = ["/var/lib/clamav/daily.cld", "/var/lib/clamav/daily.cvd"]

    /// When it was built, in seconds since 1970-01-01 UTC.
    let builtAt: Int64

    /// Parses the line, or gives `nil` where it is something else.
    init?(parsing bytes: [UInt8]) {
        guard bytes.count == Self.headerLength else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).trimmed.split(
            separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 9, fields[0] == "ClamAV-VDB", let time = Int64(fields[8].trimmed), time > 0 else {
            return nil
        }
        builtAt = time
    }

    /// What the newest database of the machine tells; one that is from the future tells nothing.
    static func report(in system: SystemView) -> HealthReport {
        var newest: Int64?
        for path in paths {
            guard let head = try? system.prefix(of: path, count: headerLength),
                let database = ClamAVDatabase(parsing: head)
            else { continue }
            newest = max(newest ?? 0, database.builtAt)
        }
        guard let newest else { return HealthReport(isHealthy: false, evidence: "its signatures could not be read") }
        let age = system.now() - newest
        guard age >= -86_400 else {
            return HealthReport(isHealthy: false, evidence: "its signatures are from the future")
        }
        return HealthReport(
            isHealthy: age <= longestAge, evidence: "its signatures are \(max(0, age / 86_400)) days old")
    }
}
