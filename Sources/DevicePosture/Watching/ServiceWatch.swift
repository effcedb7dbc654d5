// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import MessageBus
internal import Synchronization

/// Hears the services of the machine's message bus that collectors ask, so that what they answer is asked again once it changes.
///
/// What a service sends to this connection alone is heard as well, whoever it is: at worst, a look is made for nothing.
final class ServiceWatch: Sendable {
    /// What is heard, as rules of the D-Bus specification.
    ///
    /// Of fwupd only that something changed, and not its progress; of fprintd and login1 nothing: that a reader's service comes and
    /// goes because somebody looks is no change.
    static let rules: [String] = owners + changes + ofUnits

    private static let owners: [String] = [
        "org.freedesktop.fwupd", "org.fedoraproject.FirewallD1", "org.usbguard1", "org.freedesktop.Accounts",
    ].map { "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='\($0)'" }

    private static let changes: [String] = [
        "type='signal',sender='org.fedoraproject.FirewallD1'",
        "type='signal',sender='org.usbguard1'",
        "type='signal',sender='org.freedesktop.fwupd',interface='org.freedesktop.fwupd',member='Changed'",
        "type='signal',sender='org.freedesktop.Accounts',interface='org.freedesktop.Accounts.User',member='Changed'",
        "type='signal',sender='org.freedesktop.systemd1',member='UnitFilesChanged'",
    ]

    private static let ofUnits: [String] = units.sorted().map {
        "type='signal',sender='org.freedesktop.systemd1',path='\($0)',member='PropertiesChanged'"
    }

    /// How many signals are taken at a time.
    private static let mostSignals = 1000

    private let connection: Mutex<BusConnection<ServiceFailure>>
    /// The descriptor to wait on.
    let descriptor: Int32

    /// Begins to listen.
    ///
    /// - Parameter systemBus: the bus's address; the usual one where none is given.
    /// - Throws: ``ServiceFailure`` where there is no bus.
    init(systemBus: String?) throws(ServiceFailure) {
        let connection = try BusConnection<ServiceFailure>(systemBusAt: systemBus)
        for rule in Self.rules { try connection.hear(rule) }
        // systemd tells of its units only while somebody has asked for it (org.freedesktop.systemd1(5), `Subscribe`).
        let manager = BusTarget(
            destination: "org.freedesktop.systemd1", path: "/org/freedesktop/systemd1",
            interface: "org.freedesktop.systemd1.Manager")
        _ = try? connection.call(manager, "Subscribe", within: .seconds(1), mayStart: false)
        descriptor = connection.descriptor
        self.connection = Mutex(connection)
    }

    /// Takes the signals that came.
    ///
    /// - Returns: whether one of them may matter, or more came than are taken at a time; `nil` where the bus is gone.
    func takeRelevant() -> Bool? {
        connection.withLock { connection in
            var isRelevant = false
            do throws(ServiceFailure) {
                let isAll = try connection.takeSignals(atMost: Self.mostSignals) { _, member in
                    // A bus tells every connection of its own name, unasked; all else was asked for.
                    if member != "NameAcquired", member != "NameLost" { isRelevant = true }
                }
                isRelevant = isRelevant || !isAll
            } catch {
                return nil
            }
            return isRelevant
        }
    }

    /// The units of systemd that collectors ask for: what becomes of all others, such as a helper that a look itself starts, is no
    /// change.
    private static let units = Set(
        [
            FirewallServiceCollector.units, SSHServerCollector.units, [USBGuardCollector.unit],
            [RemovableMediaCollector.unit], SecurityProduct.all.flatMap(\.units),
        ].joined().map(unitPath))

    /// The object of a unit: each byte of its name that is neither a letter nor a digit after the first as `_` and two
    /// hexadecimal digits (sd_bus_path_encode(3)).
    static func unitPath(_ name: String) -> String {
        var path = "/org/freedesktop/systemd1/unit/"
        for (index, byte) in name.utf8.enumerated() {
            let isLetter = (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            if isLetter || (index > 0 && (0x30...0x39).contains(byte)) {
                path.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                path += "_" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return path
    }
}
