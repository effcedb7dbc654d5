// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension AssurancePolicy {
    /// Writes the policy in the shape of Okta's API; members that ask for nothing are left out.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: PolicyMember.self)
        try members.encode(id, forKey: PolicyMember("id"))
        try members.encode(name, forKey: PolicyMember("name"))
        try members.encode(platform, forKey: PolicyMember("platform"))
        try encodeVersions(into: &members)
        try members.encodeInclusion(diskEncryptionType, "diskEncryptionType")
        try members.encodeInclusion(screenLockType, "screenLockType")
        try members.encodeIfPresent(secureHardwarePresent, forKey: PolicyMember("secureHardwarePresent"))
        try members.encodeIfPresent(jailbreak, forKey: PolicyMember("jailbreak"))
        if requiresManagedApp { try members.encode(["managedApp": true], forKey: PolicyMember("callerContext")) }
        try linux.encode(into: &members)
        if !thirdPartySignalProviders.isEmpty {
            var inner = members.nestedContainer(
                keyedBy: PolicyMember.self, forKey: PolicyMember("thirdPartySignalProviders"))
            for provider in thirdPartySignalProviders {
                var conditions = inner.nestedContainer(
                    keyedBy: PolicyMember.self, forKey: PolicyMember(provider.provider.rawValue))
                try provider.encode(into: &conditions)
            }
        }
        if !devicePostureChecks.isEmpty {
            var inner = members.nestedContainer(
                keyedBy: PolicyMember.self, forKey: PolicyMember("devicePostureChecks"))
            var elements = inner.nestedUnkeyedContainer(forKey: PolicyMember("include"))
            for check in devicePostureChecks {
                var element = elements.nestedContainer(keyedBy: PolicyMember.self)
                try check.encode(into: &element)
            }
        }
        try members.encode(displayRemediationMode, forKey: PolicyMember("displayRemediationMode"))
        try members.encodeIfPresent(gracePeriod, forKey: PolicyMember("gracePeriod"))
    }

    private func encodeVersions(into members: inout KeyedEncodingContainer<PolicyMember>) throws {
        if let osVersion {
            var inner = members.nestedContainer(keyedBy: PolicyMember.self, forKey: PolicyMember("osVersion"))
            try OSVersionCoding.encode(osVersion, into: &inner)
        }
        guard !osVersionConstraints.isEmpty else { return }
        var elements = members.nestedUnkeyedContainer(forKey: PolicyMember("osVersionConstraints"))
        for constraint in osVersionConstraints {
            var element = elements.nestedContainer(keyedBy: PolicyMember.self)
            try constraint.encode(into: &element)
        }
    }
}
