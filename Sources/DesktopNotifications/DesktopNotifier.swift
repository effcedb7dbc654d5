// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import MessageBus

/// Shows messages on the person's desktop, by the Desktop Notifications Specification (1.2) of freedesktop.org.
package actor DesktopNotifier {
    private let executor = BlockingSerialExecutor(label: "countersign.notifications")
    private let address: String?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// A notifier.
    ///
    /// - Parameter address: the bus; `nil` for the person's session bus.
    package init(address: String? = nil) { self.address = address }

    /// A message that is shown.
    package struct Shown: Hashable, Sendable {
        fileprivate let id: UInt32
    }

    /// Shows a message that stays until it is taken back.
    ///
    /// - Parameters:
    ///   - summary: the headline, in plain text.
    ///   - body: what follows; it is shown as it is: a desktop that reads markup gets it escaped.
    /// - Throws: ``DesktopNotifierError``.
    package func show(summary: String, body: String) throws(DesktopNotifierError) -> Shown {
        let bus = try BusConnection<DesktopNotifierError>(address: address)
        let reply = try bus.call(.notifications, "Notify") { message throws(DesktopNotifierError) in
            try message.append("Countersign")
            try message.append(UInt32(0))
            try message.append("dialog-password")
            try message.append(summary)
            try message.append(Self.escaped(body))
            try message.container(.array, of: "s") { () throws(DesktopNotifierError) in }
            try message.container(.array, of: "{sv}") { () throws(DesktopNotifierError) in
                try Self.hint("urgency", "y", in: message) { () throws(DesktopNotifierError) in
                    try message.append(Self.critical)
                }
                try Self.hint("transient", "b", in: message) { () throws(DesktopNotifierError) in
                    try message.append(true)
                }
            }
            try message.append(Self.never)
        }
        return Shown(id: try reply.readUnsigned())
    }

    /// Takes a message back; one that is gone already is no error.
    package func withdraw(_ shown: Shown) {
        guard let bus = try? BusConnection<DesktopNotifierError>(address: address) else { return }
        _ = try? bus.call(.notifications, "CloseNotification") { message throws(DesktopNotifierError) in
            try message.append(shown.id)
        }
    }

    /// The urgency "critical": such a message does not vanish by itself.
    private static let critical: UInt8 = 2
    /// The expiry "never".
    private static let never: Int32 = 0

    private static func hint(
        _ name: String, _ type: String, in message: BusMessage<DesktopNotifierError>,
        _ value: () throws(DesktopNotifierError) -> Void
    ) throws(DesktopNotifierError) {
        try message.container(.entry, of: "sv") { () throws(DesktopNotifierError) in
            try message.append(name)
            try message.container(.variant, of: type, value)
        }
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

extension BusTarget {
    fileprivate static let notifications = BusTarget(
        destination: "org.freedesktop.Notifications", path: "/org/freedesktop/Notifications",
        interface: "org.freedesktop.Notifications")
}
