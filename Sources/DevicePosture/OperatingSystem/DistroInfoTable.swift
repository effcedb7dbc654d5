// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A table of the package distro-info-data: the releases of a distribution and their dates.
///
/// The first line names the columns; later ones may have fewer. Source: distro-info-data, `/usr/share/distro-info/*.csv`.
struct DistroInfoTable: Hashable, Sendable {
    /// One release: its cells by the name of the column; empty ones are not there.
    typealias Row = [String: String]

    private let rows: [Row]

    /// Parses a table, or gives `nil` where its columns are not those that are needed.
    init?(parsing bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count <= 1000, let header = lines.first else { return nil }
        let columns = header.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard Set(columns).count == columns.count, columns.count <= 32,
            Set(["version", "series", "release", "eol"]).isSubset(of: columns)
        else { return nil }
        rows = lines.dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return Row(uniqueKeysWithValues: zip(columns, cells).filter { !$1.isEmpty }.map { ($0, String($1)) })
        }
    }

    /// The release of a codename, or else of a version, such as `24.04` for `24.04 LTS`.
    func row(codename: String?, version: String?) -> Row? {
        if let codename, !codename.isEmpty { return rows.first { $0["series"] == codename } }
        guard let version, !version.isEmpty else { return nil }
        return rows.first { $0["version"].map { $0 == version || $0 == version + " LTS" } ?? false }
    }
}
