// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// authenticatorCredentialManagement (CTAP 2.1 §6.8).
extension AuthenticatorState {
    mutating func manageCredentials(_ parameters: CBORValue) throws(CTAPStatus) -> CBORValue? {
        guard model.managesCredentials else { throw .invalidCommand }
        let subcommand = try Self.required(parameters[1]?.integer)
        if subcommand == 3 || subcommand == 5 {
            guard !listing.isEmpty else { throw .notAllowed }
            return listing.removeFirst()
        }
        let message = [UInt8(clamping: subcommand)] + (parameters[2]?.encoded ?? [])
        let permission: Permissions = model.hasPermissions ? .credentialManagement : .getAssertion
        guard let mac = parameters[4]?.bytes else { throw .pinRequired }
        guard var current = token, current.version == parameters[3]?.integer,
            current.permissions.isSuperset(of: permission),
            ConstantTime.equal(mac, PINCryptography.authenticate(current.bytes, message, version: current.version))
        else { throw .pinAuthInvalid }
        current.isVerified = true
        token = current
        switch subcommand {
        case 1:
            let count = discoverable.count
            return .map([1: .integer(count), 2: .integer(model.discoverableCapacity - count)])
        case 2: return try first(of: relyingParties, total: 5)
        case 4: return try first(of: credentials(of: try Self.required(parameters[2]?[1]?.bytes)), total: 9)
        case 6:
            let id = try Self.required(parameters[2]?[2]?["id"]?.bytes)
            guard discoverable.contains(where: { $0.id == id }) else { throw .noCredentials }
            credentials.removeAll { $0.id == id }
            return nil
        default: throw .invalidParameter
        }
    }

    private var discoverable: [VirtualCredential] { credentials.filter(\.isDiscoverable) }

    private mutating func first(of answers: [[CBORValue: CBORValue]], total: Int) throws(CTAPStatus) -> CBORValue {
        guard var first = answers.first else { throw .noCredentials }
        first[.integer(total)] = .integer(answers.count)
        listing = answers.dropFirst().map { .map($0) }
        return .map(first)
    }

    private var relyingParties: [[CBORValue: CBORValue]] {
        var seen: Set<String> = []
        return discoverable.compactMap { credential in
            guard seen.insert(credential.relyingPartyID).inserted else { return nil }
            return [3: credential.relyingParty, 4: .bytes(credential.relyingPartyIDHash)]
        }
    }

    private func credentials(of relyingPartyIDHash: [UInt8]) -> [[CBORValue: CBORValue]] {
        discoverable.filter { $0.relyingPartyIDHash == relyingPartyIDHash }.map { credential in
            [
                6: credential.user, 7: .map(["id": .bytes(credential.id), "type": "public-key"]), 8: credential.coseKey,
                10: .integer(credential.protection),
            ]
        }
    }
}
