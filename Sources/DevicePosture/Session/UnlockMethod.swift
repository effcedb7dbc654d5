// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// What opens a screen that is locked.
struct UnlockMethod {
    /// Whether the locker asks for a finger: by its PAM services, or by itself.
    let takesFingers: Bool
    /// Whether the locker's PAM services let this account in without a password, by its membership in a group.
    let isLetInByGroup: Bool
    /// Whether a finger is enrolled, where that was looked at.
    var fingerprint: Finding?
    /// Whether the account has a password, where that was looked at.
    var password: Finding?

    /// The group whose members Debian's and Ubuntu's display managers ask for no password.
    private static let group = "nopasswdlogin"

    /// What a locker asks for. A PAM service that is not there or cannot be read asks for nothing that is known.
    init(of plan: ScreenLockPlan, in system: SystemView) {
        let stacks = plan.locks ? plan.services.compactMap { try? PAMStack(of: $0, in: system) } : []
        takesFingers = plan.asksForFingerprint || stacks.contains(where: \.asksForFingerprint)
        isLetInByGroup =
            stacks.contains { $0.letsIn(group: Self.group) }
            && AccountTable.groups(of: system.userID, in: system)?.contains(Self.group) == true
    }

    /// The class of a screen that locks.
    var type: ScreenLockType {
        if isLetInByGroup || password?.state == .known(.boolean(false)) { return .none }
        return takesFingers && fingerprint?.state == .known(.boolean(true)) ? .biometric : .passcode
    }

    /// What was seen, a line each.
    var evidence: [String] {
        var lines: [String] = []
        if isLetInByGroup { lines.append("a member of \(Self.group) is asked for no password") }
        if password?.state == .known(.boolean(false)) { lines.append("the account has no password") }
        guard takesFingers else { return lines }
        let line =
            switch fingerprint?.state {
            case .known(.boolean(true)): "a fingerprint unlocks it, too"
            case .known: "no fingerprint is enrolled"
            case .notApplicable(let reason), .unknown(let reason): "fingerprints: \(reason)"
            case nil: "fingerprints were not looked at"
            }
        lines.append(line)
        return lines
    }
}
