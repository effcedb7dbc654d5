// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import TestSupport
import WireProtocol

@testable import BrowserPolicies
@testable import DevicePosture

/// A file of a test could not be made.
struct NotMade: Error {
    let path: String
}

/// A system in a temporary folder, with what its browsers read.
final class PolicyTree {
    private let folder: TemporaryFolder
    var root: String { folder.path }

    init() throws {
        folder = try TemporaryFolder()
        try make("/var/lib")
        try make("/usr/bin")
        try make("/etc")
    }

    var installation: PolicyInstallation { PolicyInstallation(root: root, owner: geteuid()) }

    func make(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: root + path, withIntermediateDirectories: true)
    }

    func write(_ path: String, _ text: String) throws {
        try make("/" + path.split(separator: "/").dropLast().joined(separator: "/"))
        guard FileManager.default.createFile(atPath: root + path, contents: Data(text.utf8)) else {
            throw NotMade(path: path)
        }
    }

    func link(_ path: String, to target: String) throws {
        try make("/" + path.split(separator: "/").dropLast().joined(separator: "/"))
        guard symlink(target, root + path) == 0 else { throw NotMade(path: path) }
    }

    func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: root + path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Everything that is there, files with what they hold.
    func everything() -> [String: String] {
        var found: [String: String] = [:]
        for path in (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? [] {
            found["/" + path] = read("/" + path) ?? "a folder"
        }
        return found
    }

    /// Puts a browser there, as it would be installed.
    func install(_ browser: PolicyBrowser) throws {
        if let program = browser.programs.first {
            try write(program, "")
        } else if let snap = browser.snaps.first {
            try make("/snap/\(snap)/current")
        } else if let app = browser.flatpaks.first {
            try make("/var/lib/flatpak/app/\(app)")
        }
    }

    func states(of names: String..., document: PolicyDocument) throws -> [PolicyOutcome.State] {
        try installation.install(document, at: Self.places(names)).map(\.state)
    }

    static func places(_ names: [String]) -> [PolicyPlace] {
        PolicyPlace.places(of: PolicyBrowser.all.filter { names.contains($0.name) })
    }

    static func document(_ origins: String..., older: Bool = false) throws -> PolicyDocument {
        try PolicyDocument(origins: origins.compactMap { Origin($0) }, forOlderBrowsers: older)
    }
}
