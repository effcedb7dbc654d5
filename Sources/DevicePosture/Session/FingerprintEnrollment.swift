// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import MessageBus

/// The signal `fingerprintEnrolled`: whether fprintd knows a finger of the person's own.
enum FingerprintEnrollment {
    private static let source = "fprintd on D-Bus"
    private static let errors = "net.reactivated.Fprint.Error."

    /// Asks fprintd, which alone may read what it stores; it is started for that.
    static func find(in system: SystemView) -> Finding {
        let device: String
        switch system.services.answer(to: .fingerprintReader) {
        case .success(.string(let path)): device = path
        case .success: return .unknown("fprintd \(ServiceFailure.malformed.predicate)", source: source)
        case .failure(.notRunning):
            return .notApplicable("fprintd, which reads fingerprints, is not installed", source: source)
        case .failure(.refused(errors + "NoSuchDevice")):
            return .notApplicable("this machine has no fingerprint reader that fprintd knows", source: source)
        case .failure(let failure): return .unknown("fprintd \(failure.predicate)", source: source)
        }
        guard let question = ServiceQuestion.enrolledFingers(reader: device) else {
            return .unknown("fprintd \(ServiceFailure.malformed.predicate)", source: source)
        }
        switch system.services.answer(to: question) {
        case .success(.list(let fingers)):
            return .known(!fingers.isEmpty, source: source, evidence: ["fingers enrolled: \(fingers.count)"])
        case .success: return .unknown("fprintd \(ServiceFailure.malformed.predicate)", source: source)
        case .failure(.refused(errors + "NoEnrolledPrints")):
            return .known(false, source: source, evidence: ["fingers enrolled: 0"])
        case .failure(let failure): return .unknown("fprintd \(failure.predicate)", source: source)
        }
    }
}
