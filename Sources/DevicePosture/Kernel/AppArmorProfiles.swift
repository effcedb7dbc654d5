// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The profiles of AppArmor that the kernel has loaded. A module that is active without any confines nothing.
///
/// The whole list is for root alone, whom the kernel tells by number and group; the folder of each profile with its mode can be
/// read by everybody since Linux 4.13.
enum AppArmorProfiles {
    typealias State = MandatoryAccessControlCollector.State

    static let list = "/sys/kernel/security/apparmor/profiles"
    static let folder = "/sys/kernel/security/apparmor/policy/profiles"
    private static let loaders = ["/sbin/apparmor_parser", "/usr/sbin/apparmor_parser", "/usr/bin/apparmor_parser"]
    private static let most = 8192

    /// Whether one of them is enforced.
    static func state(in system: SystemView) -> State {
        do throws(ReadFailure) {
            if let bytes = try system.readIfPresent(list, limit: 4 << 20) {
                guard let count = enforced(in: bytes) else { return .unknown("\(list) is not understood") }
                return count > 0 ? .enforced("\(count) profiles are enforced") : none
            }
        } catch ReadFailure.denied {
            // The folders tell.
        } catch {
            return .unknown("\(list) \(error.predicate)")
        }
        do throws(ReadFailure) {
            return try enforcedFolder(in: system).map { .enforced("profiles are enforced, such as \($0)") } ?? none
        } catch ReadFailure.absent {
            return withoutFolders(in: system)
        } catch ReadFailure.denied {
            return withoutFolders(in: system)
        } catch {
            return .unknown("\(folder) \(error.predicate)")
        }
    }

    private static var none: State { .notEnforced("enabled, but no profile is enforced") }

    /// What is installed, where the kernel shows no profile: without a loader there is none.
    private static func withoutFolders(in system: SystemView) -> State {
        if loaders.allSatisfy({ (try? system.exists($0)) == false }) {
            return .notEnforced("enabled, but nothing loads a profile")
        }
        return .unknown("enabled, but which profiles are loaded can be read by root alone")
    }

    /// The first profile that is enforced, by the name of its folder without the number at its end; `nil` where none is.
    private static func enforcedFolder(in system: SystemView) throws(ReadFailure) -> String? {
        for name in try system.list(folder, limit: most) {
            let mode: String
            do throws(ReadFailure) { mode = try system.attribute("\(folder)/\(name)/mode") } catch ReadFailure.absent {
                // It was removed in the meantime.
                continue
            }
            guard let isEnforced = isEnforced(mode: mode) else { throw .malformed }
            if isEnforced { return name.split(separator: ".").dropLast().joined(separator: ".") }
        }
        return nil
    }

    /// How many profiles are enforced, in a list such as `/usr/bin/man (enforce)`; `nil` where a line has no mode.
    static func enforced(in bytes: [UInt8]) -> Int? {
        var count = 0
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard line.last == UInt8(ascii: ")"), let open = line.lastIndex(of: UInt8(ascii: "(")) else { return nil }
            let mode = String(decoding: line[(open + 1)...].dropLast().prefix(32), as: UTF8.self)
            guard let isEnforced = isEnforced(mode: mode) else { return nil }
            if isEnforced { count += 1 }
        }
        return count
    }

    /// Whether a profile in this mode forbids; `nil` for a mode that is not known.
    private static func isEnforced(mode: String) -> Bool? {
        switch mode {
        case "enforce", "kill": true
        case "complain", "unconfined", "mixed", "prompt", "user": false
        default: nil
        }
    }
}
