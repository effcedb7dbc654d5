// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `browserLoopbackPolicies`: whether the browsers' policies let the organisations' pages reach the agent.
struct BrowserLoopbackPoliciesCollector: SingleSignalCollector {
    static let name = SignalName.browserLoopbackPolicies
    private static let source = "policies of the browsers"

    func find(in system: SystemView) -> Finding {
        if case .flatpak = Confinement.detect(in: system) {
            return .unknown("the sandbox hides the machine's policies", source: Self.source)
        }
        guard (try? system.exists("/usr")) == true else {
            return .unknown("the machine's programs cannot be seen", source: Self.source)
        }
        guard let origins = system.organizationOrigins else {
            return .unknown("which organisations this device is enrolled with is not known", source: Self.source)
        }
        guard !origins.isEmpty else {
            return .notApplicable("this device is enrolled with no organisation", source: Self.source)
        }
        let grants = LoopbackGrant.read(for: origins, in: system)
        var entries: [String] = []
        for grant in grants {
            let word: String
            switch grant.state {
            case .allowed: word = "allowed"
            case .blocked: word = "blocked"
            case .notSet: word = "notSet"
            case .unknown(let reason):
                return .unknown("\(grant.browser), \(grant.origin): \(reason)", source: grant.source)
            }
            entries.append("\(grant.browser) \(grant.origin)=\(word)")
        }
        return Finding(
            .known(.strings(entries.sorted())), source: Self.source,
            evidence: Set(grants.map { "\($0.browser): \($0.source)" }).sorted())
    }
}
