// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

@testable import DevicePosture

/// Programs that nobody here wrote, to compare with.
enum Tool {
    /// Whether all of them are installed.
    static func areInstalled(_ programs: String...) -> Bool {
        programs.allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// What a program writes; an error where it does not end well.
    static func run(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) throws -> String {
        var variables = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"]
        variables.merge(environment) { _, new in new }
        let process = ChildProcess(
            program: program, arguments: arguments, environment: variables, timeout: .seconds(20), outputLimit: 1 << 20)
        return String(decoding: try process.run().get(), as: UTF8.self).trimmed
    }
}
