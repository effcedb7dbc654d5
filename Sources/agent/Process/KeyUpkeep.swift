// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AuthenticatorAgent
internal import DeviceKeys
internal import Logging

/// Brings the keys of enrolments in line with their verifiers' lists once after the start: what was interrupted, and what an
/// administrator removed. Where a verifier cannot be reached it is asked again, ever more rarely.
struct KeyUpkeep: Sendable {
    let reconciliation: KeyReconciliation
    let lockPath: String
    let logger: Logger

    /// Works until all is known, or the task is cancelled.
    func run() async {
        var done: Set<String> = []
        var pause = Duration.seconds(15)
        while await !isComplete(&done) {
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            pause = min(pause * 2, .seconds(3600))
        }
    }

    private func isComplete(_ done: inout Set<String>) async -> Bool {
        do {
            // An enrolment may be under way, and with it a key that is in no list yet.
            guard let enrollments = try await reconciliation.settled(lockPath: lockPath) else { return false }
            for enrollment in enrollments where enrollment.canLoseKeys && !done.contains(enrollment.id) {
                if await isReconciled(enrollment) { done.insert(enrollment.id) }
            }
            return enrollments.allSatisfy { !$0.canLoseKeys || done.contains($0.id) }
        } catch {
            logger.warning("the keys of enrolments cannot be looked after: \(error)")
            return false
        }
    }

    private func isReconciled(_ enrollment: Enrollment) async -> Bool {
        let metadata: Logger.Metadata = ["issuer": "\(enrollment.issuer)", "enrollment": "\(enrollment.id)"]
        do {
            for finding in try await reconciliation.reconcile(enrollment) { tell(finding, metadata) }
            return true
        } catch let error as EnrollmentError where error.code == .refused {
            logger.warning("the verifier does not tell of the enrolment's keys: \(error)", metadata: metadata)
            return true
        } catch {
            logger.warning("the verifier cannot be asked for the enrolment's keys yet: \(error)", metadata: metadata)
            return false
        }
    }

    private func tell(_ finding: KeyReconciliation.Finding, _ metadata: Logger.Metadata) {
        switch finding {
        case .confirmed(let key):
            logger.notice("a key whose adding was interrupted is there: \(key.id)", metadata: metadata)
        case .dropped(let key):
            logger.notice("a key whose adding was interrupted had not been added: \(key.id)", metadata: metadata)
        case .removed(let key):
            logger.notice("the verifier has the key \(key.id) no more: it is removed here", metadata: metadata)
        case .noKeyLeft:
            logger.error("the verifier has none of the enrolment's keys: enrol this device again", metadata: metadata)
        }
    }
}
