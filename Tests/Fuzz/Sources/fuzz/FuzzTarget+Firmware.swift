// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable internal import DevicePosture

extension FuzzTarget {
    /// What firmware and kernel say of themselves.
    static let firmwareTargets: [String: Body] = [
        "efi-variable": { input in
            guard let variable = EFIVariable(parsing: input) else { return }
            expect(variable.data.count == input.count - 4, "attributes are four bytes")
            if let text = variable.text {
                expect(!text.isEmpty && text.utf16.count <= EFIVariable.longestText, "a text has bounds")
                expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }, "a text can be shown")
            }
        },
        "pcr": { input in
            guard let register = MeasuredBootCollector.Register(parsing: input) else { return }
            expect([20, 32, 48, 64].contains(register.digest.count), "a digest has the length of one")
        },
        "firmware-date": { input in
            guard let date = FirmwareDateCollector.date(input) else { return }
            expect(date.utf8.count == 10, "a day is written in ten characters")
        },
        "host-security-id": { input in
            let text = String(decoding: input, as: UTF8.self)
            if case .level(let level, _) = HostSecurityCollector.Identifier(parsing: text) {
                expect((0...5).contains(level), "a level is one of six")
            }
        },
        "cpu-vulnerability": { _ = CPUVulnerabilitiesCollector.State(parsing: $0) },
        "unix-group": { input in
            for number: UInt32 in [0, 112] { _ = AccountTable.groups(parsing: input).first { $0.groupID == number } }
        },
        "lockdown": { input in
            guard let mode = LockdownMode(parsing: input) else { return }
            expect(input.contains(UInt8(ascii: "[")) && !mode.rawValue.isEmpty, "a mode stands in brackets")
        },
        "security-modules": { input in
            guard let list = SecurityModuleList(parsing: input) else { return }
            expect(!list.names.isEmpty && list.names.allSatisfy { !$0.isEmpty }, "a list has names")
        },
        "apparmor-profiles": { input in
            guard let count = AppArmorProfiles.enforced(in: input) else { return }
            expect(count <= input.count / 6, "a profile takes a line")
            _ = MandatoryAccessControlCollector.enforces(tomoyoProfile: input)
        },
        "selinux-config": { _ = MandatoryAccessControlCollector.configuredMode($0) },
        "taint": { input in
            guard let flags = TaintFlags(parsing: input) else { return }
            expect(flags.numbers.reduce(0) { $0 | 1 << UInt64($1) } == flags.bits, "all flags are told")
            _ = flags.numbers.map(TaintFlags.name(of:))
        },
        "kernel-setting": { _ = KernelSetting.number($0) },
        "kernel-command-line": { input in
            let line = KernelCommandLine(parsing: input)
            expect(line.parameters.allSatisfy { !$0.name.contains("-") }, "names have one spelling")
            _ = IntegrityMeasurementCollector.mode(ofCommandLine: line)
        },
        "ima-policy": { input in
            let mode = IntegrityMeasurementCollector.mode(ofPolicy: input, appraises: false)
            expect(mode != .appraise, "what is not appraised is not called so")
            _ = IntegrityMeasurementCollector.mode(ofPolicy: input, appraises: true)
        },
        "mount-options": { input in
            guard let table = try? MountTable(parsing: input) else { return }
            for mount in table.mounts { expect(!MountOptionsCollector.forbidden(on: mount).isEmpty, "none is a word") }
        },
    ]
}
