// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What LightDM is told about logging in, for each seat.
///
/// Source: LightDM's documentation of its configuration: folders of the distribution, of the XDG folders and of the administrator,
/// then the administrator's file, where what comes later stands.
enum LightDMSettings {
    private static let file = "/etc/lightdm/lightdm.conf"

    /// Whether it logs somebody in at one of the seats.
    static func logsIn(in system: SystemView) throws(ReadFailure) -> Bool {
        var settings = KeyFile()
        let folders =
            ["/usr/share/lightdm/lightdm.conf.d", "/usr/local/share/lightdm/lightdm.conf.d"]
            + ["/etc/xdg/lightdm/lightdm.conf.d", "/etc/lightdm/lightdm.conf.d"]
        for folder in folders {
            guard try system.exists(folder) else { continue }
            for name in try system.list(folder, limit: 1024) where name.hasSuffix(".conf") {
                try settings.add(try system.read("\(folder)/\(name)"))
            }
        }
        if let bytes = try system.readIfPresent(file) { try settings.add(bytes) }
        return logsIn(settings)
    }

    /// Whether settings log somebody in at one of the seats, which are those that they name and the first one.
    static func logsIn(_ settings: KeyFile) -> Bool {
        let named = settings.groups.compactMap { seat(of: $0.name) }.filter { !$0.contains("*") && !$0.contains("?") }
        return Set(named + ["seat0"]).contains { seat in
            var values: [String: String] = [:]
            for group in settings.groups where applies(group.name, to: seat) {
                values.merge(group.values) { _, later in later }
            }
            return values["autologin-user"]?.isEmpty == false || values["autologin-guest"]?.lowercased() == "true"
        }
    }

    private static func seat(of group: String) -> String? {
        group.hasPrefix("Seat:") ? String(group.dropFirst(5)) : nil
    }

    private static func applies(_ group: String, to seat: String) -> Bool {
        if group == "SeatDefaults" { return true }
        return Self.seat(of: group).map { Wildcard.matches(seat, $0) } ?? false
    }
}
