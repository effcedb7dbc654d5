// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import WireProtocol

extension EnrollmentFlow.Parts {
    /// Whether a key behind the machine's fingerprint reader can be made and would count, before the person is asked for anything.
    ///
    /// - Parameter kind: where the key that verifies is to be made.
    /// - Throws: ``EnrollmentError``, or `CancellationError`.
    func checkFinger(forKeyOf kind: KeyKind, _ configuration: AuthenticatorConfiguration) async throws {
        guard kind == .software || kind == .tpm else {
            throw EnrollmentError(
                .keys, "a security key or smart card verifies you by itself, not by this machine's fingerprint reader",
                hint: "leave --fingerprint out, or choose --key software or tpm")
        }
        guard configuration.settings.fingerprintReaders == true else {
            throw EnrollmentError(
                .refused, "\(configuration.name) does not take this machine's fingerprint reader for verification",
                hint: "enrol with --user-verification, which makes a key behind a PIN, or with --key fido2")
        }
        do { try await checkFinger() } catch let error as EnrollmentError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw EnrollmentError(.keys, "\(error)")
        }
    }
}
