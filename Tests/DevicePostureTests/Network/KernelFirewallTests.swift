// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Testing

@testable import DevicePosture

/// Rulesets in a real kernel, in network namespaces of their own: what `nft` prints of them is what is judged.
@Suite(.serialized) struct KernelFirewallTests {
    /// Whether this process may make namespaces, and the programs are here.
    static func canRun(_ programs: String...) -> Bool {
        guard getuid() == 0, programs.allSatisfy({ access($0, X_OK) == 0 }) else { return false }
        let probe = ChildProcess(
            program: "/usr/bin/unshare", arguments: ["-n", "-m", "true"], environment: [:], timeout: .seconds(10))
        return probe.run() == .success([])
    }

    static let hasNft = canRun("/usr/sbin/nft")
    static let hasIptables = hasNft && canRun("/usr/sbin/iptables-nft", "/usr/sbin/ip6tables-nft")
    static let hasUfw = hasIptables && canRun("/usr/sbin/ufw")
    static let hasFirewalld = hasNft && canRun("/usr/sbin/firewalld", "/usr/bin/firewall-cmd", "/usr/bin/dbus-daemon")

    /// Whether a script, run in namespaces of its own, leaves a ruleset that keeps strangers out.
    private func judge(_ script: String) throws -> Bool? { try verdict(script).isOn }

    /// Runs a script in namespaces of its own and judges the ruleset that it leaves.
    private func verdict(_ script: String, timeout: Duration = .seconds(60)) throws -> FirewallVerdict {
        let file = FileManager.default.temporaryDirectory.path + "/ruleset-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let whole = "{ \(script)\n} >&2 && nft -j list ruleset > \(file)"
        let result = ChildProcess(
            program: "/usr/bin/unshare",
            arguments: ["-n", "-m", "-p", "-f", "--mount-proc", "--kill-child", "sh", "-c", whole],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"], timeout: timeout
        ).run()
        try #require(result == .success([]), "the script did not end well")
        let bytes = try #require(FileManager.default.contents(atPath: file))
        let ruleset = try #require(NftablesRuleset(parsing: Array(bytes)))
        return FirewallVerdict(judging: ruleset, interfaces: ["eth0"], hasIPv6: true)
    }

    private func nft(_ rules: String) throws -> Bool? { try judge("nft -f - <<'E'\n\(rules)\nE") }

    private static let workstation = """
        table inet filter {
            set open { type inet_service; flags interval; elements = { 22, 8000-8100 }; }
            chain input {
                type filter hook input priority filter; policy drop;
                ct state vmap { established : accept, related : accept, invalid : drop }
                iifname lo accept
                meta l4proto { icmp, ipv6-icmp } accept
                tcp dport @open accept
                ip saddr 10.0.0.0/8 udp dport 5353 accept
                limit rate over 10/second drop
                log prefix "in: " counter drop
            }
            chain forward { type filter hook forward priority filter; policy drop; }
        }
        """
    /// The file that Debian installs.
    private static let acceptsAll = """
        table inet filter {
            chain input { type filter hook input priority filter; }
            chain forward { type filter hook forward priority filter; }
            chain output { type filter hook output priority filter; }
        }
        """
    private static let notAtTheHook = "table inet filter { chain input { drop; }; }"
    private static let other = """
        table ip nat { chain postrouting { type nat hook postrouting priority srcnat; masquerade; }; }
        table ip filter {
            chain FORWARD { type filter hook forward priority 0; policy drop; }
            chain INPUT { type filter hook input priority 0; policy accept; jump ts-input; }
            chain ts-input {
                iifname lo ip saddr 100.99.1.1 accept
                iifname != "tailscale0" ip saddr 100.64.0.0/10 counter drop
                iifname "tailscale0" accept
            }
        }
        """
    private static let rejects = """
        table inet f {
            chain i { type filter hook input priority 5; ct state established,related accept; jump services; reject; }
            chain services { tcp dport { 22, 443 } accept; iifname lo accept; }
        }
        """
    private static let trusts = """
        table inet f {
            chain i { type filter hook input priority 5; policy drop; iifname vmap { "eth0" : jump zone }; }
            chain zone { accept; }
        }
        """
    private static let dormant = """
        table inet f { flags dormant; chain i { type filter hook input priority 0; policy drop; }; }
        """

    @Test(
        .enabled(if: hasNft, "needs root and nft"),
        arguments: [
            (workstation, true), (acceptsAll, false), (notAtTheHook, false), (other, false), (rejects, true),
            (trusts, false),
            ("", false),
            ("table ip f { chain i { type filter hook input priority 0; policy drop; }; }", false),
            ("table inet f { chain i { type filter hook input priority 0; tcp dport 0-65535 drop; }; }", false),
            ("table inet f { chain i { type filter hook input priority 0; meta l4proto {tcp, udp} drop; }; }", true),
        ] as [(String, Bool)])
    func rulesetsOfNftables(rules: String, expected: Bool) throws {
        #expect(try nft(rules) == expected)
    }

    @Test(.enabled(if: hasNft, "needs root and nft"))
    func tableThatSleepsIsNeverOn() throws {
        #expect(try nft(Self.dormant) != true)
    }

    @Test(
        .enabled(if: hasIptables, "needs root and iptables-nft"),
        arguments: [
            ("for t in iptables-nft ip6tables-nft; do $t -P INPUT DROP; $t -A INPUT -i lo -j ACCEPT; done", true),
            ("iptables-nft -P INPUT DROP", false),
            (
                "for t in iptables-nft ip6tables-nft; do $t -A INPUT -p tcp --dport 22 -j ACCEPT; $t -A INPUT -j REJECT; done",
                true
            ),
            ("for t in iptables-nft ip6tables-nft; do $t -P INPUT DROP; $t -A INPUT -j ACCEPT; done", false),
            ("for t in iptables-nft ip6tables-nft; do $t -L -n; done", false),
        ] as [(String, Bool)])
    func rulesetsOfIptables(script: String, expected: Bool) throws {
        #expect(try judge(script) == expected)
    }

    private static let ufw = """
        mount -t tmpfs none /mnt && cp -a /etc/ufw /mnt/ufw && cp -a /etc/default/ufw /mnt/default \
        && mount --bind /mnt/ufw /etc/ufw && mount --bind /mnt/default /etc/default/ufw && ufw --force reset && ufw --force enable
        """

    @Test(
        .enabled(if: hasUfw, "needs root and ufw"),
        arguments: [
            ("ufw allow 22/tcp && ufw limit 2222/tcp", true), ("ufw default reject incoming", true),
            ("ufw allow from 10.0.0.0/8", true), ("ufw --force disable", false),
        ] as [(String, Bool)])
    func rulesetsOfUfw(script: String, expected: Bool) throws {
        #expect(try judge("\(Self.ufw) && \(script)") == expected)
    }

    @Test(.enabled(if: hasUfw, "needs root and ufw"))
    func ufwThatAcceptsIsNeverOn() throws {
        #expect(try judge("\(Self.ufw) && ufw default allow incoming") != true)
    }

    /// A limit: `nft` prints of such a rule that it has a list of ports, but not which ones.
    @Test(.enabled(if: hasUfw, "needs root and ufw"))
    func portsThatNftDoesNotShowAreTold() throws {
        let verdict = try verdict("\(Self.ufw) && ufw allow 1:65535/tcp")
        #expect(verdict.evidence.contains { $0.hasPrefix("passed by:") && $0.contains("multiport") })
    }

    private static let firewalld = """
        mount -t tmpfs none /run && mkdir -p /run/dbus && mount -t tmpfs none /mnt && cp -a /etc/firewalld /mnt/f \
        && mount --bind /mnt/f /etc/firewalld && dbus-daemon --system --fork --nopidfile
        firewalld --nofork --nopid &
        tries=0
        until firewall-cmd --state; do tries=$((tries + 1)); [ $tries -lt 60 ] || exit 1; sleep 0.25; done
        """

    @Test(
        .enabled(if: hasFirewalld, "needs root and firewalld"),
        arguments: [
            ("firewall-cmd --set-default-zone=public", true), ("firewall-cmd --set-default-zone=trusted", false),
            ("firewall-cmd --set-default-zone=drop", true),
            ("firewall-cmd --zone=trusted --change-interface=eth0", false),
            ("firewall-cmd --zone=trusted --change-interface=docker0", true),
        ] as [(String, Bool)])
    func rulesetsOfFirewalld(script: String, expected: Bool) throws {
        #expect(try judge("\(Self.firewalld)\n\(script)") == expected)
    }
}
