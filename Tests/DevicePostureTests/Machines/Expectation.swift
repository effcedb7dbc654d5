// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Testing

/// What is expected of every signal of a machine: a file with a line for each.
///
/// Three columns, set apart by tabs: the name, the state, and the value or the whole reason. Lists have bars between their entries.
enum Expectation {
    /// The folder of the files in the sources, where they are written to on purpose.
    private static var sources: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/machines")
    }

    /// The lines that are expected of a machine; none where there is no file.
    static func lines(of machine: String) throws -> [String] {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
        let text = try? String(contentsOf: folder.appending(path: "machines/\(machine).tsv"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    /// Writes the lines of a machine, for somebody to look at before they are kept.
    static func write(_ lines: [String], of machine: String) throws {
        let text = lines.map { $0 + "\n" }.joined()
        try text.write(to: sources.appending(path: "\(machine).tsv"), atomically: true, encoding: .utf8)
    }

    /// The line of a signal.
    static func line(_ name: SignalName, _ state: SignalState?) -> String {
        switch state {
        case .known(.strings(let texts)): "\(name)\tknown\t\(texts.isEmpty ? "(none)" : texts.joined(separator: " | "))"
        case .known(let value): "\(name)\tknown\t\(value)"
        case .unknown(let reason): "\(name)\tunknown\t\(reason)"
        case .notApplicable(let reason): "\(name)\tnotApplicable\t\(reason)"
        case nil: "\(name)\tmissing\t"
        }
    }
}
