// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import Pinentry

@Suite struct DesktopEnvironmentTests {
    /// A socket on which nobody answers, as that of a bus that was stopped.
    private final class SilentBus {
        private let folder: TemporaryFolder
        private let listener: Int32
        var address: String { "unix:path=\(folder.path)/bus" }

        init() throws {
            folder = try TemporaryFolder()
            listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array("\(folder.path)/bus".utf8)) }
            let isBound = withUnsafePointer(to: &name) { name in
                name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(isBound == 0 && listen(listener, 4) == 0)
        }

        deinit { close(listener) }
    }

    /// systemd's own library would wait for a minute and a half, and whoever is to be asked in a terminal with it.
    @Test(.timeLimit(.minutes(1))) func aBusThatNeverAnswersIsNotWaitedFor() async throws {
        let bus = try SilentBus()
        #expect(await DesktopEnvironment.variables(in: ["DBUS_SESSION_BUS_ADDRESS": bus.address]) == nil)
    }

    @Test func whereNoBusIsNoDesktopIsFound() async throws {
        let folder = try TemporaryFolder()
        let address = "unix:path=\(folder.path)/none"
        #expect(await DesktopEnvironment.variables(in: ["DBUS_SESSION_BUS_ADDRESS": address]) == nil)
    }

    @Test func itsOwnDesktopComesFirst() async throws {
        let bus = try SilentBus()
        let environment = ["DISPLAY": ":7", "PATH": "/usr/bin", "DBUS_SESSION_BUS_ADDRESS": bus.address]
        #expect(await DesktopEnvironment.variables(in: environment)?["DISPLAY"] == ":7")
    }
}
