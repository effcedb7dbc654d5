// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

/// A key that signs a person in, and what it does that for.
package struct SignInKey: Hashable, Sendable, Codable {
    /// ``ResponseKeyType/proofOfPossession`` or ``ResponseKeyType/userVerification``.
    package let keyType: ResponseKeyType
    /// The key.
    package var key: EnrolledKey
}

extension EnrollmentRecord {
    /// How many keys besides the client instance key an enrolment may have.
    static let maximumSignInKeys = 8

    /// All keys that sign the person in: the first of each purpose, then the spares.
    package var signInKeys: [SignInKey] {
        let first = SignInKey(keyType: .proofOfPossession, key: proofOfPossession)
        return [first] + (userVerification.map { [SignInKey(keyType: .userVerification, key: $0)] } ?? []) + spares
    }

    /// The keys whose signatures authorise changes of the enrolment: those that sign without asking the person.
    var maintenanceKeys: [EnrolledKey] {
        [clientInstance] + signInKeys.filter { $0.keyType == .proofOfPossession }.map(\.key)
    }

    /// The key of a name, where it is there for this purpose.
    func key(named keyID: String?, for keyType: ResponseKeyType) -> EnrolledKey? {
        let keys = signInKeys + [SignInKey(keyType: .clientInstance, key: clientInstance)]
        return keys.first { $0.keyType == keyType && $0.key.keyID == keyID }?.key
    }

    /// The sign-in key of a thumbprint.
    func signInKey(thumbprint: String) -> SignInKey? { signInKeys.first { $0.key.thumbprint == thumbprint } }

    /// When a key of the enrolment was enrolled, in seconds since 1970.
    func time(of key: EnrolledKey) -> Int64 { key.addition?.time ?? createdAt }

    /// Changes what is known of a sign-in key; does nothing where it is not there.
    mutating func changeSignInKey(thumbprint: String, _ change: (inout EnrolledKey) -> Void) {
        if proofOfPossession.thumbprint == thumbprint { change(&proofOfPossession) }
        if userVerification?.thumbprint == thumbprint, var key = userVerification {
            change(&key)
            userVerification = key
        }
        for index in spares.indices where spares[index].key.thumbprint == thumbprint { change(&spares[index].key) }
    }

    /// Adds a key: as a spare, or as the first of its purpose where there is none.
    mutating func add(_ added: SignInKey) {
        if added.keyType == .userVerification, userVerification == nil {
            userVerification = added.key
        } else {
            spares.append(added)
        }
    }

    /// Takes a key out. The oldest spare of the same purpose takes the place of a first key.
    ///
    /// - Returns: the key; `nil`, without a change, where it is not there, or is the only proof-of-possession key, without which an
    ///   enrolment is none.
    mutating func takeOut(keyID: String) -> SignInKey? {
        guard let out = signInKeys.first(where: { $0.key.keyID == keyID }) else { return nil }
        if let index = spares.firstIndex(of: out) { return spares.remove(at: index) }
        let successor = spares.firstIndex { $0.keyType == out.keyType }
        switch out.keyType {
        case .userVerification: userVerification = successor.map { spares.remove(at: $0).key }
        case .proofOfPossession:
            guard let successor else { return nil }
            proofOfPossession = spares.remove(at: successor).key
        case .clientInstance: return nil
        }
        return out
    }
}

extension EnrollmentRecord {
    private enum CodingKeys: String, CodingKey {
        case id, userID, deviceID, methodID, requestID, status, proofOfPossession, userVerification, clientInstance
        case spares, createdAt
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(String.self, forKey: .id),
            userID: try values.decode(String.self, forKey: .userID),
            deviceID: try values.decode(String.self, forKey: .deviceID),
            methodID: try values.decode(String.self, forKey: .methodID),
            requestID: try values.decode(String.self, forKey: .requestID),
            status: try values.decode(EnrollmentStatus.self, forKey: .status),
            proofOfPossession: try values.decode(EnrolledKey.self, forKey: .proofOfPossession),
            userVerification: try values.decodeIfPresent(EnrolledKey.self, forKey: .userVerification),
            clientInstance: try values.decode(EnrolledKey.self, forKey: .clientInstance),
            // A record of a version that knew no spare keys has none.
            spares: try values.decodeIfPresent([SignInKey].self, forKey: .spares) ?? [],
            createdAt: try values.decode(Int64.self, forKey: .createdAt))
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(id, forKey: .id)
        try values.encode(userID, forKey: .userID)
        try values.encode(deviceID, forKey: .deviceID)
        try values.encode(methodID, forKey: .methodID)
        try values.encode(requestID, forKey: .requestID)
        try values.encode(status, forKey: .status)
        try values.encode(proofOfPossession, forKey: .proofOfPossession)
        try values.encodeIfPresent(userVerification, forKey: .userVerification)
        try values.encode(clientInstance, forKey: .clientInstance)
        try values.encode(spares, forKey: .spares)
        try values.encode(createdAt, forKey: .createdAt)
    }
}
