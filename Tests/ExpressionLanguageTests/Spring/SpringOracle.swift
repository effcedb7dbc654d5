// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The real Spring Expression Language, run by the JVM.
struct SpringOracle {
    /// What is missing on this machine; `nil` where everything is there.
    static let missing: String? = (jars + ["/usr/bin/java", "/usr/bin/javac"]).first {
        !FileManager.default.fileExists(atPath: $0)
    }
    static let isAvailable = missing == nil

    private static let jars = ["spring3-expression", "spring3-core", "commons-logging"].map {
        "/usr/share/java/\($0).jar"
    }
    private let folder: URL

    /// Compiles the oracle into a folder of its own.
    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "spring-oracle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "SpringOracle.java")
        try Self.run(
            "/usr/bin/javac", ["-cp", Self.jars.joined(separator: ":"), "-d", folder.path(), source.path()])
    }

    /// Takes the folder away.
    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// The outcome of each expression, for the context before it.
    func outcomes(_ lines: [String]) throws -> [String] {
        let input = folder.appending(path: "input")
        let output = folder.appending(path: "output")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: input)
        try Data().write(to: output)
        try Self.run(
            "/usr/bin/java",
            [
                // What makes errors cheap; methods of lists need the two packages opened.
                "-Xmx256m", "-XX:+UseSerialGC", "-XX:-StackTraceInThrowable", "--add-opens",
                "java.base/java.util=ALL-UNNAMED",
                "--add-opens",
                "java.base/java.lang=ALL-UNNAMED", "-cp", (Self.jars + [folder.path()]).joined(separator: ":"),
                "SpringOracle",
            ], input: input, output: output)
        return try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private static func run(_ program: String, _ arguments: [String], input: URL? = nil, output: URL? = nil) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = try input.map { try FileHandle(forReadingFrom: $0) } ?? FileHandle.nullDevice
        if let output { process.standardOutput = try FileHandle(forWritingTo: output) }
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(program: program, status: process.terminationStatus) }
    }

    struct Failure: Error {
        var program: String
        var status: Int32
    }
}
