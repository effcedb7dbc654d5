// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Where a call goes, or whose signals are listened to.
package struct BusTarget: Hashable, Sendable {
    /// The service's name on the bus.
    package var destination: String
    /// The object.
    package var path: String
    /// The interface.
    package var interface: String

    /// A target.
    package init(destination: String, path: String, interface: String) {
        self.destination = destination
        self.path = path
        self.interface = interface
    }

    /// The bus itself.
    package static let bus = BusTarget(
        destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus")
}
