// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceKeys
package import HTTPSClient
internal import WireProtocol

/// Brings this device's keys of an enrolment in line with the verifier's list of them (docs/protocol.md §9).
///
/// Two processes may do it at the same time: the verifier tells both the same, and what one of them did the other finds done.
package struct KeyReconciliation: Sendable {
    /// What was found out of a key, and done here.
    package enum Finding: Hashable, Sendable {
        /// Its adding was interrupted, and the verifier has it: it signs from now on.
        case confirmed(StoredKey)
        /// Its adding was interrupted, and the verifier does not have it: it is gone here.
        case dropped(StoredKey)
        /// The verifier has it no more, as where the administrator removed a lost key: it is gone here.
        case removed(StoredKey)
        /// The verifier has none of this device's keys, without which an enrolment is none: nothing was changed.
        case noKeyLeft
    }

    private let keys: KeyStores
    private let enrollments: any EnrollmentStore
    private let http: HTTPSClient
    private let clock: AgentClock

    /// What it works with.
    package init(keys: KeyStores, enrollments: any EnrollmentStore, http: HTTPSClient, clock: AgentClock = .system) {
        self.keys = keys
        self.enrollments = enrollments
        self.http = http
        self.clock = clock
    }

    /// The enrolments as they stand while no process adds a key; `nil` where one does, or enrols.
    ///
    /// What is given to ``reconcile(_:)`` has to be read like this, or under the same lock: a key that is being added is in no
    /// list yet, and would be dropped.
    /// - Parameter lockPath: the file that is locked during enrolments.
    package func settled(lockPath: String) async throws -> [Enrollment]? {
        guard let lock = try StateLock(path: lockPath) else { return nil }
        defer { withExtendedLifetime(lock) {} }
        return try await enrollments.all()
    }

    /// Asks the verifier, and confirms or removes keys here. Keys that are not among the enrolment's as it is given are left
    /// alone.
    ///
    /// - Throws: ``EnrollmentError`` where it is not known, with ``EnrollmentError/Code/refused`` where the enrolment does not
    ///   stand any more; or `CancellationError`.
    package func reconcile(_ enrollment: Enrollment) async throws -> [Finding] {
        do {
            let verifier = VerifierClient(
                address: try IssuerAddress(typed: enrollment.issuer), http: http, clock: clock, observeClock: { _ in })
            let token = try await enrollment.updateToken(keys: keys, clock: clock)
            guard let list = try await verifier.keys(ofEnrollment: enrollment.id, token: token) else {
                guard enrollment.unconfirmedKeys.isEmpty else {
                    throw EnrollmentError(.failed, "the verifier does not tell which keys it has")
                }
                return []
            }
            return try await apply(list, to: enrollment)
        } catch let failure as DeviceKeyError {
            throw EnrollmentError(.keys, failure.message)
        } catch let error where !(error is EnrollmentError || error is CancellationError) {
            throw EnrollmentError(.state, "the keys cannot be brought in line with the verifier's: \(error)")
        }
    }

    private func apply(_ list: EnrolledKeyList, to enrollment: Enrollment) async throws -> [Finding] {
        func isListed(_ key: StoredKey) -> Bool { list.keys.entry(of: key) != nil }
        guard enrollment.signingKeys(for: .proofOfPossession).contains(where: isListed) else { return [.noKeyLeft] }
        let attested = list.keys.attested(among: enrollment.keys).filter { enrollment.attested[$0.key] != $0.value }
        if !attested.isEmpty { try await enrollments.noteAttested(attested) }
        var findings: [Finding] = []
        for key in enrollment.unconfirmedKeys where isListed(key) {
            try await enrollments.confirmKey(id: key.id)
            findings.append(.confirmed(key))
        }
        for key in enrollment.unconfirmedKeys where !isListed(key) {
            if try await remove(key) { findings.append(.dropped(key)) }
        }
        let confirmed = enrollment.signingKeys(for: .proofOfPossession) + enrollment.signingKeys(for: .userVerification)
        for key in confirmed where !isListed(key) {
            if try await remove(key) { findings.append(.removed(key)) }
        }
        return findings
    }

    /// Removes a key here, whatever the verifier has; whether the enrolment could be without it.
    ///
    /// The record goes first: keys that nothing names are removed at the next start.
    func remove(_ key: StoredKey) async throws -> Bool {
        guard try await enrollments.removeKey(id: key.id) else { return false }
        try await keys.delete([key])
        return true
    }
}

extension [EnrolledKeyList.Entry] {
    /// Of these of a device's keys, by their ids, whether an attestation shows that they are in hardware; without those of which
    /// nothing is said.
    func attested(among keys: [StoredKey]) -> [String: Bool] {
        var attested: [String: Bool] = [:]
        for key in keys {
            if let isAttested = entry(of: key)?.attested { attested[key.id] = isAttested }
        }
        return attested
    }

    /// What is said of a key; `nil` where it is not among these.
    fileprivate func entry(of key: StoredKey) -> Element? {
        first { $0.id == key.id && $0.keyType.rawValue == key.purpose.rawValue }
    }
}
