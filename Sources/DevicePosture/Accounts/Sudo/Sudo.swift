// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What sudo lets the person do, as far as it can be read.
enum Sudo: Sendable {
    /// There is no sudo.
    case notInstalled
    /// This user may not read its rules, as is usual.
    case unreadable
    /// The rules cannot be judged, for a reason.
    case undecided(String)
    /// The rules were read.
    case rules(SudoRights)

    static let path = "/etc/sudoers"
    private static let programs = [
        "/usr/bin/sudo", "/usr/local/bin/sudo", "/run/wrappers/bin/sudo", "/usr/bin/sudo-rs",
    ]

    /// Reads the rules where that is allowed. `sudo -l` is not run: it writes to the log, or to an administrator.
    static func find(for person: PersonsGroups, in system: SystemView) -> Sudo {
        let policy: Sudoers
        do throws(ReadFailure) {
            policy = try SudoersFiles.read(path, in: system)
        } catch ReadFailure.absent {
            let isInstalled = programs.contains { (try? system.exists($0)) != false }
            return isInstalled ? .undecided("\(path) is not there, but sudo is") : .notInstalled
        } catch ReadFailure.denied {
            return .unreadable
        } catch {
            return .undecided("\(path), or what it includes, \(error.predicate)")
        }
        let subject = SudoSubject(userID: system.userID, groups: person, hosts: hosts(in: system))
        guard var rights = SudoRights(of: subject, under: policy) else {
            return .undecided("\(path) has more commands than are judged")
        }
        rights.doubt = otherSource(in: system).map { "rules of sudo from another source (\($0)) are not read" }
        return .rules(rights)
    }

    /// The machine's names; empty where they are not known.
    private static func hosts(in system: SystemView) -> Set<String> {
        let paths = system.isLive ? ["/proc/sys/kernel/hostname"] : ["/etc/hostname"]
        let names = paths.compactMap { try? system.attribute($0).lowercased() }.filter { !$0.isEmpty }
        return Set(names + names.compactMap { $0.split(separator: ".").first.map(String.init) })
    }

    /// A source of rules other than the file, by the line `sudoers` of nsswitch.conf(5).
    private static func otherSource(in system: SystemView) -> String? {
        guard let text = try? system.text("/etc/nsswitch.conf") else { return nil }
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" }.split { $0.isWhitespace || $0 == ":" }
            guard words.first == "sudoers" else { continue }
            return words.dropFirst().first { $0 != "files" && !$0.hasPrefix("[") && !$0.hasSuffix("]") }.map(
                String.init)
        }
        return nil
    }
}
