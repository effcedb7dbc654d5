// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

extension EnrollmentDirectory {
    /// What is shown of a key that signs in.
    package struct KeyEntry: Hashable, Sendable, Codable {
        /// The key's name.
        package let id: String
        /// What it is for.
        package let keyType: ResponseKeyType
        /// The hardware that it says it is in; `nil` for a file.
        package let hardware: EnrolledHardware.Kind?
        /// The hardware's model, where it is known.
        package let model: String?
        /// Whether it is proven that the key is in hardware.
        package let isAttested: Bool
        /// When it was enrolled, in seconds since 1970.
        package let createdAt: Int64

        /// When it was enrolled, such as `2026-03-14 09:26 UTC`.
        package var createdAtText: String { NoticeTime.text(of: createdAt) }
    }

    /// The keys with which an enrolment signs in; of each purpose the oldest first.
    ///
    /// - Throws: ``DirectoryError/unknownEnrollment(_:)``.
    package func keys(of id: String) async throws -> [KeyEntry] {
        try await store.read { reader in
            guard let enrollment = try reader.record(EnrollmentRecord.self, id: id) else {
                throw DirectoryError.unknownEnrollment(id)
            }
            return enrollment.signInKeys.map { enrolled in
                KeyEntry(
                    id: enrolled.key.keyID, keyType: enrolled.keyType, hardware: enrolled.key.hardware?.kind,
                    model: enrolled.key.hardware?.model, isAttested: enrolled.key.isAttested,
                    createdAt: enrollment.time(of: enrolled.key))
            }
        }
    }

    /// Removes a key, because it was lost for instance. What rests on the enrolment ends in the same transaction, and the person
    /// is told.
    ///
    /// - Throws: ``DirectoryError``.
    package func removeKey(_ keyID: String, of id: String) async throws {
        _ = try await store.write(
            telling: audit, { [.key(.keyRemove, $0.1, of: $0.0)] }
        ) { writer -> (EnrollmentRecord, SignInKey) in
            guard let enrollment = try writer.record(EnrollmentRecord.self, id: id) else {
                throw DirectoryError.unknownEnrollment(id)
            }
            guard enrollment.status != .deleted else { throw DirectoryError.enrollmentDeleted(id) }
            do {
                return (enrollment, try removal.remove(keyID: keyID, from: enrollment, in: writer))
            } catch let refusal as KeyRemoval.Refusal {
                throw Self.error(refusal, keyID: keyID, enrollmentID: id)
            }
        }
    }

    private static func error(
        _ refusal: KeyRemoval.Refusal, keyID: String, enrollmentID: String
    ) -> DirectoryError {
        switch refusal {
        case .unknownKey: .unknownKey(keyID, enrollment: enrollmentID)
        case .lastPossessionKey: .keyStays(reason: "this is the enrolment's last proof-of-possession key")
        case .lastVerificationKey:
            .keyStays(reason: "the organisation wants a key that verifies the person, and this is the enrolment's last")
        case .lastAttestedKey:
            .keyStays(reason: "the organisation wants a key in attested hardware, and this is the enrolment's last")
        }
    }
}
