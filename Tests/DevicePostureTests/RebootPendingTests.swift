// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

@Suite struct RebootPendingTests {
    private func machine(_ running: String, _ installed: [String] = [], id: String = "debian") throws -> MachineFixture
    {
        let machine = try MachineFixture()
        machine.release("ID=\(id)\nVERSION_ID=1\n")
        machine.running(running)
        for release in installed { machine.kernel(release) }
        return machine
    }

    @Test(
        arguments: [
            ("6.1.0-9-amd64", "6.1.0-27-amd64"), ("6.8.0-45-generic", "6.8.0-110-generic"),
            ("6.11.4-301.fc41.x86_64", "6.11.10-300.fc41.x86_64"), ("7.0.10-arch1-1", "7.0.11-arch1-1"),
            ("7.0.10-arch1-1", "7.0.10-arch1-2"), ("6.6.58-1-lts", "6.6.60-1-lts"),
            ("6.11.5-zen1-1-zen", "6.11.6-zen1-1-zen"),
            ("6.12.0-rc3-1-mainline", "6.12.0-1-mainline"), ("6.12.43+deb13-amd64", "6.12.48+deb13-amd64"),
            ("6.12.43+deb13-cloud-amd64", "6.12.48+deb13-cloud-amd64"),
            ("5.14.0-427.el9.x86_64+rt", "5.14.0-503.el9.x86_64+rt"),
            ("6.12.0-rc9-1-mainline", "6.12.0-rc10-1-mainline"),
        ] as [(String, String)])
    func aNewerKernelOfTheSameFlavourWaitsForAStart(older: String, newer: String) async throws {
        let before = try machine(older, [older, newer])
        #expect(await before.state(.rebootPending) == .known(.boolean(true)))
        #expect(await before.state(.newestKernelVersion) == .known(.string(newer)))
        let after = try machine(newer, [older, newer])
        #expect(await after.state(.rebootPending) == .known(.boolean(false)))
    }

    @Test(
        arguments: [
            ("6.1.0-27-amd64", "6.1.0-30-cloud-amd64"), ("6.1.0-27-amd64", "6.1.0-30-rt-amd64"),
            ("6.8.0-45-generic", "6.11.0-1012-oem"), ("6.6.58-1-lts", "7.0.10-arch1-1"),
            ("5.14.0-503.el9.x86_64", "5.14.0-570.el9.x86_64+debug"), ("6.8.0-45-generic", "6.8.0-1018-aws"),
        ] as [(String, String)])
    func aHigherNumberOfAnotherFlavourIsNoNewerKernel(running: String, other: String) async throws {
        let machine = try machine(running, [running, other])
        #expect(await machine.state(.rebootPending) == .known(.boolean(false)))
        #expect(await machine.state(.newestKernelVersion) == .known(.string(running)))
    }

    @Test func modulesThatARemovedKernelLeftBehindAreNoKernel() async throws {
        let machine = try machine("6.1.0-26-amd64", ["6.1.0-26-amd64"])
        machine.write("/usr/lib/modules/6.1.0-27-amd64/updates/dkms/vboxdrv.ko", "x")
        #expect(await machine.state(.rebootPending) == .known(.boolean(false)))
    }

    @Test func aRescueImageIsNoNewerKernel() async throws {
        let machine = try machine("5.14.0-570.el9.x86_64", ["5.14.0-570.el9.x86_64"], id: "rhel")
        machine.write("/boot/vmlinuz-0-rescue-0123456789abcdef", "MZ")
        #expect(await machine.state(.newestKernelVersion) == .known(.string("5.14.0-570.el9.x86_64")))
    }

    @Test func aKernelOfSomebodysOwnIsNotCompared() async throws {
        let machine = try machine("6.9.0-custom", ["6.1.0-27-amd64"])
        #expect(await machine.state(.rebootPending)?.isUnknown == true)
        #expect(await machine.state(.newestKernelVersion)?.isUnknown == true)
        machine.write("/run/reboot-required", "")
        #expect(await machine.state(.rebootPending) == .known(.boolean(true)))
    }

    @Test func withoutAnyKernelNothingIsKnown() async throws {
        #expect(await (try machine("6.18.44")).state(.rebootPending)?.isUnknown == true)
    }

    @Test(arguments: ["/run/reboot-required", "/run/reboot-needed"])
    func whatPackageManagersLeaveAsksForAStart(flag: String) async throws {
        let machine = try machine("6.1.0-27-amd64", ["6.1.0-27-amd64"])
        #expect(await machine.state(.rebootPending) == .known(.boolean(false)))
        machine.write(flag, "")
        #expect(await machine.state(.rebootPending) == .known(.boolean(true)))
    }

    @Test func debianMendsAKernelUnderTheSameName() async throws {
        let machine = try machine("6.1.0-27-amd64", ["6.1.0-27-amd64"])
        machine.running("6.1.0-27-amd64", version: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.115-1 (2024-11-01)")
        machine.dpkg([DebianPackage("linux-image-6.1.0-27-amd64", "6.1.115-1")])
        #expect(await machine.state(.rebootPending) == .known(.boolean(false)))
        machine.dpkg([DebianPackage("linux-image-6.1.0-27-amd64", "6.1.119-1")])
        #expect(await machine.state(.rebootPending) == .known(.boolean(true)))
    }

    @Test func theKernelOfAContainerIsItsHosts() async throws {
        let machine = try machine("6.1.0-26-amd64", ["6.1.0-27-amd64"])
        machine.write("/run/systemd/container", "lxc\n")
        #expect(await machine.state(.rebootPending)?.isNotApplicable == true)
    }

    // MARK: Systems that are replaced as a whole

    @Test func aDeploymentThatStartsNextIsSeen() async throws {
        let machine = try machine("7.0.10-300.fc44.x86_64", id: "fedora")
        machine.write("/run/ostree-booted", "")
        let options = "root=UUID=1 ostree=/ostree/boot.1/fedora/aaaa/0 rw"
        machine.write("/proc/cmdline", options + "\n")
        #expect(await machine.state(.rebootPending)?.isUnknown == true)
        machine.write(
            "/boot/loader/entries/ostree-1.conf", "title Old\nversion 1\noptions ostree=/ostree/boot.1/fedora/bbbb/0\n")
        machine.write("/boot/loader/entries/ostree-2.conf", "title New\nversion 2\noptions \(options)\n")
        #expect(await machine.state(.rebootPending) == .known(.boolean(false)))
        machine.write("/boot/loader/entries/ostree-3.conf", "version 3\noptions ostree=/ostree/boot.1/fedora/cccc/0\n")
        #expect(await machine.state(.rebootPending) == .known(.boolean(true)))
        machine.remove("/boot/loader/entries/ostree-3.conf")
        // Another number of the same kernel: perhaps the same deployment, perhaps not.
        machine.write("/boot/loader/entries/ostree-2.conf", "version 2\noptions ostree=/ostree/boot.0/fedora/aaaa/0\n")
        #expect(await machine.state(.rebootPending)?.isUnknown == true)
        machine.write("/run/ostree/staged-deployment", "")
        #expect(await machine.state(.rebootPending) == .known(.boolean(true)))
    }

    @Test func theSystemThatWasStartedIsTheOneThatIsSetUp() async throws {
        let machine = try TestMachine.nixOS.make()
        machine.remove("/run/current-system")
        machine.link("/run/current-system", to: "/nix/store/a-system")
        #expect(await machine.state(.rebootPending) == .known(.boolean(false)))
        #expect(await machine.state(.newestKernelVersion) == .known(.string("6.18.40")))
    }

    @Test func aSnapshotThatStartsNextIsNotSeen() async throws {
        let machine = try machine("7.0.9-1-default", ["7.0.9-1-default"], id: "opensuse-microos")
        machine.write("/usr/sbin/transactional-update", "")
        #expect(await machine.state(.rebootPending)?.isUnknown == true)
    }
}
