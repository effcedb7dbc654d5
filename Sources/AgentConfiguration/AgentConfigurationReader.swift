// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DevicePosture
package import TOMLConfiguration

/// Reads the administrator's files, which count only where root alone can have written them.
package struct AgentConfigurationReader: Sendable {
    /// The longest file, in bytes.
    package static let maximumLength = 64 * 1024
    /// The most drop-ins.
    package static let mostDropIns = 64
    /// Where custom checks were set before they were set with the rest.
    package static let formerCustomChecks = "/etc/countersign/custom-checks.json"

    private let system: SystemView
    private let owner: UInt32

    /// A reader.
    ///
    /// - Parameter owner: who has to own the files and the folders on the way; root but in tests.
    package init(of system: SystemView = .live, trusting owner: UInt32 = 0) {
        self.system = system
        self.owner = owner
    }

    /// What the files come to; blocks for files alone.
    ///
    /// - Throws: ``ConfigurationError`` with the first thing that is wrong. Nothing of the files counts then, and whoever needs to
    ///   know what is locked must not go on.
    package func read() throws(ConfigurationError) -> AgentConfiguration {
        var configuration = AgentConfiguration()
        for path in try files() {
            guard let text = try text(at: path) else { continue }
            try configuration.apply(text, file: path)
        }
        try configuration.checkWhole()
        return configuration
    }

    /// The files that there may be, in the order in which they are read.
    package func files() throws(ConfigurationError) -> [String] {
        let names: [String]
        do throws(ReadFailure) { names = try system.list(AgentConfiguration.dropInFolder, limit: 4096) } catch .absent {
            return [AgentConfiguration.path]
        } catch {
            throw Self.error("\(AgentConfiguration.dropInFolder) \(error.predicate)")
        }
        let dropIns = names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        guard dropIns.count <= Self.mostDropIns else {
            throw Self.error("\(AgentConfiguration.dropInFolder) has more than \(Self.mostDropIns) files")
        }
        return [AgentConfiguration.path] + dropIns.map { "\(AgentConfiguration.dropInFolder)/\($0)" }
    }

    /// Whether the file is there in which custom checks were set before.
    package var hasFormerCustomChecks: Bool {
        do throws(ReadFailure) {
            _ = try system.read(Self.formerCustomChecks, limit: 1)
            return true
        } catch .absent { return false } catch { return true }
    }

    /// The text of a file; `nil` where there is none.
    package func text(at path: String) throws(ConfigurationError) -> String? {
        let bytes: [UInt8]
        do throws(SignalProviderFailure) {
            bytes = try TrustedFile(root: system.root, owner: owner).read(path, limit: Self.maximumLength)
        } catch {
            if case .unreadable(_, .absent) = error { return nil }
            throw Self.error(error.description)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Self.error("\(path) is not UTF-8 text") }
        return text
    }

    private static func error(_ problem: String) -> ConfigurationError {
        ConfigurationError(
            nil, problem,
            hint:
                "have your administrator mend it: the files and their folders have to be root's alone, and readable by all"
        )
    }
}
