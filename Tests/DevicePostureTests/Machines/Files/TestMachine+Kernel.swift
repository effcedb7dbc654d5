// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable import DevicePosture

extension TestMachine {
    /// The files that signals of the group Kernel read and no other does.
    static let addKernel: @Sendable (String, MachineFixture) throws -> Void = { name, machine in
        switch name {
        case "debian-12", "debian-13":
            machine.modules("lockdown,capability,landlock,yama,apparmor,tomoyo,bpf", lockdown: "integrity")
            machine.appArmor(["man.12": "enforce", "lsb_release.1": "complain"])
            machine.kernel(taint: 0, settings: ["kernel.kptr_restrict": 0, "kernel.yama.ptrace_scope": 0])
        case "ubuntu-22.04", "ubuntu-24.04", "ubuntu-26.04":
            machine.modules("lockdown,capability,landlock,yama,apparmor,ima,evm", lockdown: "integrity", ima: true)
            machine.appArmor(["man.12": "enforce", "lsb_release.1": "complain"])
            machine.kernel(
                taint: 0,
                settings: ["kernel.kptr_restrict": 1, "kernel.yama.ptrace_scope": 1, "kernel.dmesg_restrict": 1])
        case "fedora-44-workstation", "fedora-44-silverblue":
            machine.modules(
                "lockdown,capability,yama,selinux,bpf,landlock,ipe,ima,evm", lockdown: "integrity", ima: true)
            machine.write("/sys/fs/selinux/enforce", "1")
            machine.write("/etc/selinux/config", "SELINUX=enforcing\n")
            machine.kernel(taint: 0, settings: ["kernel.kptr_restrict": 0, "kernel.yama.ptrace_scope": 0])
        case "rhel-9":
            // Somebody has run setenforce 0.
            machine.modules("lockdown,capability,landlock,yama,selinux,bpf,ima", lockdown: "integrity", ima: true)
            machine.write("/sys/fs/selinux/enforce", "0")
            machine.write("/etc/selinux/config", "SELINUX=enforcing\n")
            machine.write("/sys/kernel/security/ima/policy", "measure func=BPRM_CHECK\n")
            machine.kernel(taint: 0, settings: ["kernel.kptr_restrict": 1, "kernel.dmesg_restrict": 1])
        case "opensuse-tumbleweed":
            machine.modules("lockdown,capability,landlock,yama,apparmor,bpf", lockdown: "integrity")
            machine.write("/sys/module/apparmor/parameters/enabled", "Y\n")
            machine.write("/sys/kernel/security/apparmor/profiles", "/usr/sbin/nscd (complain)\n")
            machine.kernel(taint: 1 << 16, settings: ["kernel.kptr_restrict": 1])
        case "arch":
            machine.modules("capability,landlock,lockdown,yama,bpf", lockdown: "none")
            machine.kernel(taint: 12289, settings: ["kernel.kptr_restrict": 0, "fs.suid_dumpable": 1])
        case "nixos":
            machine.modules("capability,landlock,yama,bpf", lockdown: nil)
            machine.kernel(taint: 1 << 9, settings: ["kernel.kptr_restrict": 1, "kernel.kexec_load_disabled": 1])
        case "steamos":
            machine.modules("capability,landlock,lockdown,yama,apparmor,bpf", lockdown: "none")
            machine.appArmor([:])
            machine.kernel(taint: 0, settings: ["kernel.kptr_restrict": 1])
        case "alpine":
            machine.modules("capability", lockdown: nil)
            machine.kernel(taint: 0, settings: ["kernel.kptr_restrict": 1])
        case "container":
            // No securityfs, and no look at what the host enforces.
            machine.kernel(taint: 0, settings: ["kernel.kptr_restrict": 1])
        case "wsl2":
            machine.modules("capability,landlock", lockdown: nil)
            machine.kernel(taint: 0, settings: ["kernel.kptr_restrict": 1])
            machine.remove("/proc/modules")
            machine.remove("/proc/sys/kernel/modules_disabled")
        default: break
        }
    }
}

extension MachineFixture {
    /// The security modules of a kernel.
    func modules(_ list: String, lockdown: String?, ima: Bool = false) {
        write("/sys/kernel/security/lsm", list)
        if let lockdown {
            let words = ["none", "integrity", "confidentiality"].map { $0 == lockdown ? "[\($0)]" : $0 }
            write(LockdownMode.path, words.joined(separator: " ") + "\n")
        }
        if ima { try? folder("/sys/kernel/security/ima") }
    }

    /// AppArmor is active, with profiles in these modes by the names of their folders.
    func appArmor(_ modes: [String: String]) {
        write("/sys/module/apparmor/parameters/enabled", "Y\n")
        try? folder(AppArmorProfiles.folder)
        for (name, mode) in modes { write("\(AppArmorProfiles.folder)/\(name)/mode", mode + "\n") }
    }

    /// A kernel that loads modules and can check signatures; the settings on top of a few that all have.
    func kernel(taint: Int, settings: [String: Int]) {
        write("/proc/sys/kernel/tainted", "\(taint)\n")
        write("/proc/modules", "")
        write("/sys/module/module/parameters/sig_enforce", "N\n")
        let common = [
            "kernel.randomize_va_space": 2, "kernel.modules_disabled": 0, "kernel.unprivileged_bpf_disabled": 2,
            "fs.protected_symlinks": 1, "fs.protected_hardlinks": 1, "fs.protected_fifos": 1, "fs.protected_regular": 2,
            "fs.suid_dumpable": 2,
        ]
        for (name, value) in common.merging(settings, uniquingKeysWith: { $1 }) {
            write(KernelSetting.path(of: name), "\(value)\n")
        }
    }
}
