// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A product that protects or manages machines, and by what it is known.
struct SecurityProduct: Hashable, Sendable {
    /// What the product is for.
    enum Purpose: Hashable, Sendable {
        /// It looks for what is evil.
        case protection
        /// It watches, or carries out what an administrator wants; where `governs`, the device counts as managed.
        case management(governs: Bool)
    }

    /// How it can be told that the product works, with a person's rights.
    enum Health: Hashable, Sendable {
        /// By `mdatp health`.
        case defender
        /// By the age of ClamAV's signatures.
        case clamav
    }

    /// The name in signals.
    let name: String
    /// What it is for.
    let purpose: Purpose
    /// Its services in systemd.
    let units: [String]
    /// Its processes.
    let processes: [String]
    /// Files that belong to it and are gone when it is removed; not the folder around them, which often stays behind.
    let paths: [String]
    /// How its health can be told.
    let health: Health?

    private init(
        _ name: String, _ purpose: Purpose, units: [String], processes: [String], paths: [String],
        health: Health? = nil
    ) {
        self.name = name
        self.purpose = purpose
        self.units = units.map { "\($0).service" }
        self.processes = processes
        self.paths = paths
        self.health = health
    }

    /// All products that are looked for. Sources: the vendors' documentation.
    static let all: [SecurityProduct] = protection + management

    private static let protection: [SecurityProduct] = [
        SecurityProduct(
            "auditd", .protection, units: ["auditd"], processes: ["auditd"],
            paths: ["/usr/sbin/auditd", "/sbin/auditd"]),
        SecurityProduct(
            "bitdefender", .protection, units: ["bdsec"], processes: ["bdsecd", "epagd"],
            paths: ["/opt/bitdefender-security-tools/bin"]),
        SecurityProduct(
            "carbonblack", .protection, units: ["cbagentd", "cbdaemon"], processes: ["cbagentd", "cbdaemon"],
            paths: ["/opt/carbonblack/psc/bin/repcli", "/usr/sbin/cbdaemon"]),
        SecurityProduct(
            "clamav", .protection, units: ["clamav-daemon", "clamd@scan"], processes: ["clamd"],
            paths: ["/usr/sbin/clamd", "/usr/bin/clamd"], health: .clamav),
        SecurityProduct(
            "cortex", .protection, units: ["traps_pmd"], processes: ["pmd", "traps_pmd"],
            paths: ["/opt/traps/bin/cytool"]),
        SecurityProduct(
            "crowdstrike", .protection, units: ["falcon-sensor"], processes: ["falcon-sensor", "falcon-sensor-bpf"],
            paths: ["/opt/CrowdStrike/falconctl"]),
        SecurityProduct(
            "defender", .protection, units: ["mdatp"], processes: ["wdavdaemon"],
            paths: ["/opt/microsoft/mdatp/sbin/wdavdaemon", "/usr/bin/mdatp"], health: .defender),
        SecurityProduct(
            "elastic", .protection, units: ["ElasticEndpoint"], processes: ["elastic-endpoint"],
            paths: ["/opt/Elastic/Endpoint/elastic-endpoint"]),
        SecurityProduct(
            "eset", .protection, units: ["eea", "efs", "eraagent"], processes: ["oaeventd", "esets_daemon"],
            paths: ["/opt/eset/eea/sbin", "/opt/eset/efs/sbin", "/opt/eset/esets/sbin"]),
        SecurityProduct(
            "falco", .protection, units: ["falco", "falco-modern-bpf", "falco-bpf", "falco-kmod"],
            processes: ["falco"], paths: ["/usr/bin/falco"]),
        SecurityProduct(
            "kaspersky", .protection, units: ["kesl", "klnagent64"], processes: ["kesl", "wdserver", "klnagent"],
            paths: ["/opt/kaspersky/kesl/bin"]),
        SecurityProduct(
            "sentinelone", .protection, units: ["sentinelone"], processes: ["s1-agent", "s1-orchestrator"],
            paths: ["/opt/sentinelone/bin/sentinelctl"]),
        SecurityProduct(
            "sophos", .protection, units: ["sophos-spl"], processes: ["sophos_watchdog", "savscand"],
            paths: ["/opt/sophos-spl/base/bin", "/opt/sophos-av/bin/savdctl"]),
        SecurityProduct(
            "tetragon", .protection, units: ["tetragon"], processes: ["tetragon"],
            paths: ["/usr/local/bin/tetragon", "/usr/bin/tetragon"]),
        SecurityProduct(
            "trellix", .protection, units: ["mfetpd"], processes: ["mfetpd"], paths: ["/opt/McAfee/ens/tp/bin"]),
        SecurityProduct(
            "trendmicro", .protection, units: ["ds_agent"], processes: ["ds_agent", "ds_am"],
            paths: ["/opt/ds_agent/ds_agent"]),
        SecurityProduct(
            "wazuh", .protection, units: ["wazuh-agent"], processes: ["wazuh-agentd"],
            paths: ["/var/ossec/bin/wazuh-agentd"]),
    ]

    private static let management: [SecurityProduct] = [
        // Ansible comes and goes; what it leaves tells that it was here.
        SecurityProduct(
            "ansible", .management(governs: false), units: [], processes: [], paths: ["/etc/ansible/facts.d"]),
        SecurityProduct(
            "cfengine", .management(governs: true), units: ["cf-execd", "cfengine3"], processes: ["cf-execd"],
            paths: ["/var/cfengine/bin/cf-execd", "/usr/sbin/cf-execd"]),
        SecurityProduct(
            "chef", .management(governs: true), units: ["chef-client", "cinc-client"], processes: ["chef-client"],
            paths: ["/opt/chef/bin/chef-client", "/opt/cinc/bin/cinc-client", "/usr/bin/chef-client"]),
        SecurityProduct(
            "fleet", .management(governs: true), units: ["orbit"], processes: ["orbit"],
            paths: ["/opt/orbit/bin/orbit"]),
        SecurityProduct(
            "himmelblau", .management(governs: true), units: ["himmelblaud"], processes: ["himmelblaud"],
            paths: ["/usr/sbin/himmelblaud"]),
        SecurityProduct(
            "intune", .management(governs: true), units: ["microsoft-identity-device-broker", "intune-daemon"],
            processes: ["microsoft-identity-device-broker", "intune-daemon"],
            paths: ["/opt/microsoft/intune/bin/intune-agent", "/opt/microsoft/intune/bin/intune-portal"]),
        SecurityProduct(
            "kolide", .management(governs: false), units: ["launcher.kolide-k2"], processes: ["launcher"],
            paths: ["/usr/local/kolide-k2/bin/launcher"]),
        SecurityProduct(
            "landscape", .management(governs: true), units: ["landscape-client"], processes: ["landscape-client"],
            paths: ["/usr/bin/landscape-client"]),
        SecurityProduct(
            "osquery", .management(governs: false), units: ["osqueryd"], processes: ["osqueryd"],
            paths: ["/opt/osquery/bin/osqueryd", "/usr/bin/osqueryd"]),
        SecurityProduct(
            "puppet", .management(governs: true), units: ["puppet"], processes: ["puppet"],
            paths: ["/opt/puppetlabs/bin/puppet", "/usr/bin/puppet"]),
        SecurityProduct(
            "salt", .management(governs: true), units: ["salt-minion"], processes: ["salt-minion"],
            paths: ["/usr/bin/salt-minion", "/opt/saltstack/salt/salt-minion"]),
        SecurityProduct(
            "trellix-agent", .management(governs: true), units: ["cma", "ma"], processes: ["masvc", "cma"],
            paths: ["/opt/McAfee/agent/bin"]),
        SecurityProduct(
            "workspaceone", .management(governs: true), units: ["ws1-hub", "ws1HubDaemon"],
            processes: ["ws1HubDaemon"], paths: ["/opt/vmware/ws1-hub/bin/ws1HubUtil", "/usr/bin/ws1HubUtil"]),
    ]
}
