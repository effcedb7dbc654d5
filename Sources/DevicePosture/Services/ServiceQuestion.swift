// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A question that collectors may put to a service on a message bus: all of them, in this file alone.
///
/// A question reads; none changes anything, and none starts a service that does not run, unless it says so.
package struct ServiceQuestion: Hashable, Sendable {
    /// Which bus the service is on.
    package enum Bus: Hashable, Sendable {
        /// The machine's.
        case system
        /// The person's session's.
        case session
    }

    /// What is asked for.
    package enum Kind: Hashable, Sendable {
        /// A property of the object.
        case property(String)
        /// What a method answers to these arguments.
        case method(String, [Argument])
    }

    /// An argument of a method.
    package enum Argument: Hashable, Sendable {
        /// A text.
        case string(String)
        /// A list of texts.
        case strings([String])
        /// A number of 64 bits with a sign.
        case integer(Int64)
        /// A number of 32 bits without a sign.
        case unsigned(UInt32)
    }

    /// The bus.
    package let bus: Bus
    /// The service's name.
    package let destination: String
    /// The object.
    package let path: String
    /// The interface.
    package let interface: String
    /// What is asked for.
    package let kind: Kind
    /// Whether the bus may start the service for it.
    package let mayStart: Bool

    fileprivate init(
        _ bus: Bus, _ destination: String, _ path: String, _ interface: String, _ kind: Kind, mayStart: Bool = false
    ) {
        self.bus = bus
        self.destination = destination
        self.path = path
        self.interface = interface
        self.kind = kind
        self.mayStart = mayStart
    }

    /// Where it is asked, for a person.
    package var source: String {
        switch kind {
        case .property(let name): "\(interface).\(name) on D-Bus"
        case .method(let name, _): "\(interface).\(name) on D-Bus"
        }
    }
}

extension ServiceQuestion {
    /// The state of a unit of the system's service manager, as `a(ssssssouso)`: name, description, load state, active state, …
    ///
    /// Source: org.freedesktop.systemd1(5), `ListUnitsByNames`.
    package static func units(_ names: [String]) -> ServiceQuestion {
        ServiceQuestion(
            .system, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
            .method("ListUnitsByNames", [.strings(names)]))
    }

    /// Whether a unit starts by itself: `enabled`, `disabled`, `static`, `masked`, …
    ///
    /// Source: org.freedesktop.systemd1(5), `GetUnitFileState`.
    package static func unitFileState(_ name: String) -> ServiceQuestion {
        ServiceQuestion(
            .system, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
            .method("GetUnitFileState", [.string(name)]))
    }
}

extension ServiceQuestion {
    /// fwupd's Host Security ID, as `s`: `HSI:2! (v2.0.20)`.
    ///
    /// Source: org.freedesktop.fwupd, `HostSecurityId`.
    package static let hostSecurityID = ServiceQuestion(
        .system, "org.freedesktop.fwupd", "/", "org.freedesktop.fwupd", .property("HostSecurityId"))

    /// What the Host Security ID is made of, as `aa{sv}`.
    ///
    /// Source: org.freedesktop.fwupd, `GetHostSecurityAttrs`.
    package static let hostSecurityAttributes = ServiceQuestion(
        .system, "org.freedesktop.fwupd", "/", "org.freedesktop.fwupd", .method("GetHostSecurityAttrs", []))

    /// The name of firewalld's default zone, as `s`.
    ///
    /// Source: firewalld.dbus(5), `getDefaultZone`.
    package static let firewalldDefaultZone = ServiceQuestion(
        .system, "org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1", "org.fedoraproject.FirewallD1",
        .method("getDefaultZone", []))

    /// The settings of one of firewalld's zones, as `a{sv}`: `target`, `ports`, …
    ///
    /// Source: firewalld.dbus(5), `getZoneSettings2`, since firewalld 0.9.
    package static func firewalldZone(_ name: String) -> ServiceQuestion {
        ServiceQuestion(
            .system, "org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1",
            "org.fedoraproject.FirewallD1.zone", .method("getZoneSettings2", [.string(name)]))
    }

    /// What USBGuard does to devices that no rule names, as `s`: `allow`, `block` or `reject`.
    ///
    /// Source: usbguard-dbus(8), `getParameter`.
    package static let usbGuardImplicitPolicy = ServiceQuestion(
        .system, "org.usbguard1", "/org/usbguard1", "org.usbguard1",
        .method("getParameter", [.string("ImplicitPolicyTarget")]))

    /// This process's session, or the person's that has a display: all properties of org.freedesktop.login1(5), `Session`.
    package static let ownSession = ServiceQuestion(
        .system, "org.freedesktop.login1", "/org/freedesktop/login1/session/auto", "org.freedesktop.DBus.Properties",
        .method("GetAll", [.string("org.freedesktop.login1.Session")]))

    /// The object of fprintd's first reader; starts fprintd, which runs only while it is used.
    ///
    /// Source: fprintd's `net.reactivated.Fprint.Manager.xml`.
    package static let fingerprintReader = ServiceQuestion(
        .system, "net.reactivated.Fprint", "/net/reactivated/Fprint/Manager", "net.reactivated.Fprint.Manager",
        .method("GetDefaultDevice", []), mayStart: true)

    /// The fingers of the asking user that a reader knows; `nil` for what is no reader of fprintd's.
    ///
    /// Source: fprintd's `net.reactivated.Fprint.Device.xml`, where the empty name is the asking user's.
    package static func enrolledFingers(reader: String) -> ServiceQuestion? {
        let folder = "/net/reactivated/Fprint/Device/"
        guard reader.hasPrefix(folder), (1...9).contains(reader.utf8.count - folder.utf8.count),
            reader.utf8.dropFirst(folder.utf8.count).allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return ServiceQuestion(
            .system, "net.reactivated.Fprint", reader, "net.reactivated.Fprint.Device",
            .method("ListEnrolledFingers", [.string("")]), mayStart: true)
    }

    /// The object of a user's account in AccountsService, which is made when it is asked for.
    package static func account(of userID: UInt32) -> ServiceQuestion {
        ServiceQuestion(
            .system, "org.freedesktop.Accounts", "/org/freedesktop/Accounts", "org.freedesktop.Accounts",
            .method("FindUserById", [.integer(Int64(userID))]))
    }

    /// The name of that object.
    package static func accountPath(of userID: UInt32) -> String { "/org/freedesktop/Accounts/User\(userID)" }

    /// All properties of a user's account.
    package static func accountProperties(of userID: UInt32) -> ServiceQuestion {
        ServiceQuestion(
            .system, "org.freedesktop.Accounts", accountPath(of: userID), "org.freedesktop.DBus.Properties",
            .method("GetAll", [.string("org.freedesktop.Accounts.User")]))
    }

    /// The accounts that are logged in by themselves, as object paths.
    package static let automaticLogins = ServiceQuestion(
        .system, "org.freedesktop.Accounts", "/org/freedesktop/Accounts", "org.freedesktop.Accounts",
        .property("AutomaticLoginUsers"))
}
