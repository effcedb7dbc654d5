// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The files that a configuration names, relative to its own folder.
struct ConfigurationFile {
    /// The configuration's folder.
    var directory: String

    /// The longest file that is read, in bytes.
    static let maximumLength = 1 << 20

    /// A path that does not depend on where the program was started.
    func resolve(_ path: String) -> String { path.hasPrefix("/") || directory.isEmpty ? path : "\(directory)/\(path)" }

    /// The folder of a file.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The text of a file.
    static func text(at path: String, key: String?) throws(ConfigurationError) -> String {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path)) } catch {
            throw ConfigurationError(
                key, key == nil ? "cannot read \(path)" : "cannot be read: \(path)",
                hint: "check that the file exists and that this user may read it")
        }
        guard data.count <= maximumLength else { throw ConfigurationError(key, "\(path) is longer than \(maximumLength) bytes") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationError(key, "\(path) is not UTF-8 text")
        }
        return text
    }
}
