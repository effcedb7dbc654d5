// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Which of systemd's units start by themselves, by the links that enable them.
///
/// Source: systemd.unit(5): the folders of units in their order, `*.wants` and `*.requires` within them, and a unit that is a link
/// to `/dev/null`, or empty, as one that is masked.
struct UnitLinks: Sendable {
    private let wanted: Set<String>
    private let masked: Set<String>

    /// Reads the links of the machine.
    init(in system: SystemView) throws(ReadFailure) {
        var wanted: Set<String> = []
        var masked: Set<String> = []
        var defined: Set<String> = []
        for folder in UnitFile.folders {
            for name in try Self.names(in: folder, of: system) {
                if name.hasSuffix(".wants") || name.hasSuffix(".requires") {
                    wanted.formUnion(try Self.names(in: "\(folder)/\(name)", of: system))
                } else if defined.insert(name).inserted, try system.isMask("\(folder)/\(name)") {
                    masked.insert(name)
                }
            }
        }
        self.wanted = wanted
        self.masked = masked
    }

    /// Whether a unit is enabled, and not masked.
    func isEnabled(_ unit: String) -> Bool { wanted.contains(unit) && !masked.contains(unit) }

    /// The first of these that is enabled.
    func firstEnabled(of units: [String]) -> String? { units.first { isEnabled($0) } }

    private static func names(in folder: String, of system: SystemView) throws(ReadFailure) -> [String] {
        do throws(ReadFailure) {
            return try system.list(folder, limit: 16384)
        } catch ReadFailure.absent {
            return []
        } catch {
            throw error
        }
    }
}

extension SystemView {
    /// Whether a path is a link that masks a unit.
    fileprivate func isMask(_ path: String) throws(ReadFailure) -> Bool {
        guard path.hasPrefix("/etc/") || path.hasPrefix("/run/") else { return false }
        do throws(ReadFailure) {
            return try canonical(path) == "/dev/null"
        } catch ReadFailure.absent {
            return false
        } catch {
            throw error
        }
    }
}
