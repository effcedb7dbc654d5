// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import Glibc

/// The signal `tpmUsable`: whether this person's programs may use the TPM 2.0, through the kernel's resource manager.
///
/// The kernel is asked for this process's rights, so access lists that a seat's rules set count; what the folder's modes say
/// only explains a "no".
struct TPMUsableCollector: SingleSignalCollector {
    static let name = SignalName.tpmUsable

    /// What the device node says of who may use it.
    struct Node: Hashable, Sendable {
        /// The owner's number.
        var owner: UInt32
        /// The group's number.
        var group: UInt32
        /// The permission bits.
        var mode: UInt32

        /// Whether the group may read and write.
        var admitsGroup: Bool { mode & 0o060 == 0o060 }
    }

    func find(in system: SystemView) -> Finding {
        let survey: TPMSurvey
        do {
            survey = try TPMSurvey(in: system)
        } catch {
            return .unknown(error, at: TPMSurvey.classPath)
        }
        guard let chip = survey.tpm20 else { return withoutChip(survey, in: system) }
        let device = chip.resourceManager
        guard system.isLive else { return .unknown("can be told on a live system only", source: device) }
        var status = stat()
        guard stat(device, &status) == 0 else {
            let failure = ReadFailure(errno: errno)
            guard failure == .absent else { return .unknown(failure, at: device) }
            return .known(false, source: device, evidence: ["\(device) is not there"])
        }
        let node = Node(owner: status.st_uid, group: status.st_gid, mode: UInt32(status.st_mode) & 0o777)
        return Self.judge(
            isPermitted: access(device, R_OK | W_OK) == 0, node: node, device: device,
            group: (try? system.read("/etc/group", limit: AccountTable.limit)).flatMap { bytes in
                AccountTable.groups(parsing: bytes).first { $0.groupID == node.group }
            }, user: AccountTable.name(of: system.userID, in: system))
    }

    /// What the kernel's answer means, and what would change a "no".
    static func judge(isPermitted: Bool, node: Node, device: String, group: AccountTable.Group?, user: String?)
        -> Finding
    {
        if isPermitted { return .known(true, source: device, evidence: ["this user may read and write \(device)"]) }
        let advice: String
        if !node.admitsGroup || node.group == 0 {
            advice =
                "no group but root's may: the udev rules of the TPM2 software stack are missing (tpm-udev, tpm2-tss)"
        } else if let group, let user, group.members.contains(user) {
            advice = "you are a member of the group \(group.name), but not yet in this session: sign in again"
        } else {
            advice = "members of the group \(group?.name ?? String(node.group)) may"
        }
        return .known(false, source: device, evidence: ["this user may not use \(device)", advice])
    }

    private func withoutChip(_ survey: TPMSurvey, in system: SystemView) -> Finding {
        if let unread = survey.chips.first(where: { $0.family == nil }) {
            return .unknown("the version of \(unread.name) could not be read", source: TPMSurvey.classPath)
        }
        guard survey.chips.isEmpty else {
            return .notApplicable("the TPM is older than 2.0", source: TPMSurvey.classPath)
        }
        switch TPMSurvey.absence(in: system) {
        case .certain(let why):
            return .notApplicable("there is no TPM", source: TPMSurvey.tablesPath, evidence: [why])
        case .uncertain(let reason, let source): return .unknown(reason, source: source)
        }
    }
}
