// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import Testing

@testable import DevicePosture

@Suite struct RPMUpdatesTests {
    private struct Answer: CommandRunner {
        var text: String

        func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
            .success(Array(text.utf8))
        }
    }

    private func machine(_ machine: TestMachine, cache: String?, age: Int, answer: String) throws -> MachineFixture {
        let fixture = try machine.make()
        fixture.commands = Answer(text: answer)
        if let cache {
            let path = "\(cache)/updates-0123456789abcdef/repodata/repomd.xml"
            fixture.write(path, "<repomd/>\n")
            let time = timespec(tv_sec: Int(fixture.now) - age, tv_nsec: 0)
            var times = [time, time]
            #expect(utimensat(AT_FDCWD, fixture.root + path, &times, 0) == 0)
            fixture.write(
                "/etc/zypp/repos.d/updates.repo", "[updates-0123456789abcdef]\nenabled=1\nbaseurl=https://x\n")
        }
        return fixture
    }

    private static let advisories = """
        [{"name":"FEDORA-2026-1","type":"security","severity":"Important","nevra":"openssl-1:3.5.1-4.fc44.x86_64","buildtime":"x"},
         {"name":"FEDORA-2026-2","type":"security","severity":"Low","nevra":"openssl-1:3.5.2-1.fc44.x86_64","buildtime":"x"},
         {"name":"FEDORA-2026-3","type":"bugfix","severity":"None","nevra":"nano-8.0-1.fc44.x86_64","buildtime":"x"},
         {"name":"FEDORA-2026-4","type":"security","severity":"Moderate","nevra":"vim-minimal-2:9.1-1.fc44.x86_64","buildtime":"x"}]
        """

    @Test func eachPackageCountsOnceHoweverManyAdvisoriesItHas() async throws {
        let machine = try machine(.fedoraWorkstation, cache: "/var/cache/libdnf5", age: 7200, answer: Self.advisories)
        #expect(await machine.state(.securityUpdatesPending) == .known(.integer(2)))
        #expect(await machine.state(.securityUpdatesAge) == .known(.integer(2)))
        #expect(await machine.state(.securityUpdatesHeld)?.isUnknown == true)
    }

    @Test func dnf4IsReadInColumns() async throws {
        let answer = """
            Last metadata expiration check: 0:10:22 ago on Mon Sep 21 12:00:00 2026.
            RHSA-2026:1 Important/Sec. openssl-libs-1:3.2.2-6.el9_5.1.x86_64
            RHSA-2026:2 Moderate/Sec.  kernel-5.14.0-570.13.1.el9_6.x86_64
            RHSA-2026:3 Moderate/Sec.  kernel-5.14.0-570.14.1.el9_6.x86_64

            """
        let machine = try machine(.rhel9, cache: "/var/cache/dnf", age: 3600, answer: answer)
        #expect(await machine.state(.securityUpdatesPending) == .known(.integer(2)))
        machine.commands = Answer(text: "")
        #expect(await machine.state(.securityUpdatesPending)?.isUnknown == true)
        machine.commands = Answer(text: "Error: Cache-only enabled but no cache for 'baseos'\n")
        #expect(await machine.state(.securityUpdatesPending)?.isUnknown == true)
    }

    @Test(arguments: [(6 * 86400, true), (8 * 86400, false), (-2 * 86400, false)])
    func metadataThatAreOldOrOfTheFutureAreUnknown(age: Int, isKnown: Bool) async throws {
        let machine = try machine(.fedoraWorkstation, cache: "/var/cache/libdnf5", age: age, answer: "[]")
        #expect((await machine.state(.securityUpdatesPending)?.value != nil) == isKnown)
    }

    @Test func withoutMetadataNothingIsAsked() async throws {
        let machine = try machine(.fedoraWorkstation, cache: nil, age: 0, answer: Self.advisories)
        #expect(await machine.state(.securityUpdatesPending)?.isUnknown == true)
    }

    @Test func zyppersPatchesOfSecurityCount() async throws {
        let answer = """
            <?xml version='1.0'?>
            <stream>
            <message type="info">Loading repository data...</message>
            <update-status version="0.6">
            <update-list>
            <update name="openSUSE-SLE-15.6-2026-1" edition="1" kind="patch" status="needed" category="security" severity="important">
            <summary>Security update for curl</summary></update>
            <update name="openSUSE-SLE-15.6-2026-2" edition="1" status="needed" category="recommended"></update>
            <update name="openSUSE-SLE-15.6-2026-3" edition="1" status="not-needed" category="security"></update>
            </update-list></update-status></stream>
            """
        let machine = try machine(.tumbleweed, cache: "/var/cache/zypp/raw", age: 3600, answer: answer)
        // Tumbleweed publishes none, so that an empty answer says nothing.
        #expect(await machine.state(.securityUpdatesPending)?.isUnknown == true)
        machine.write("/usr/lib/os-release", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.6\"\n")
        #expect(await machine.state(.securityUpdatesPending) == .known(.integer(1)))
        let skipped =
            "<stream><message type=\"warning\">Skipping repository</message><update-list></update-list></stream>"
        for text in [String(answer.prefix(300)), skipped, ""] {
            machine.commands = Answer(text: text)
            #expect(await machine.state(.securityUpdatesPending)?.isUnknown == true)
        }
    }

    @Test func zypperIsNotAskedWhereItWouldAskTheNetwork() async throws {
        let answer = "<stream><update-list></update-list></stream>"
        let machine = try machine(.tumbleweed, cache: "/var/cache/zypp/raw", age: 3600, answer: answer)
        machine.write("/usr/lib/os-release", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.6\"\n")
        #expect(await machine.state(.securityUpdatesPending) == .known(.integer(0)))
        machine.write("/etc/zypp/repos.d/new.repo", "[new]\nenabled=0\nbaseurl=https://x\n")
        #expect(await machine.state(.securityUpdatesPending) == .known(.integer(0)))
        machine.write("/etc/zypp/repos.d/new.repo", "[new]\nenabled=1\nbaseurl=https://x\n")
        #expect(await machine.state(.securityUpdatesPending)?.isUnknown == true)
    }

    // MARK: Compared with DNF itself

    private static let hasDNF = ["dnf", "rpm", "rpmbuild", "createrepo_c", "modifyrepo_c"].allSatisfy {
        Tool.exists($0)
    }

    /// A repository with one security update, and a root that lacks it.
    private func repository(in folder: String) throws {
        let shell = try #require(Tool("sh"))
        let script = """
            set -eu
            cd "$1"
            for version in 1.0 2.0; do
                printf 'Name: foolib\\nEpoch: 1\\nVersion: %s\\nRelease: 1\\nSummary: x\\nLicense: x\\nBuildArch: noarch\\n' $version > x.spec
                printf '%%%%description\\nx\\n%%%%files\\n' >> x.spec
                rpmbuild --define "_topdir $1" -bb x.spec >/dev/null 2>&1
            done
            mkdir -p repo root/etc/yum.repos.d
            cp RPMS/noarch/*2.0*.rpm repo/
            createrepo_c -q repo
            modifyrepo_c updateinfo.xml repo/repodata >/dev/null
            rpm --root "$1/root" -i --nodeps RPMS/noarch/*1.0*.rpm
            printf '[baseos]\\nname=x\\nbaseurl=file://%s/repo\\ngpgcheck=0\\n' "$1" > root/etc/yum.repos.d/x.repo
            """
        #expect(try shell.run(["-c", script, "sh", folder], environment: ["HOME": folder]).status == 0)
    }

    @Test(.enabled(if: hasDNF && geteuid() == 0, "needs DNF, which takes another root from root alone"))
    func dnfItselfIsUnderstood() throws {
        let machine = try MachineFixture()
        machine.write(
            "/updateinfo.xml",
            """
            <updates><update from="x" status="final" type="security" version="1"><id>RHSA-2026:1</id><title>t</title>
            <issued date="2026-01-01 00:00:00"/><severity>Important</severity><description>d</description><references/>
            <pkglist><collection short="c"><name>c</name><package name="foolib" epoch="1" version="2.0" release="1" arch="noarch">
            <filename>x.rpm</filename></package></collection></pkglist></update></updates>
            """)
        try repository(in: machine.root)
        let dnf = try #require(Tool("dnf"))
        let place = [
            "--installroot=\(machine.root)/root", "--releasever=9", "--setopt=cachedir=/cache",
            "--setopt=reposdir=\(machine.root)/root/etc/yum.repos.d",
        ]
        let question = place + Command.listDnf4Advisories.arguments
        // Without metadata it has to fail: an empty answer would be "nothing is pending".
        #expect(try dnf.run(question, environment: ["HOME": machine.root]).status != 0)
        #expect(try dnf.run(place + ["makecache"], environment: ["HOME": machine.root]).status == 0)
        // In the first second DNF does not say when the metadata are of, and so is not believed.
        sleep(2)
        let answer = try dnf.run(question, environment: ["HOME": machine.root])
        #expect(answer.status == 0)
        #expect(DnfUpdates.lines(Array(answer.output.utf8))?.names == ["foolib.noarch"])
    }
}
