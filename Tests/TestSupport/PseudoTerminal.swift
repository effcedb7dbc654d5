// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Glibc
internal import Synchronization

/// A terminal that a test sits at: it sees what is shown and presses keys.
package final class PseudoTerminal: Sendable {
    /// The device, such as `/dev/pts/3`.
    package let name: String
    private let master: Int32
    private let slave: Int32
    private let seen = Mutex<[UInt8]>([])

    /// Opens a terminal of 24 lines and 80 columns.
    package init() throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var number: Int32 = 0
        var isLocked: Int32 = 0
        // TIOCSPTLCK and TIOCGPTN of ioctl_tty(2), which glibc declares for GNU sources alone.
        guard master >= 0, ioctl(master, 0x4004_5431, &isLocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            throw TemporaryFolderError(path: "/dev/ptmx")
        }
        name = "/dev/pts/\(number)"
        // Held open so that the terminal outlives each program on it.
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(slave, UInt(TIOCSWINSZ), &size)
        DispatchQueue(label: "pseudo-terminal").async { [weak self, master] in
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(master, &chunk, chunk.count)
                guard count > 0, let self else { return }
                self.seen.withLock { $0 += chunk[..<count] }
            }
        }
    }

    deinit {
        close(slave)
        close(master)
    }

    /// Everything that was shown so far, escape sequences and all.
    package var shown: String { seen.withLock { String(decoding: $0, as: UTF8.self) } }

    /// Waits until a text was shown so often, for at most five seconds; false where it was not.
    package func sees(_ text: String, times: Int = 1) async -> Bool {
        for _ in 0..<500 {
            if shown.ranges(of: text).count >= times { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Presses keys.
    package func press(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Whether the terminal echoes and waits for whole lines, as a shell leaves it.
    package var isCooked: Bool {
        var settings = termios()
        guard tcgetattr(slave, &settings) == 0 else { return false }
        let cooked = tcflag_t(ECHO | ICANON)
        return settings.c_lflag & cooked == cooked
    }
}
