// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Reads what other programs on this device tell of it, by the manifests of its administrator.
///
/// What is read counts as much as its writer: that is the superuser alone, or the report is an error. A verifier chooses names
/// among the manifests that are here; it names no path.
public struct SignalProviderReader: Sendable {
    /// The longest signal, in bytes.
    public static let limit = 64 * 1024
    /// The most providers that one question names; names beyond are left out.
    public static let mostProviders = 16

    private let system: SystemView
    private let owner: UInt32

    /// A reader.
    public init(of system: SystemView = .live) { self.init(of: system, trusting: 0) }

    /// A reader that trusts the files of this user, as tests need it.
    init(of system: SystemView, trusting owner: UInt32) {
        self.system = system
        self.owner = owner
    }

    /// The names of the providers that this machine's administrator wrote manifests for, sorted, at most ``mostProviders``.
    public func names() -> [String] {
        guard let files = try? system.list(SignalProviderManifest.folder, limit: 1024) else { return [] }
        let names = files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
        return Array(names.filter(SignalProviderManifest.isName).prefix(Self.mostProviders))
    }

    /// Reads the signals of the named providers: one report for each name, in their order; blocks for files alone.
    public func read(_ names: [String]) -> [SignalProviderReport] {
        names.prefix(Self.mostProviders).map(report)
    }

    private func report(of name: String) -> SignalProviderReport {
        var configuration: SignalProviderReport.Configuration?
        do throws(SignalProviderFailure) {
            let manifest = try manifest(of: name)
            configuration = SignalProviderReport.Configuration(type: manifest.type, format: manifest.format)
            let file = TrustedFile(root: system.root, owner: owner)
            let bytes = try file.read(manifest.location, limit: Self.limit)
            guard !bytes.isEmpty else { throw .empty(path: manifest.location) }
            guard manifest.format != "JSON" || JSONValue(parsing: bytes) != nil else {
                throw .malformed(path: manifest.location)
            }
            return SignalProviderReport(
                name: name, configuration: configuration, outcome: .signal(bytes, timeCollected: system.now()))
        } catch {
            return SignalProviderReport(name: name, configuration: configuration, outcome: .error(error))
        }
    }

    private func manifest(of name: String) throws(SignalProviderFailure) -> SignalProviderManifest {
        guard SignalProviderManifest.isName(name) else { throw .noConfiguration }
        let path = "\(SignalProviderManifest.folder)/\(name).json"
        let bytes: [UInt8]
        do throws(SignalProviderFailure) {
            bytes = try TrustedFile(root: system.root, owner: owner).read(path, limit: SignalProviderManifest.limit)
        } catch {
            if case .unreadable(_, .absent) = error { throw .noConfiguration }
            throw error
        }
        guard let manifest = SignalProviderManifest(parsing: bytes), manifest.name == name else {
            throw .malformed(path: path)
        }
        return manifest
    }
}
