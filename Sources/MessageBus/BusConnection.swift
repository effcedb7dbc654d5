// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsystemd

/// A connection to a message bus. Blocking; used on one executor alone.
///
/// A client of one service says by its own error what a problem means there.
package final class BusConnection<Failure: BusFailure> {
    let bus: OpaquePointer
    /// Who owned a service's name when its signals were asked for, by the name: the bus's own name for that connection.
    private var owners: [String: String] = [:]

    /// Connects to the bus at an address, or to the person's own.
    ///
    /// - Parameter limit: how long the bus may take to let us in.
    package init(address: String?, within limit: Duration = .seconds(10)) throws(Failure) {
        bus = try Self.open(address, else: sd_bus_open_user, within: limit)
    }

    /// Connects to the machine's system bus: the one at an address, or the one that everybody uses.
    package init(systemBusAt address: String?) throws(Failure) {
        bus = try Self.open(address, else: sd_bus_open_system, within: .seconds(10))
    }

    private static func open(
        _ address: String?, else openDefault: (UnsafeMutablePointer<OpaquePointer?>?) -> Int32, within limit: Duration
    ) throws(Failure) -> OpaquePointer {
        var opened: OpaquePointer?
        var result: Int32
        if let address {
            result = sd_bus_new(&opened)
            if result >= 0 { result = sd_bus_set_address(opened, address) }
            if result >= 0 { result = sd_bus_set_bus_client(opened, 1) }
            if result >= 0 { result = sd_bus_start(opened) }
        } else {
            result = openDefault(&opened)
        }
        guard result >= 0, let opened else {
            sd_bus_unref(opened)
            throw Failure(.noBus)
        }
        do throws(Failure) { try enter(opened, within: limit) } catch {
            // Not flushed, for which a bus that is silent would be waited for.
            sd_bus_close_unref(opened)
            throw error
        }
        return opened
    }

    /// Waits until the bus has let us in. A call would wait for that, too, but by other limits than its own, of minutes.
    private static func enter(_ bus: OpaquePointer, within limit: Duration) throws(Failure) {
        let end = ContinuousClock.now + limit
        while sd_bus_is_ready(bus) == 0 {
            let result = sd_bus_process(bus, nil)
            guard result >= 0 else { throw Failure(.noBus) }
            let left = end - ContinuousClock.now
            guard left > .zero else { throw Failure(.noReply) }
            if result == 0 { sd_bus_wait(bus, microseconds(left)) }
        }
    }

    deinit { sd_bus_flush_close_unref(bus) }

    /// Calls a method and waits for its answer.
    ///
    /// - Parameters:
    ///   - limit: how long to wait for the answer at most.
    ///   - mayStart: whether the bus may start the service for this call, where it does not run.
    ///   - arguments: appends the arguments.
    package func call(
        _ target: BusTarget, _ member: String, within limit: Duration = .seconds(10), mayStart: Bool = true,
        _ arguments: (BusMessage<Failure>) throws(Failure) -> Void = { _ in }
    ) throws(Failure) -> BusMessage<Failure> {
        var request: OpaquePointer?
        guard
            sd_bus_message_new_method_call(bus, &request, target.destination, target.path, target.interface, member)
                >= 0,
            let request
        else { throw Failure(.refused(member: member, error: "no such call")) }
        let message = BusMessage<Failure>(owning: request)
        sd_bus_message_set_auto_start(request, mayStart ? 1 : 0)
        try arguments(message)
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        var reply: OpaquePointer?
        let result = sd_bus_call(bus, request, Self.microseconds(limit), &error, &reply)
        guard result >= 0, let reply else { throw Self.failure(of: member, error) }
        let answer = BusMessage<Failure>(owning: reply)
        answer.markSensitive()
        return answer
    }

    private static func microseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        return UInt64(clamping: seconds) * 1_000_000 + UInt64(clamping: attoseconds / 1_000_000_000_000)
    }

    private static func failure(of member: String, _ error: sd_bus_error) -> Failure {
        let name = error.name.map { String(cString: $0) } ?? "no reason"
        switch name {
        case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
            "org.freedesktop.DBus.Error.Disconnected":
            return Failure(.noService)
        case "org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Timeout",
            "org.freedesktop.DBus.Error.TimedOut":
            return Failure(.noReply)
        default:
            return Failure(.refused(member: member, error: name))
        }
    }

    /// The bus's own name for the connection that a service's name belongs to now.
    package func owner(of name: String) throws(Failure) -> String {
        try call(.bus, "GetNameOwner") { message throws(Failure) in try message.append(name) }.readText()
    }

    /// Asks for the signals of an object; they are kept until ``awaitSignal(_:of:within:)`` takes them. The service must be on
    /// the bus: signals count as its own only while the connection that it has now sends them.
    package func subscribe(to member: String, of target: BusTarget) throws(Failure) {
        owners[target.destination] = try owner(of: target.destination)
        // The callback leaves every message to whoever processes the bus.
        let result = sd_bus_match_signal(
            bus, nil, target.destination, target.path, target.interface, member, { _, _, _ in 0 }, nil)
        guard result >= 0 else { throw Failure(.refused(member: member, error: "no such signal")) }
    }

    /// Waits for a signal that was subscribed to; `nil` when the time is over or the task was cancelled.
    ///
    /// Anybody on a bus may send a signal straight to a connection, whatever that asked for: one of another sender is dropped.
    package func awaitSignal(_ member: String, of target: BusTarget, within limit: Duration) throws(Failure)
        -> BusMessage<Failure>?
    {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end, !Task.isCancelled {
            var received: OpaquePointer?
            let result = sd_bus_process(bus, &received)
            guard result >= 0 else { throw Failure(.noBus) }
            if let received {
                let message = BusMessage<Failure>(owning: received)
                if sd_bus_message_is_signal(received, target.interface, member) > 0,
                    let path = sd_bus_message_get_path(received), String(cString: path) == target.path,
                    isSentByOwner(received, of: target)
                {
                    return message
                }
            }
            if result == 0 { sd_bus_wait(bus, 200_000) }
        }
        return nil
    }

    /// Drops the signals that came and that nobody waited for.
    package func dropSignals() {
        var received: OpaquePointer?
        while sd_bus_process(bus, &received) > 0 {
            sd_bus_message_unref(received)
            received = nil
        }
    }

    private func isSentByOwner(_ message: OpaquePointer, of target: BusTarget) -> Bool {
        guard let owner = owners[target.destination], let sender = sd_bus_message_get_sender(message) else {
            return false
        }
        return String(cString: sender) == owner
    }
}
