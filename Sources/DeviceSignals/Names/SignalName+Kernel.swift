// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The kernel and how it is hardened.
extension SignalName {
    /// What the kernel keeps from root: `none`, `integrity` or `confidentiality`.
    public static let kernelLockdown = SignalName(rawValue: "kernelLockdown")
    /// Which mandatory access control is enforced: `selinux`, `apparmor`, `smack`, `tomoyo` or `none`.
    public static let mandatoryAccessControl = SignalName(rawValue: "mandatoryAccessControl")
    /// The security modules that are active.
    public static let securityModules = SignalName(rawValue: "securityModules")
    /// The kernel's taint flags, by letter and meaning.
    public static let kernelTaint = SignalName(rawValue: "kernelTaint")
    /// Whether a taint flag says that the kernel's code is not all the distribution's.
    public static let kernelTainted = SignalName(rawValue: "kernelTainted")
    /// The kernel settings that harden it, as `name=value`.
    public static let kernelHardening = SignalName(rawValue: "kernelHardening")
    /// Whether programs lie at places in memory that nobody can foretell.
    public static let addressSpaceRandomization = SignalName(rawValue: "addressSpaceRandomization")
    /// Whether a program may only look into those that it started.
    public static let processTracingRestricted = SignalName(rawValue: "processTracingRestricted")
    /// Whether the kernel keeps its addresses to itself.
    public static let kernelPointersHidden = SignalName(rawValue: "kernelPointersHidden")
    /// Whether the kernel's log is for administrators alone.
    public static let kernelLogRestricted = SignalName(rawValue: "kernelLogRestricted")
    /// Whether only administrators may load programs into the kernel.
    public static let unprivilegedBPFDisabled = SignalName(rawValue: "unprivilegedBPFDisabled")
    /// Whether no other kernel can be started from the running one.
    public static let kexecDisabled = SignalName(rawValue: "kexecDisabled")
    /// Whether links in shared folders are followed only where that is safe.
    public static let linksProtected = SignalName(rawValue: "linksProtected")
    /// Whether files and pipes in shared folders are opened only where that is safe.
    public static let sharedFilesProtected = SignalName(rawValue: "sharedFilesProtected")
    /// Whether programs with other rights than their user's leave no memory dump that the user can read.
    public static let privilegedDumpsRestricted = SignalName(rawValue: "privilegedDumpsRestricted")
    /// Whether the kernel loads signed modules alone, or none.
    public static let moduleSigning = SignalName(rawValue: "moduleSigning")
    /// What is forbidden on the file systems that anybody can write to.
    public static let mountOptions = SignalName(rawValue: "mountOptions")
    /// Whether the kernel measures or appraises files (IMA): `none`, `measure` or `appraise`.
    public static let integrityMeasurement = SignalName(rawValue: "integrityMeasurement")
}
