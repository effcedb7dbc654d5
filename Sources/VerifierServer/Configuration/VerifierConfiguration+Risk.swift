// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import NetworkPlaces
internal import TOMLConfiguration

extension VerifierConfiguration {
    /// By what a sign-in looks risky.
    package struct Risk: Hashable, Sendable {
        /// The files of networks and their places; empty where places say nothing.
        package var networkPlaces: [String] = []
    }

    /// Reads `[risk]`.
    static func risk(
        _ root: ConfigurationTable, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> Risk {
        let section = try root.section("risk")
        let paths = try section.strings("network_places") ?? []
        guard paths.count <= 8 else {
            throw ConfigurationError(section.name("network_places"), "names more than 8 files")
        }
        try section.finish()
        return Risk(networkPlaces: paths.map(files.resolve))
    }
}

extension ConfigurationFile {
    /// The longest table of networks and places, in bytes.
    static let maximumPlaces = 2 << 30

    /// The places of networks, by files that are read piece by piece; `nil` for no file.
    static func places(in paths: [String]) throws(ConfigurationError) -> PlaceTable? {
        guard !paths.isEmpty else { return nil }
        let key = "risk.network_places"
        var reader = PlaceTableReader()
        for path in paths {
            do { try read(path, into: &reader) } catch let error as PlaceTableError {
                throw ConfigurationError(
                    key, "\(path): \(error)", hint: "docs/verifier-configuration.md tells what such a file holds")
            } catch let error as ConfigurationError {
                throw error
            } catch {
                throw ConfigurationError(
                    key, "cannot be read: \(path)", hint: "check that the file exists and that this user may read it")
            }
        }
        do { return try reader.finish() } catch { throw ConfigurationError(key, "\(error)") }
    }

    private static func read(_ path: String, into reader: inout PlaceTableReader) throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        var length = 0
        while let data = try file.read(upToCount: 1 << 20), !data.isEmpty {
            length += data.count
            guard length <= maximumPlaces else {
                throw ConfigurationError("risk.network_places", "\(path) is longer than \(maximumPlaces) bytes")
            }
            try reader.read(Array(data))
        }
        try reader.endTable()
    }
}
