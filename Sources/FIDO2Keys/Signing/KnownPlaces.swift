// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Where credentials were found last. A key that has stayed plugged in since is not asked again whether it has one: to a key that is a
/// signature, which takes it as long as the one that is wanted.
final class KnownPlaces: Sendable {
    /// A key that had a credential.
    struct Place: Sendable {
        fileprivate let path: String
        fileprivate let node: DeviceNode
        /// What the key said of itself then: one that was made new says something else.
        let info: AuthenticatorInfo
        let signsSilently: Bool

        /// Whether a device is the very one, plugged in ever since.
        func isAt(_ entry: DeviceEntry) -> Bool { entry.path == path && entry.node == node }
    }

    /// The most credentials that are remembered; a person has a few.
    private static let limit = 64
    private let places = Mutex<[[UInt8]: Place]>([:])

    /// Where a credential was found last.
    func place(of credentialID: [UInt8]) -> Place? { places.withLock { $0[credentialID] } }

    /// Remembers where a credential is, unless nothing tells whether that device is still the same.
    func remember(_ credentialID: [UInt8], at located: LocatedCredential) {
        guard let node = located.entry.node else { return }
        let place = Place(
            path: located.entry.path, node: node, info: located.info, signsSilently: located.signsSilently)
        places.withLock { places in
            if places.count >= Self.limit { places = [:] }
            places[credentialID] = place
        }
    }

    /// Has the next search ask every key again.
    func forget(_ credentialID: [UInt8]) { places.withLock { _ = $0.removeValue(forKey: credentialID) } }
}
