// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DesktopNotifications
import Glibc
import MessageBus
import TestSupport
import Testing

/// Against the notification service of python-dbusmock, which writes down what it is asked.
@Suite(.enabled(if: NotificationService.isInstalled, "needs dbus-daemon and python3-dbusmock"))
struct DesktopNotifierTests {
    @Test func aMessageIsShownUntilItIsTakenBack() async throws {
        let service = try NotificationService()
        let notifier = DesktopNotifier(address: service.session.address)
        let shown = try await notifier.show(summary: "Touch your key", body: "Organisation: A & B <i>")
        let log = service.log
        #expect(log.contains("Notify \"Countersign\" 0 \"dialog-password\" \"Touch your key\""))
        #expect(log.contains("A &amp; B &lt;i&gt;"))
        #expect(log.contains("\"urgency\": 2") && log.contains("\"transient\": True"))
        #expect(!log.contains("CloseNotification"))
        await notifier.withdraw(shown)
        #expect(service.log.contains("CloseNotification 1"))
    }

    @Test func withoutAServiceTheReasonIsSaid() async throws {
        let session = try SecretServiceSession(withKeyring: false)
        let error = await #expect(throws: DesktopNotifierError.self) {
            _ = try await DesktopNotifier(address: session.address).show(summary: "a", body: "b")
        }
        #expect(error?.problem == .noService)
    }

    @Test func withoutABusTheReasonIsSaid() async throws {
        let error = await #expect(throws: DesktopNotifierError.self) {
            _ = try await DesktopNotifier(address: "unix:path=/proc/nonexistent/bus").show(summary: "a", body: "b")
        }
        #expect(error?.problem == .noBus)
    }
}

/// A notification service on a bus of a test's own.
private final class NotificationService {
    static let isInstalled =
        SecretServiceSession.isInstalled && system("/usr/bin/python3 -c 'import dbusmock' 2>/dev/null") == 0

    let session: SecretServiceSession
    private let folder: TemporaryFolder

    init() throws {
        session = try SecretServiceSession(withKeyring: false)
        folder = try TemporaryFolder()
        system(
            """
            cd '\(folder.path)'
            export DBUS_SESSION_BUS_ADDRESS='\(session.address)'
            /usr/bin/python3 -m dbusmock --session --template notification_daemon > service.log 2>&1 < /dev/null &
            echo $! > service.pid
            for i in $(seq 100); do
              dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
                string:org.freedesktop.Notifications 2>/dev/null | grep -q true && exit 0
              sleep 0.1
            done
            """)
    }

    deinit {
        if let pid = Int32(folder.read("service.pid").filter { $0.isNumber }) { kill(pid, SIGTERM) }
    }

    var log: String { folder.read("service.log") }
}
