// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension LinuxConditions {
    /// Reads the members of a policy that are about Linux alone.
    init(_ members: KeyedDecodingContainer<PolicyMember>) throws {
        requiresFirewall = try members.flag("firewall")
        requiresSecureBoot = try members.flag("secureBoot")
        requiresAutomaticUpdates = try members.flag("automaticUpdates")
        requiresManagement = try members.flag("deviceManaged")
        forbidsAutoLogin = try members.flag("autoLogin", value: false)
        mandatoryAccessControl = try members.inclusion("mandatoryAccessControl", among: AccessControl.allCases)
        kernelLockdown = try members.inclusion("kernelLockdown", among: Lockdown.allCases)
        if members.contains(PolicyMember("securityUpdates")) {
            securityUpdates = try Self.securityUpdates(
                members.nested("securityUpdates", allowing: ["maximumAge", "maximumPending"]))
        }
        if members.contains(PolicyMember("hsiLevel")) {
            let inner = try members.nested("hsiLevel", allowing: ["minimum"])
            let level = try inner.required(Int.self, "minimum")
            guard (1...5).contains(level) else { throw inner.refusal("minimum", "must be 1 to 5") }
            minimumHSILevel = level
        }
        if members.contains(PolicyMember("endpointProtection")) {
            endpointProtection = try Self.protection(
                members.nested("endpointProtection", allowing: ["include", "state"]))
        }
    }

    private static func securityUpdates(_ members: KeyedDecodingContainer<PolicyMember>) throws -> SecurityUpdates {
        guard let age = ISO8601Duration(try members.required(String.self, "maximumAge")) else {
            throw members.refusal("maximumAge", "is not a duration such as P7D, of at most 100 years")
        }
        let pending = try members.optional(Int.self, "maximumPending")
        if let pending, !(0...100_000).contains(pending) {
            throw members.refusal("maximumPending", "must be 0 to 100000")
        }
        return SecurityUpdates(maximumAge: age, maximumPending: pending)
    }

    private static func protection(_ members: KeyedDecodingContainer<PolicyMember>) throws -> EndpointProtection {
        let products = try members.required([String].self, "include")
        guard (1...64).contains(products.count), products.allSatisfy(\.isDistributionID) else {
            throw members.refusal("include", "must name 1 to 64 products as the signal endpointProtection does")
        }
        return EndpointProtection(
            products: products, state: try members.choice(EndpointProtection.State.self, "state"))
    }

    /// Writes the conditions into a policy's members.
    func encode(into members: inout KeyedEncodingContainer<PolicyMember>) throws {
        let flags = [
            ("firewall", requiresFirewall), ("secureBoot", requiresSecureBoot),
            ("automaticUpdates", requiresAutomaticUpdates), ("deviceManaged", requiresManagement),
        ]
        for (name, isSet) in flags where isSet { try members.encode(true, forKey: PolicyMember(name)) }
        if forbidsAutoLogin { try members.encode(false, forKey: PolicyMember("autoLogin")) }
        try members.encodeInclusion(mandatoryAccessControl, "mandatoryAccessControl")
        try members.encodeInclusion(kernelLockdown, "kernelLockdown")
        if let minimumHSILevel { try members.encode(["minimum": minimumHSILevel], forKey: PolicyMember("hsiLevel")) }
        if let securityUpdates {
            var inner = members.nestedContainer(keyedBy: PolicyMember.self, forKey: PolicyMember("securityUpdates"))
            try inner.encode(securityUpdates.maximumAge.text, forKey: PolicyMember("maximumAge"))
            try inner.encodeIfPresent(securityUpdates.maximumPending, forKey: PolicyMember("maximumPending"))
        }
        if let endpointProtection {
            var inner = members.nestedContainer(
                keyedBy: PolicyMember.self, forKey: PolicyMember("endpointProtection"))
            try inner.encode(endpointProtection.products, forKey: PolicyMember("include"))
            try inner.encodeIfPresent(endpointProtection.state?.rawValue, forKey: PolicyMember("state"))
        }
    }
}
