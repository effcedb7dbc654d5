// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AgentConfiguration
import DevicePosture
import Foundation
import TOMLConfiguration
import TestSupport
import Testing

/// A machine whose administrator's files are in a folder.
struct ConfiguredMachine {
    let folder: TemporaryFolder

    init(_ text: String? = nil, dropIns: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        if let text { try write(text, to: AgentConfiguration.path) }
        for (name, text) in dropIns { try write(text, to: "\(AgentConfiguration.dropInFolder)/\(name)") }
    }

    func write(_ text: String, to path: String, mode: UInt32 = 0o644) throws {
        let file = URL(filePath: folder.path + path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        try folder.write(text, to: String(path.dropFirst()), mode: mode)
    }

    func reader(trusting owner: UInt32 = getuid()) -> AgentConfigurationReader {
        AgentConfigurationReader(of: .files(below: folder.path), trusting: owner)
    }

    func read() throws -> AgentConfiguration { try reader().read() }

    /// Why the files are refused.
    func refusal(trusting owner: UInt32 = getuid()) -> ConfigurationError? {
        #expect(throws: ConfigurationError.self) { try reader(trusting: owner).read() }
    }
}
