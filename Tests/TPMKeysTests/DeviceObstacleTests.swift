// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import DeviceKeys
import Glibc
import TestSupport
import Testing

@testable import TPMKeys

@Suite struct DeviceObstacleTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aMachineWithoutATPMIsToldSo() async {
        let store = TPMKeyStore(TPMOptions(tcti: "device:\(folder.path)/tpmrm0"))
        guard case .unavailable(let reason) = await store.availability() else {
            Issue.record("available")
            return
        }
        #expect(reason.contains("has no TPM 2.0"))
        #expect(reason.contains("firmware"))
        let found = await failure { _ = try await store.generate(.proofOfPossession, presence: ScriptedPresence()) }
        #expect(found?.code == .deviceRemoved)
    }

    @Test(.enabled(if: getuid() == 0, "needs root, to be somebody else for a moment"))
    func aUserWhoMayNotIsToldWhichGroupMay() async throws {
        try folder.write("", to: "tpmrm0", mode: 0o660)
        let path = folder.path + "/tpmrm0"
        chmod(folder.path, 0o755)
        var group = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 4096)
        #expect(getgrnam_r("daemon", &group, &buffer, buffer.count, &found) == 0)
        chown(path, 0, group.gr_gid)
        let options = TPMOptions(tcti: "device:\(path)")
        let error = await BlockingThread.value {
            // The identity for files is this thread's own (setfsuid(2)).
            setfsgid(65534)
            setfsuid(65534)
            return DeviceObstacle(on: options).error(for: options)
        }
        #expect(error.code == DeviceKeyError.Code.permissionDenied)
        #expect(error.message.contains("`usermod -aG daemon "))
        chmod(path, 0o600)
        #expect(DeviceAccess(path: path).advice.contains("no group may"))
    }

    @Test func somethingElseThanATPMIsAnError() async {
        for path in ["/dev/null", "/dev/zero"] {
            let store = TPMKeyStore(TPMOptions(tcti: "device:\(path)", operationLimit: .seconds(5)))
            guard case .unavailable = await store.availability() else {
                Issue.record("available: \(path)")
                return
            }
        }
    }

    @Test(arguments: ["", "nothing", "nothing:x=y", "swtpm:host=127.0.0.1,port=1", "swtpm:port=x", "device"])
    func aWayThatLeadsNowhereIsAnError(tcti: String) async {
        guard case .unavailable = await TPMKeyStore(TPMOptions(tcti: tcti)).availability() else {
            Issue.record("available")
            return
        }
    }

    @Test func theKernelsResourceManagerIsTheDefault() {
        let options = TPMOptions()
        if getenv(TPMOptions.environmentVariable) == nil { #expect(options.tcti == "device:/dev/tpmrm0") }
        #expect(TPMOptions(tcti: "device:/dev/tpmrm0").hasResourceManager)
        #expect(!TPMOptions(tcti: "device:/dev/tpm0").hasResourceManager)
        #expect(
            TPMOptions(tcti: "device").devicePath == (access("/dev/tpmrm0", F_OK) == 0 ? "/dev/tpmrm0" : "/dev/tpm0"))
    }
}
