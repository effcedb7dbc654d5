// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import FoundationEssentials
import Glibc
import Testing

@testable import DevicePosture

/// Sockets that other machines can reach.
@Suite struct ListeningServicesTests {
    private static let head =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

    private func line(_ local: String, _ state: String) -> String {
        "   0: \(local) 00000000:0000 \(state) 00000000:00000000 00:00000000 00000000     0        0 1081 1 0 100 0 0 10 0\n"
    }

    private func machine(
        tcp: [String] = [], tcp6: [String] = [], udp: [String] = [], udp6: [String] = []
    ) throws -> MachineFixture {
        let machine = try MachineFixture()
        for (name, lines) in [("tcp", tcp), ("tcp6", tcp6), ("udp", udp), ("udp6", udp6)] {
            machine.write("/proc/net/\(name)", Self.head + lines.joined())
        }
        return machine
    }

    private func strings(_ machine: MachineFixture) async -> [String]? {
        guard case .strings(let texts)? = await machine.reading(.listeningServices)?.value else { return nil }
        return texts
    }

    @Test func listsWhatListensOnOtherAddressesThanLoopback() async throws {
        let machine = try machine(
            tcp: [
                line("00000000:0016", "0A"), line("0100007F:0277", "0A"), line("0200A8C0:1F90", "0A"),
                line("00000000:0050", "01"), line("3500007F:0035", "0A"),
            ],
            tcp6: [
                line("00000000000000000000000000000000:0016", "0A"),
                line("00000000000000000000000001000000:0277", "0A"),
                line("0000000000000000FFFF00000100007F:1000", "0A"),
                line("0000000000000000FFFF00000200A8C0:1001", "0A"),
                line("000080FE00000000FF005450A91B2AFE:1002", "0A"),
            ], udp: [line("00000000:14E9", "07"), line("0100007F:0035", "07"), line("00000000:0044", "01")],
            udp6: [line("00000000000000000000000000000000:14E9", "07")])
        #expect(
            await strings(machine) == [
                "tcp/22 0.0.0.0", "tcp/22 ::", "tcp/4097 192.168.0.2", "tcp/4098 fe80::5054:ff:fe2a:1ba9",
                "tcp/8080 192.168.0.2", "udp/5353 0.0.0.0", "udp/5353 ::",
            ])
    }

    @Test func nothingThatListensIsAnEmptyList() async throws {
        #expect(await strings(try machine()) == [])
    }

    @Test func kernelWithoutIPv6HasNoSuchTables() async throws {
        let machine = try machine(tcp: [line("00000000:0016", "0A")])
        machine.remove("/proc/net/tcp6")
        machine.remove("/proc/net/udp6")
        #expect(await strings(machine) == ["tcp/22 0.0.0.0"])
        machine.remove("/proc/net/udp")
        #expect(await machine.reading(.listeningServices)?.state.isUnknown == true)
    }

    @Test(
        arguments: [
            "", "x", "  sl  local_address\n 0: 0016 0 0A\n", "  sl  local_address\n 0: 0000000:0016 0 0A 0\n",
            "  sl  local_address\n 0: 0000000G:0016 0 0A 0\n", "  sl  local_address\n 0: 00000000:00016 0 0A 0\n",
            "  sl  local_address\n 0: 00000000:0016 0",
        ])
    func tableThatIsCutOrNoTableIsUnknown(text: String) async throws {
        let machine = try machine()
        machine.write("/proc/net/udp6", text)
        #expect(await machine.reading(.listeningServices)?.state.isUnknown == true)
    }

    @Test func listThatIsTooLongIsUnknownAndNotCut() async throws {
        let all = (1...300).map {
            line("00000000:" + String(0x10000 + $0, radix: 16, uppercase: true).dropFirst(), "0A")
        }
        #expect(await strings(try machine(tcp: Array(all.prefix(256))))?.count == 256)
        #expect(try await machine(tcp: all).reading(.listeningServices)?.state.isUnknown == true)
    }

    @Test func sandboxMayHideIt() async throws {
        let machine = try machine()
        machine.write("/.flatpak-info", "")
        #expect(await machine.reading(.listeningServices)?.state.isUnknown == true)
    }

    /// `ss` asks the kernel in another way.
    @Test(.enabled(if: access("/usr/bin/ss", X_OK) == 0 || access("/bin/ss", X_OK) == 0, "needs ss"))
    func agreesWithAnotherProgram() throws {
        // In a network of its own, where nothing comes and goes, with one socket of each kind.
        let script = """
            ip link set lo up 2>/dev/null
            python3 - <<'E'
            import socket, subprocess, sys
            held = []
            for family, kind, address in [(socket.AF_INET, socket.SOCK_STREAM, ("0.0.0.0", 4001)),
                                          (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 4002)),
                                          (socket.AF_INET6, socket.SOCK_STREAM, ("::", 4003)),
                                          (socket.AF_INET6, socket.SOCK_STREAM, ("::1", 4004)),
                                          (socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:0.0.0.0", 4005)),
                                          (socket.AF_INET, socket.SOCK_DGRAM, ("0.0.0.0", 4006)),
                                          (socket.AF_INET6, socket.SOCK_DGRAM, ("::", 4007))]:
                one = socket.socket(family, kind)
                if family == socket.AF_INET6:
                    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if "ffff" in address[0] else 1)
                one.bind(address)
                if kind == socket.SOCK_STREAM: one.listen()
                held.append(one)
            for name in ["tcp", "tcp6", "udp", "udp6"]:
                print(open("/proc/net/" + name).read() + "====")
            sys.stdout.flush()
            subprocess.run(["ss", "-H", "-l", "-n", "-t", "-u"], check=True)
            E
            """
        let isolated = geteuid() == 0 ? ["-n"] : ["-r", "-n"]
        let output = ChildProcess(
            program: "/usr/bin/unshare", arguments: isolated + ["sh", "-c", script],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], timeout: .seconds(20), outputLimit: 1 << 20
        ).run()
        guard case .success(let bytes) = output else {
            if case .failure(.ended) = output { return }  // no namespaces for this user
            Issue.record("\(output)")
            return
        }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "====\n", omittingEmptySubsequences: false)
        try #require(parts.count == 5)
        var ours: Set<String> = []
        for (index, transport) in ["tcp", "tcp", "udp", "udp"].enumerated() {
            let table = try #require(ListeningSockets(parsing: Array(parts[index].utf8), transport: transport))
            ours.formUnion(table.sockets.filter { !$0.isLoopback }.map(\.description))
        }
        var theirs: Set<String> = []
        for line in parts[4].split(separator: "\n") {
            let fields = line.split(separator: " ")
            let address = fields[4]
            let colon = try #require(address.lastIndex(of: ":"))
            var host = String(address[..<colon]).filter { !"[]".contains($0) }
            if host == "*" { host = "::" }
            if host.hasPrefix("::ffff:") { host = String(host.dropFirst(7)) }
            guard host != "127.0.0.1", host != "::1" else { continue }
            theirs.insert("\(fields[0])/\(address[address.index(after: colon)...]) \(host)")
        }
        #expect(ours == theirs)
        #expect(ours.count == 5)
    }
}
