// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import Cryptography
public import DeviceKeys

/// Keys in slots of PIV smart cards (NIST SP 800-73-4) and YubiKeys, through PC/SC.
///
/// The card is spoken to on a thread of the store's own, in short transactions, and let go in between.
public actor PIVKeyStore: KeyStore {
    let options: PIVOptions
    let access: CardAccess
    /// Whether the process goes on after a signature, and so can give it away before the card has forgotten the PIN.
    nonisolated let outlivesSignatures: Bool
    private let executor = BlockingSerialExecutor(label: "countersign.piv-keys")
    /// Where the card was last, to look there first.
    var last: CardInReader?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    public nonisolated var kind: KeyKind { .piv }

    /// The cards of this machine.
    ///
    /// - Parameters:
    ///   - options: which card and slot new keys are in; keys that exist are found wherever they are.
    ///   - outlivesSignatures: whether the process goes on after a signature. Then it is given away as soon as the card has made it, and
    ///     the card is made to forget the PIN and let go after that; else before.
    public init(_ options: PIVOptions, outlivesSignatures: Bool = false) {
        self.init(options, service: PCSCService(), outlivesSignatures: outlivesSignatures)
    }

    /// The cards of a service.
    ///
    /// - Parameter patience: how long other programs are waited for, and a service that starts anew.
    package init(
        _ options: PIVOptions, service: any SmartCardService, patience: Duration = .seconds(5),
        outlivesSignatures: Bool = false
    ) {
        self.options = options
        self.outlivesSignatures = outlivesSignatures
        access = CardAccess(service: service, patience: patience)
    }

    public func availability() -> KeyStoreAvailability {
        do throws(CardFailure) {
            guard try access.service.cards().isEmpty else { return .available }
            return .unavailable(reason: "no smart card is plugged in")
        } catch {
            return .unavailable(reason: error.description)
        }
    }

    public func generate(_ request: KeyRequest, presence: any UserPresence) async throws -> GeneratedKey {
        do { return try await make(request, presence) } catch let failure as CardFailure {
            throw failure.deviceKeyError
        }
    }

    public nonisolated func open(_ key: StoredKey) async throws -> any SigningKey {
        guard key.kind == .piv else { throw DeviceKeyError(.keyNotFound, "the key is not one of this store") }
        let reference = try KeyReference(handle: key.handle)
        guard PIVAlgorithm(of: key.publicKey) == reference.algorithm else {
            throw DeviceKeyError(
                .keyDamaged, "what was kept of the card's key contradicts itself: enroll this device anew")
        }
        return PIVSigningKey(stored: key, reference: reference, store: self)
    }

    /// Leaves the card alone: to empty a slot the card wants its management key.
    public nonisolated func delete(_ key: StoredKey) async throws {}

    /// Leaves the cards alone.
    public nonisolated func deleteAll(except kept: [StoredKey]) async throws {}

    /// The key in its slot, whether the card made it for us or had it before.
    public nonisolated func remainder(of key: StoredKey) -> String? {
        guard let reference = try? KeyReference(handle: key.handle) else { return nil }
        return SlotKey(
            reference: reference, publicKey: key.publicKey,
            deviceName: DeviceName.of(reader: "the smart card", identity: reference.card)
        ).remainder
    }
}

// MARK: - Finding the card

extension PIVKeyStore {
    /// Speaks to a card, wherever it is plugged in now.
    func withCard<Result>(
        at place: CardPlace, isRepeatable: () -> Bool = { true }, _ body: (PIVSession) throws -> Result
    ) throws -> Result {
        try access.withCard(where: place.matches, last: last, isRepeatable: isRepeatable) { session in
            last = session.card
            return try body(session)
        }
    }
}
