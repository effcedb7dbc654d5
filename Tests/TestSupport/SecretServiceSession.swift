// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A session bus of a test's own with the real GNOME Keyring on it, unlocked with a password of the test's.
package final class SecretServiceSession: Sendable {
    /// Whether the programs are installed.
    package static let isInstalled =
        access("/usr/bin/dbus-daemon", X_OK) == 0 && access("/usr/bin/gnome-keyring-daemon", X_OK) == 0

    /// The bus.
    package let address: String
    private let folder: TemporaryFolder
    private let isRunning: Bool

    /// Starts both, or the bus alone.
    package init(withKeyring: Bool = true) throws {
        folder = try TemporaryFolder()
        address = "unix:path=\(folder.path)/bus"
        try folder.write(
            """
            #!/bin/sh
            cd '\(folder.path)'
            mkdir -m 700 -p runtime data
            export HOME='\(folder.path)' XDG_RUNTIME_DIR='\(folder.path)/runtime' XDG_DATA_HOME='\(folder.path)/data'
            unset DISPLAY WAYLAND_DISPLAY
            cat > bus.conf <<'END'
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><type>session</type><listen>\(address)</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
            <allow own="*"/></policy></busconfig>
            END
            dbus-daemon --config-file=bus.conf --fork --print-pid > bus.pid 2> bus.log || exit 1
            export DBUS_SESSION_BUS_ADDRESS='\(address)'
            if [ \(withKeyring ? 1 : 0) = 1 ]; then
              printf 'password' | setsid gnome-keyring-daemon --foreground --components=secrets --unlock > keyring.log 2>&1 &
              echo $! > keyring.pid
              for i in $(seq 100); do
                timeout 2 dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
                  string:org.freedesktop.secrets 2>/dev/null | grep -q true && exit 0
                sleep 0.1
              done
              exit 1
            fi
            """, to: "start", mode: 0o700)
        isRunning = system("'\(folder.path)/start' >/dev/null 2>&1 </dev/null") == 0
        guard isRunning else { throw TemporaryFolderError(path: folder.read("keyring.log") + folder.read("bus.log")) }
    }

    deinit {
        stopKeyring()
        if let bus = Int32(folder.read("bus.pid").trimmed) { kill(bus, SIGTERM) }
    }

    /// Ends the keyring: from now on nobody answers there.
    package func stopKeyring() {
        if let keyring = Int32(folder.read("keyring.pid").trimmed) { kill(keyring, SIGTERM) }
        usleep(200_000)
    }

    /// Locks all keyrings, as a screen lock may do.
    package func lock() {
        system(
            "dbus-send --bus='\(address)' --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets "
                + "org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null 2>&1"
        )
    }
}

extension String {
    fileprivate var trimmed: String { filter { !$0.isWhitespace } }
}
