// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AuthenticatorAgent
internal import DeviceKeys
internal import Logging

/// Brings the keys of enrolments in line with their verifiers' lists once after the start, and when a verifier refused one: what was
/// interrupted, and what an administrator removed. Where a verifier cannot be reached after the start it is asked again, ever more
/// rarely.
struct KeyUpkeep: Sendable {
    let reconciliation: KeyReconciliation
    let lockPath: String
    let logger: Logger
    /// How much time passes at least between two looks at an enrolment whose keys are refused.
    private static let interval = Duration.seconds(60)

    /// Works until all is known, or the task is cancelled.
    func run() async {
        var done: Set<String> = []
        var pause = Duration.seconds(15)
        while await !isComplete(&done) {
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            pause = min(pause * 2, .seconds(3600))
        }
    }

    /// Looks after enrolments whose keys were refused, by their ids, until the task is cancelled.
    func follow(_ refusals: AsyncStream<String>) async {
        var looked: [String: ContinuousClock.Instant] = [:]
        for await id in refusals {
            if let last = looked[id], .now - last < Self.interval { continue }
            do {
                let enrollments = try await reconciliation.settled(lockPath: lockPath) ?? []
                guard let enrollment = enrollments.first(where: { $0.id == id }), enrollment.hasOpenQuestions else {
                    continue
                }
                looked[id] = .now
                _ = await isReconciled(enrollment)
            } catch {
                logger.warning(
                    "the keys of the enrolment cannot be looked after: \(error)", metadata: ["enrollment": "\(id)"])
            }
        }
    }

    private func isComplete(_ done: inout Set<String>) async -> Bool {
        do {
            // An enrolment may be under way, and with it a key that is in no list yet.
            guard let enrollments = try await reconciliation.settled(lockPath: lockPath) else { return false }
            for enrollment in enrollments where enrollment.hasOpenQuestions && !done.contains(enrollment.id) {
                if await isReconciled(enrollment) { done.insert(enrollment.id) }
            }
            return enrollments.allSatisfy { !$0.hasOpenQuestions || done.contains($0.id) }
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
