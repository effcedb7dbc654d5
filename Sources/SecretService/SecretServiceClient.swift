// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
package import Cryptography
internal import MessageBus

/// The person's keyring, by the Secret Service API of freedesktop.org (0.2): GNOME Keyring, KWallet, KeePassXC.
///
/// Secrets go into and come from the default collection. Each operation has a connection of its own.
package actor SecretServiceClient {
    private let executor = BlockingSerialExecutor(label: "countersign.secret-service")
    private let address: String?
    private let hasDesktop: @Sendable () async -> Bool
    private var mayPrompt = false
    private let promptLimit: Duration

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// A client.
    ///
    /// - Parameters:
    ///   - address: the bus; `nil` for the person's session bus.
    ///   - hasDesktop: whether somebody sits at a desktop now whom the keyring may ask for its password.
    ///   - promptLimit: how long the keyring's own prompt may stand.
    package init(
        address: String? = nil, hasDesktop: @escaping @Sendable () async -> Bool, promptLimit: Duration = .seconds(60)
    ) {
        self.address = address
        self.hasDesktop = hasDesktop
        self.promptLimit = promptLimit
    }

    /// Whether a secret can be kept here now.
    package enum Availability: Hashable, Sendable {
        /// It can, perhaps after the person unlocked the keyring.
        case available
        /// It cannot; the reason is for a person.
        case unavailable(reason: String)
    }

    /// Whether a secret can be kept here now.
    ///
    /// A service that is not running is started only where a desktop is there: elsewhere its first act would be a prompt
    /// that nobody sees.
    package func availability() async -> Availability {
        mayPrompt = await hasDesktop()
        do throws(SecretServiceError) {
            let bus = try Bus(address: address)
            let owned = try isOwned(on: bus)
            let startable = try isActivatable(on: bus)
            guard owned || (mayPrompt && startable) else {
                return .unavailable(reason: "no Secret Service runs here")
            }
            let collection = try defaultCollection(on: bus)
            if try isLocked(collection, on: bus), !mayPrompt {
                return .unavailable(reason: "the keyring is locked and there is no desktop to unlock it on")
            }
            return .available
        } catch {
            return .unavailable(reason: error.message)
        }
    }

    /// Keeps a secret, in the place of one with the same attributes.
    package func store(
        _ secret: SecretBytes, label: String, attributes: [String: String]
    ) async throws(SecretServiceError) {
        mayPrompt = await hasDesktop()
        let bus = try Bus(address: address)
        let session = try openSession(on: bus)
        let collection = try defaultCollection(on: bus)
        if try isLocked(collection, on: bus) { try unlock(collection, on: bus) }
        let reply = try bus.call(.collection(collection), "CreateItem") { message throws(SecretServiceError) in
            message.markSensitive()
            try Self.write(label: label, attributes: attributes, to: message)
            try message.container(.structure, of: "oayays") { () throws(SecretServiceError) in
                try message.append(session, as: .objectPath)
                try message.append(bytes: UnsafeRawBufferPointer(start: nil, count: 0))
                try secret.withUnsafeBytes { bytes throws(SecretServiceError) in try message.append(bytes: bytes) }
                try message.append("text/plain")
            }
            try message.append(true)
        }
        _ = try reply.readText(.objectPath)
        try complete(prompt: try reply.readText(.objectPath), on: bus)
    }

    /// The secret with these attributes; `nil` where there is none.
    package func lookup(attributes: [String: String]) async throws(SecretServiceError) -> SecretBytes? {
        mayPrompt = await hasDesktop()
        let bus = try Bus(address: address)
        let session = try openSession(on: bus)
        guard let item = try findItem(attributes, on: bus) else { return nil }
        let reply = try bus.call(.item(item), "GetSecret") { message throws(SecretServiceError) in
            try message.append(session, as: .objectPath)
        }
        return try reply.entering(.structure, of: "oayays") { () throws(SecretServiceError) in
            _ = try reply.readText(.objectPath)
            _ = try reply.readSecret()
            let secret = try reply.readSecret()
            _ = try reply.readText()
            return secret
        }
    }

    /// Destroys the secret with these attributes; no error where there is none.
    package func delete(attributes: [String: String]) async throws(SecretServiceError) {
        mayPrompt = await hasDesktop()
        let bus = try Bus(address: address)
        guard let item = try findItem(attributes, on: bus) else { return }
        let reply = try bus.call(.item(item), "Delete")
        try complete(prompt: try reply.readText(.objectPath), on: bus)
    }
}

// MARK: - Parts of the protocol

extension SecretServiceClient {
    private typealias Bus = BusConnection<SecretServiceError>

    private static let name = "org.freedesktop.secrets"

    private func isOwned(on bus: Bus) throws(SecretServiceError) -> Bool {
        let reply = try bus.call(.bus, "NameHasOwner") { message throws(SecretServiceError) in
            try message.append(Self.name)
        }
        return try reply.readBoolean()
    }

    private func isActivatable(on bus: Bus) throws(SecretServiceError) -> Bool {
        try bus.call(.bus, "ListActivatableNames").readArray(of: .string).contains(Self.name)
    }

    private func openSession(on bus: Bus) throws(SecretServiceError) -> String {
        guard try isOwned(on: bus) || mayPrompt else {
            throw SecretServiceError(.unreachable, "no Secret Service runs here")
        }
        let reply = try bus.call(.service, "OpenSession") { message throws(SecretServiceError) in
            try message.append("plain")
            try message.container(.variant, of: "s") { () throws(SecretServiceError) in try message.append("") }
        }
        _ = try reply.entering(.variant, of: "s") { () throws(SecretServiceError) in try reply.readText() }
        return try reply.readText(.objectPath)
    }

    private func defaultCollection(on bus: Bus) throws(SecretServiceError) -> String {
        let reply = try bus.call(.service, "ReadAlias") { message throws(SecretServiceError) in
            try message.append("default")
        }
        let path = try reply.readText(.objectPath)
        guard path != "/" else { throw SecretServiceError(.unreachable, "the Secret Service has no default keyring") }
        return path
    }

    private func isLocked(_ collection: String, on bus: Bus) throws(SecretServiceError) -> Bool {
        let reply = try bus.call(.properties(of: collection), "Get") { message throws(SecretServiceError) in
            try message.append("org.freedesktop.Secret.Collection")
            try message.append("Locked")
        }
        return try reply.entering(.variant, of: "b") { () throws(SecretServiceError) in try reply.readBoolean() }
    }

    private func findItem(_ attributes: [String: String], on bus: Bus) throws(SecretServiceError) -> String? {
        let reply = try bus.call(.service, "SearchItems") { message throws(SecretServiceError) in
            try message.append(attributes)
        }
        if let unlocked = try reply.readArray(of: .objectPath).first { return unlocked }
        guard let locked = try reply.readArray(of: .objectPath).first else { return nil }
        try unlock(locked, on: bus)
        return locked
    }

    private func unlock(_ object: String, on bus: Bus) throws(SecretServiceError) {
        let reply = try bus.call(.service, "Unlock") { message throws(SecretServiceError) in
            try message.container(.array, of: "o") { () throws(SecretServiceError) in
                try message.append(object, as: .objectPath)
            }
        }
        _ = try reply.readArray(of: .objectPath)
        try complete(prompt: try reply.readText(.objectPath), on: bus)
    }

    private func complete(prompt path: String, on bus: Bus) throws(SecretServiceError) {
        guard path != "/" else { return }
        let prompt = BusTarget.prompt(path)
        guard mayPrompt else {
            _ = try bus.call(prompt, "Dismiss")
            throw SecretServiceError(.locked, "the keyring is locked and there is no desktop to unlock it on")
        }
        try bus.subscribe(to: "Completed", of: prompt)
        _ = try bus.call(prompt, "Prompt") { message throws(SecretServiceError) in try message.append("") }
        guard let signal = try bus.awaitSignal("Completed", of: prompt, within: promptLimit) else {
            _ = try bus.call(prompt, "Dismiss")
            throw SecretServiceError(.timedOut, "nobody answered the keyring's prompt")
        }
        guard try !signal.readBoolean() else {
            throw SecretServiceError(.dismissed, "the keyring's prompt was closed")
        }
    }

    private static func write(
        label: String, attributes: [String: String], to message: BusMessage<SecretServiceError>
    ) throws(SecretServiceError) {
        try message.container(.array, of: "{sv}") { () throws(SecretServiceError) in
            try message.container(.entry, of: "sv") { () throws(SecretServiceError) in
                try message.append("org.freedesktop.Secret.Item.Label")
                try message.container(.variant, of: "s") { () throws(SecretServiceError) in try message.append(label) }
            }
            try message.container(.entry, of: "sv") { () throws(SecretServiceError) in
                try message.append("org.freedesktop.Secret.Item.Attributes")
                try message.container(.variant, of: "a{ss}") { () throws(SecretServiceError) in
                    try message.append(attributes)
                }
            }
        }
    }
}

extension BusTarget {
    fileprivate static let service = secrets("/org/freedesktop/secrets", "org.freedesktop.Secret.Service")
    fileprivate static func collection(_ path: String) -> Self { secrets(path, "org.freedesktop.Secret.Collection") }
    fileprivate static func item(_ path: String) -> Self { secrets(path, "org.freedesktop.Secret.Item") }
    fileprivate static func prompt(_ path: String) -> Self { secrets(path, "org.freedesktop.Secret.Prompt") }
    fileprivate static func properties(of path: String) -> Self { secrets(path, "org.freedesktop.DBus.Properties") }

    private static func secrets(_ path: String, _ interface: String) -> Self {
        Self(destination: "org.freedesktop.secrets", path: path, interface: interface)
    }
}
