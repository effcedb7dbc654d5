// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SmartCards
package import TestSupport

/// The real pcscd with the vpcd driver and a virtual card in it, in namespaces of its own, reached over a socket that the library
/// is told of. One at a time: the library reads the socket's name once in a process.
package final class PCSCStack {
    /// What the stack's programs said before they failed.
    package struct Failure: Error {
        /// Their output.
        package var log: String
    }

    /// A program of this package's that puts a card on the reader, and its arguments.
    package enum Card: Sendable {
        /// `virtual-piv-card` with these options.
        case piv(String = "")
        /// `virtual-devices fido2` with these options.
        case securityKey(String = "")

        fileprivate var command: String {
            switch self {
            case .piv(let options): "\(PCSCStack.programs)/virtual-piv-card \(options)"
            case .securityKey(let options): "\(PCSCStack.programs)/virtual-devices fido2 --reader 35963 \(options)"
            }
        }
    }

    /// The reader's name.
    package static let reader = "Virtual PCD 00 00"

    /// Why there can be none here; `nil` where there can.
    package static let obstacle: String? = {
        if geteuid() != 0 { return "needs root: a pcscd of the test's own" }
        for file in ["/usr/sbin/pcscd", "/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "/usr/bin/unshare"]
        where access(file, F_OK) != 0 { return "\(file) is not there" }
        return nil
    }()

    private static let programs: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let text = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(text[..<(text.lastIndex(of: "/") ?? text.startIndex)])
    }()

    /// Where all stacks of this process have their socket.
    private static let socketFolder: TemporaryFolder? = {
        guard let folder = try? TemporaryFolder() else { return nil }
        setenv("PCSCLITE_CSOCK_NAME", folder.path + "/pcscd.comm", 1)
        return folder
    }()

    /// The folder of its logs.
    package let folder: TemporaryFolder

    /// Starts one, and waits for the card.
    package init(_ card: Card = .piv()) throws {
        folder = try TemporaryFolder()
        guard let sockets = Self.socketFolder else { throw Failure(log: "no folder for the socket") }
        try folder.write(
            """
            mount --make-rprivate /
            mount -t proc proc /proc
            ip link set lo up
            mkdir -p /run/pcscd
            mount --bind '\(sockets.path)' /run/pcscd
            cd '\(folder.path)'
            start() { rm -f /run/pcscd/*; pcscd -f >> pcscd.log 2>&1 & pcscd=$!; }
            start
            mkfifo card
            put() { "$@" < card > card.log 2>&1 & card=$!; exec 3> card; }
            put \(card.command)
            exec 4<> commands
            while read -r line <&4; do
              case "$line" in
                stop-service) kill -STOP "$pcscd" ;;
                continue-service) kill -CONT "$pcscd" ;;
                kill-service) kill -9 "$pcscd"; wait "$pcscd" ;;
                start-service) start ;;
                replace\\ *) kill -9 "$card"; wait "$card"; put ${line#replace } ;;
                end) exit 0 ;;
                *) echo "$line" >&3 ;;
              esac
            done
            """, to: "stack")
        mkfifo(folder.path + "/commands", 0o600)
        // The stack ends with this process, however that ends.
        let start = "unshare -mnpf --kill-child bash '\(folder.path)/stack' > '\(folder.path)/log' 2>&1 < /dev/null"
        let watch = "while kill -0 \(getpid()) && kill -0 $stack; do sleep 1; done; kill -9 $stack"
        _ = shell("(\(start) & stack=$!; \(watch)) > /dev/null 2>&1 &")
        guard waitForCard() else {
            throw Failure(log: log)
        }
    }

    deinit {
        tell("end")
        usleep(100_000)
    }

    /// What its programs have said.
    package var log: String { folder.read("log") + folder.read("pcscd.log") + folder.read("card.log") }

    /// Ends the card's program and starts another on the same reader.
    package func replace(by card: Card) { tell("replace \(card.command)") }

    /// Tells the stack `kill-service`, `start-service`, `stop-service` or `continue-service`, or its card something, as `pull`, `insert`, `pull-at N`.
    package func tell(_ command: String) {
        _ = shell("timeout 2 sh -c \"echo '\(command)' > '\(folder.path)/commands'\"")
    }

    /// Waits until a card is there, or is not.
    @discardableResult
    package func waitForCard(_ isThere: Bool = true) -> Bool {
        for _ in 0..<500 {
            if let cards = try? PCSCContext().cards(), cards.isEmpty != isThere { return true }
            usleep(10_000)
        }
        return false
    }

    /// Runs a program of others beside the test.
    package func shell(_ command: String) -> Int32 {
        let status = system(command)
        return (status >> 8) & 0xFF
    }
}
