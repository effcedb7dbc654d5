// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Systems of ostree (Silverblue, CoreOS, bootc): a whole deployment is started, and another one may be staged.
enum OSTreeReboot {
    static let stagedPath = "/run/ostree/staged-deployment"
    static let entriesPath = "/boot/loader/entries"

    /// What is staged, and which deployment starts next.
    static func survey(
        _ running: KernelRelease, in system: SystemView
    ) throws(ReadFailure) -> RebootPendingCollector.Survey {
        let reason = "the kernels of other deployments are not read"
        let newest = Finding.unknown(reason, source: stagedPath, evidence: ["running: \(running)"])
        return .init(newest: newest, pending: try pending(in: system))
    }

    private static func pending(in system: SystemView) throws(ReadFailure) -> Finding {
        if try system.exists(stagedPath) {
            return .known(true, source: stagedPath, evidence: ["a deployment is staged"])
        }
        var entries: [Entry] = []
        do throws(ReadFailure) {
            for name in try system.list(entriesPath, limit: 256) where name.hasSuffix(".conf") {
                if let entry = Entry(parsing: try system.text("\(entriesPath)/\(name)")) { entries.append(entry) }
            }
        } catch {
            return .unknown(
                "\(entriesPath) \(error.predicate), so that what starts next is not known", source: entriesPath)
        }
        guard let next = entries.max(by: { $0.version < $1.version }) else {
            return .unknown("no entry of the boot loader names a deployment", source: entriesPath)
        }
        let line = try system.text("/proc/cmdline", limit: 16 * 1024)
        guard let booted = Entry.deployment(in: line) else {
            return .unknown("the kernel's command line names no deployment", source: "/proc/cmdline")
        }
        if next.deployment == booted { return .known(false, source: entriesPath, evidence: ["starts next: \(booted)"]) }
        // The same kernel under another number may be the same deployment.
        guard checksum(next.deployment) != checksum(booted) else {
            return .unknown("whether another deployment starts next cannot be told", source: entriesPath)
        }
        return .known(true, source: entriesPath, evidence: ["starts next: \(next.deployment)", "running: \(booted)"])
    }

    /// The part of `/ostree/boot.0/NAME/CHECKSUM/0` that names kernel and initramfs.
    private static func checksum(_ deployment: String) -> Substring? {
        let parts = deployment.split(separator: "/")
        return parts.count >= 2 ? parts[parts.count - 2] : nil
    }

    /// An entry of the boot loader (Boot Loader Specification, type 1).
    struct Entry: Hashable, Sendable {
        /// The higher, the earlier it stands in the menu.
        let version: Int
        /// What `ostree=` names.
        let deployment: String

        /// Parses a file, or gives `nil` where it starts no deployment.
        init?(parsing text: String) {
            var fields: [Substring: Substring] = [:]
            for line in text.split(whereSeparator: \.isNewline) {
                let name = line.prefix { $0 != " " && $0 != "\t" }
                fields[name] = line[name.endIndex...].drop { $0 == " " || $0 == "\t" }
            }
            guard let version = fields["version"].flatMap({ Int($0) }),
                let deployment = fields["options"].flatMap({ Self.deployment(in: String($0)) })
            else { return nil }
            self.version = version
            self.deployment = deployment
        }

        /// The deployment that a kernel's command line names.
        static func deployment(in line: String) -> String? {
            let option = line.split(whereSeparator: { $0.isWhitespace }).last { $0.hasPrefix("ostree=") }
            return option.map { String($0.dropFirst(7)) }
        }
    }
}
