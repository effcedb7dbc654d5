// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// What a desktop does about its screen, before it becomes signals.
struct ScreenLockPlan: Hashable, Sendable {
    /// What comes of it when nobody touches the machine.
    enum Outcome: Hashable, Sendable {
        /// The screen locks after so many seconds; `nil` where the time cannot be read.
        case locks(after: Int?)
        /// It never locks by itself.
        case never
        /// It cannot be told, for a reason.
        case unknown(String)
        /// There is no screen to lock, for a reason.
        case notApplicable(String)
    }

    /// Whether the person may change the settings that decide.
    enum Enforcement: Hashable, Sendable {
        /// The administrator locked every one of them.
        case locked
        /// The person may change at least one.
        case free
        /// It cannot be told, for a reason.
        case unknown(String)
    }

    /// What comes of it.
    var outcome: Outcome
    /// Whether the person may change that.
    var enforcement = Enforcement.free
    /// The PAM services that unlock the screen.
    var services: [String] = []
    /// Whether the locker asks fprintd by itself, without PAM.
    var asksForFingerprint = false
    /// Where it was read.
    var source: String
    /// What was seen on the way.
    var evidence: [String] = []

    /// Whether it is known that the screen locks by itself.
    var locks: Bool { if case .locks = outcome { true } else { false } }

    /// A plan that cannot be told.
    static func unknown(_ reason: String, source: String) -> ScreenLockPlan {
        ScreenLockPlan(outcome: .unknown(reason), enforcement: .unknown(reason), source: source)
    }

    /// A plan that cannot be told because of one file.
    static func unknown(_ failure: ReadFailure, at path: String) -> ScreenLockPlan {
        unknown("\(path) \(failure.predicate)", source: path)
    }
}

// MARK: - Signals

extension ScreenLockPlan {
    /// What stands for a screen that never locks among the seconds of `screenLockTimeout`: a text, so that no comparison of
    /// numbers takes it for a short time.
    static let never = "NEVER"

    /// The signal `screenLockType`.
    func type(unlockedBy method: UnlockMethod) -> Finding {
        let evidence = evidence + method.evidence
        switch outcome {
        case .unknown(let reason): return .unknown(reason, source: source, evidence: evidence)
        case .notApplicable(let reason): return .notApplicable(reason, source: source, evidence: evidence)
        case .never: return .known(ScreenLockType.none.rawValue, source: source, evidence: evidence)
        case .locks: return .known(method.type.rawValue, source: source, evidence: evidence)
        }
    }

    /// The signal `screenLockTimeout`.
    var timeout: Finding {
        switch outcome {
        case .unknown(let reason): .unknown(reason, source: source, evidence: evidence)
        case .notApplicable(let reason): .notApplicable(reason, source: source, evidence: evidence)
        case .never: .known(Self.never, source: source, evidence: evidence)
        case .locks(let seconds?): Finding(.known(.integer(seconds)), source: source, evidence: evidence)
        case .locks(nil): .unknown("the time after which it locks is not read", source: source, evidence: evidence)
        }
    }

    /// The signal `screenLockEnforced`.
    var enforced: Finding {
        if case .notApplicable(let reason) = outcome { return .notApplicable(reason, source: source) }
        return switch enforcement {
        case .unknown(let reason): .unknown(reason, source: source, evidence: evidence)
        case .free: .known(false, source: source, evidence: evidence)
        // What is enforced must be the lock, not its absence.
        case .locked:
            switch outcome {
            case .locks: .known(true, source: source, evidence: evidence)
            case .never: .known(false, source: source, evidence: evidence)
            case .unknown(let reason), .notApplicable(let reason):
                .unknown(reason, source: source, evidence: evidence)
            }
        }
    }
}
