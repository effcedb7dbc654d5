// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `unencryptedSSHKeys`: how many private keys in the person's `~/.ssh` have no passphrase.
struct UnencryptedSSHKeysCollector: SingleSignalCollector {
    static let name = SignalName.unencryptedSSHKeys
    /// The home folder may lie on a network.
    var mayWait: Bool { true }
    private static let source = "~/.ssh"
    private static let mostFiles = 1024

    private struct Count {
        var unencrypted = 0
        var encrypted = 0
        var inSecurityKeys = 0
        var files = 0
        /// Why a file could not be looked at.
        var failure: ReadFailure?
    }

    func find(in system: SystemView) -> Finding {
        guard let home = system.home else {
            return .unknown("the person's home folder is not known", source: Self.source)
        }
        var count = Count()
        do throws(ReadFailure) {
            try look(in: "\(home)/.ssh", &count, system, depth: 0)
        } catch ReadFailure.absent {
            return Finding(.known(.integer(0)), source: Self.source, evidence: ["there is no such folder"])
        } catch {
            return .unknown("\(Self.source) \(error.predicate)", source: Self.source)
        }
        let evidence = [
            "without a passphrase: \(count.unencrypted)", "with one: \(count.encrypted)",
            "in security keys: \(count.inSecurityKeys)",
        ]
        if let failure = count.failure {
            return .unknown("a file in \(Self.source) \(failure.predicate)", source: Self.source, evidence: evidence)
        }
        return Finding(.known(.integer(count.unencrypted)), source: Self.source, evidence: evidence)
    }

    /// Looks at the files of a folder and of those in it.
    private func look(
        in folder: String, _ count: inout Count, _ system: SystemView, depth: Int
    ) throws(ReadFailure) {
        for name in try system.list(folder, limit: Self.mostFiles) {
            count.files += 1
            guard count.files <= Self.mostFiles else { throw .tooLarge(limit: Self.mostFiles) }
            let path = "\(folder)/\(name)"
            do throws(ReadFailure) {
                switch SSHPrivateKey(beginning: try system.prefix(of: path, count: SSHPrivateKey.length)) {
                case .unencrypted: count.unencrypted += 1
                case .encrypted: count.encrypted += 1
                case .inSecurityKey: count.inSecurityKeys += 1
                case nil: break
                }
            } catch ReadFailure.wrongKind {
                // A folder; pipes and devices in its place are no keys.
                if depth == 0, isFolder(path, system) {
                    try look(in: path, &count, system, depth: depth + 1)
                }
            } catch ReadFailure.absent {
                // A socket of a running ssh, or a link to nothing.
            } catch {
                count.failure = error
            }
        }
    }

    private func isFolder(_ path: String, _ system: SystemView) -> Bool {
        do throws(ReadFailure) {
            _ = try system.list(path, limit: 1)
            return true
        } catch ReadFailure.tooLarge {
            return true
        } catch {
            return false
        }
    }
}
