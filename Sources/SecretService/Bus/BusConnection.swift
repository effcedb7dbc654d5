// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsystemd

/// A connection to a message bus. Blocking; used on one executor alone.
final class BusConnection {
    private let bus: OpaquePointer
    private static let callLimitMicroseconds: UInt64 = 10_000_000

    /// Connects to the bus at an address, or to the person's own.
    init(address: String?) throws(SecretServiceError) {
        var opened: OpaquePointer?
        if let address {
            var result = sd_bus_new(&opened)
            if result >= 0 { result = sd_bus_set_address(opened, address) }
            if result >= 0 { result = sd_bus_set_bus_client(opened, 1) }
            if result >= 0 { result = sd_bus_start(opened) }
            if result < 0 {
                sd_bus_unref(opened)
                opened = nil
            }
        } else if sd_bus_open_user(&opened) < 0 {
            opened = nil
        }
        guard let opened else { throw SecretServiceError(.unreachable, "there is no session bus") }
        bus = opened
    }

    deinit { sd_bus_flush_close_unref(bus) }

    /// Where a call goes.
    struct Target {
        var destination: String
        var path: String
        var interface: String

        static let bus = Target(
            destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus")
    }

    /// Calls a method and waits for its answer, at most ten seconds.
    func call(
        _ target: Target, _ member: String, _ arguments: (BusMessage) throws(SecretServiceError) -> Void = { _ in }
    ) throws(SecretServiceError) -> BusMessage {
        var request: OpaquePointer?
        guard
            sd_bus_message_new_method_call(bus, &request, target.destination, target.path, target.interface, member)
                >= 0,
            let request
        else { throw SecretServiceError(.refused, "the Secret Service cannot be called by \(member)") }
        let message = BusMessage(owning: request)
        try arguments(message)
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        var reply: OpaquePointer?
        let result = sd_bus_call(bus, request, Self.callLimitMicroseconds, &error, &reply)
        guard result >= 0, let reply else { throw Self.failure(of: member, error) }
        let answer = BusMessage(owning: reply)
        answer.markSensitive()
        return answer
    }

    private static func failure(of member: String, _ error: sd_bus_error) -> SecretServiceError {
        let name = error.name.map { String(cString: $0) } ?? "no reason"
        switch name {
        case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
            "org.freedesktop.DBus.Error.Disconnected":
            return SecretServiceError(.unreachable, "there is no Secret Service on the session bus")
        case "org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Timeout",
            "org.freedesktop.DBus.Error.TimedOut":
            return SecretServiceError(.timedOut, "the Secret Service does not answer")
        case "org.freedesktop.Secret.Error.IsLocked":
            return SecretServiceError(.locked, "the keyring is locked")
        default:
            return SecretServiceError(.refused, "the Secret Service refused \(member): \(name)")
        }
    }

    /// Asks for the signals of an object; they are kept until ``awaitSignal(_:of:within:)`` takes them.
    func subscribe(to member: String, of target: Target) throws(SecretServiceError) {
        // The callback leaves every message to whoever processes the bus.
        let result = sd_bus_match_signal(
            bus, nil, target.destination, target.path, target.interface, member, { _, _, _ in 0 }, nil)
        guard result >= 0 else { throw SecretServiceError(.refused, "the Secret Service's prompt cannot be followed") }
    }

    /// Waits for a signal; `nil` when the time is over or the task was cancelled.
    func awaitSignal(_ member: String, of target: Target, within limit: Duration) throws(SecretServiceError)
        -> BusMessage?
    {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end, !Task.isCancelled {
            var received: OpaquePointer?
            let result = sd_bus_process(bus, &received)
            guard result >= 0 else { throw SecretServiceError(.unreachable, "the session bus went away") }
            if let received {
                let message = BusMessage(owning: received)
                if sd_bus_message_is_signal(received, target.interface, member) > 0,
                    let path = sd_bus_message_get_path(received), String(cString: path) == target.path
                {
                    return message
                }
            }
            if result == 0 { sd_bus_wait(bus, 200_000) }
        }
        return nil
    }
}
