// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsystemd

/// Hearing signals of any service, for who waits in poll(2) with other things.
extension BusConnection {
    /// Has the bus pass on the signals that a rule matches.
    ///
    /// - Parameter rule: as the D-Bus specification, "Match Rules", says. The bus sees to it that a `sender` owns its name.
    package func hear(_ rule: String) throws(Failure) {
        guard sd_bus_add_match(bus, nil, rule, { _, _, _ in 0 }, nil) >= 0 else {
            throw Failure(.refused(member: "AddMatch", error: "no such rule"))
        }
    }

    /// The descriptor on which signals arrive, to be waited on for reading. Only after ``takeSignals(_:)`` does it tell of all that comes:
    /// what arrived together with the answer to a call lies in the library already.
    package var descriptor: Int32 { sd_bus_get_fd(bus) }

    /// Takes the signals that came.
    ///
    /// - Parameters:
    ///   - most: how many messages are taken; others stay, and the descriptor need not tell of them.
    ///   - heard: gets the sender's own name on the bus, the object and the interface, and the name of each.
    /// - Returns: whether these were all.
    /// - Throws: `noBus` where the bus is gone.
    package func takeSignals(atMost most: Int, _ heard: (BusTarget, _ member: String) -> Void) throws(Failure) -> Bool {
        for _ in 0..<most {
            var received: OpaquePointer?
            let result = sd_bus_process(bus, &received)
            guard result >= 0 else { throw Failure(.noBus) }
            guard result > 0 else { return true }
            guard let received else { continue }
            let message = BusMessage<Failure>(owning: received)
            guard let path = sd_bus_message_get_path(message.pointer),
                let interface = sd_bus_message_get_interface(message.pointer),
                let member = sd_bus_message_get_member(message.pointer)
            else { continue }
            let sender = sd_bus_message_get_sender(message.pointer).map { String(cString: $0) } ?? ""
            heard(
                BusTarget(destination: sender, path: String(cString: path), interface: String(cString: interface)),
                String(cString: member))
        }
        return false
    }
}
