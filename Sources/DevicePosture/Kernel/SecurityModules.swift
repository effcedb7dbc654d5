// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The security modules that are active, as `/sys/kernel/security/lsm` lists them.
struct SecurityModuleList: Hashable, Sendable {
    static let path = "/sys/kernel/security/lsm"

    /// The modules in the kernel's order.
    let names: [String]

    /// Parses the list; `nil` for one without names, or with anything that is no name.
    init?(parsing bytes: [UInt8]) {
        guard bytes.count <= 4096 else { return nil }
        let names = String(decoding: bytes, as: UTF8.self).trimmed
            .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let isList = names.allSatisfy { name in
            (1...32).contains(name.utf8.count)
                && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 || $0 == 45 }
        }
        guard isList, names.count <= 64 else { return nil }
        self.names = names
    }

    /// Reads it; `nil` where this kernel, which is older than 4.13, has none.
    static func read(in system: SystemView) throws(ReadFailure) -> SecurityModuleList? {
        guard let bytes = try system.readIfPresent(path, limit: 8192) else {
            try SecurityFileSystem.requireMounted(in: system)
            return nil
        }
        guard let list = SecurityModuleList(parsing: bytes) else { throw .malformed }
        return list
    }
}

/// The signal `securityModules`.
struct SecurityModulesCollector: SingleSignalCollector {
    static let name = SignalName.securityModules

    func find(in system: SystemView) -> Finding {
        do {
            guard let list = try SecurityModuleList.read(in: system) else {
                return .unknown("this kernel does not list its security modules", source: SecurityModuleList.path)
            }
            return Finding(.known(.strings(list.names.sorted())), source: SecurityModuleList.path)
        } catch {
            return SecurityFileSystem.unknown(error, at: SecurityModuleList.path)
        }
    }
}
