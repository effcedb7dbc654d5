// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A program that nobody here wrote, to compare with.
struct Tool {
    let path: String

    /// The program of this name, where it is installed.
    init?(_ name: String) {
        let places = ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"].map { $0 + name }
        guard let path = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return nil }
        self.path = path
    }

    /// Whether a program of this name is installed.
    static func exists(_ name: String) -> Bool { Tool(name) != nil }

    /// What it prints, and how it ends.
    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> (output: String, status: Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"].merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: output, as: UTF8.self), process.terminationStatus)
    }
}
