// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension ProviderConditions {
    /// The longest text that may be asked for, in characters.
    private static let maximumLength = 255

    /// Reads `thirdPartySignalProviders`.
    static func decode(
        _ members: KeyedDecodingContainer<PolicyMember>, platform: DevicePlatform
    ) throws -> [ProviderConditions] {
        guard members.contains(PolicyMember("thirdPartySignalProviders")) else { return [] }
        let providers = PlatformSchema.schema(of: platform).providers
        let inner = try members.nested(
            "thirdPartySignalProviders", allowing: Set(providers.map(\.rawValue)), platform: platform)
        return try providers.sorted { $0.rawValue < $1.rawValue }.compactMap { provider in
            guard inner.contains(PolicyMember(provider.rawValue)) else { return nil }
            let facts = provider.members(of: platform)
            let conditions = try inner.nested(
                provider.rawValue, allowing: Set(facts.map(\.name)), platform: platform)
            var values: [String: Value] = [:]
            for fact in facts { values[fact.name] = try value(fact, conditions, platform) }
            return ProviderConditions(provider, values)
        }
    }

    private static func value(
        _ fact: SignalProvider.Member, _ members: KeyedDecodingContainer<PolicyMember>, _ platform: DevicePlatform
    ) throws -> Value? {
        guard members.contains(PolicyMember(fact.name)) else { return nil }
        switch fact.kind {
        case .boolean: return .boolean(try members.required(Bool.self, fact.name))
        case .text:
            let text = try members.required(String.self, fact.name)
            guard (1...maximumLength).contains(text.count) else {
                throw members.refusal(fact.name, "must have 1 to \(maximumLength) characters")
            }
            return .string(text)
        case .choice(let values), .level(let values):
            let text = try members.required(String.self, fact.name)
            guard values.contains(text) else {
                throw members.refusal(fact.name, "is not one of \(values.joined(separator: ", "))")
            }
            return .string(text)
        case .version:
            let inner = try members.nested(fact.name, allowing: ["minimum"])
            // A browser has four components whatever the platform.
            let components = fact.name == "browserVersion" ? 4 : platform.versionComponents
            guard let version = try inner.version("minimum", components: components) else {
                throw inner.refusal("minimum", "is missing")
            }
            return .minimum(version)
        }
    }

    /// Writes the conditions of one provider into its members.
    func encode(into members: inout KeyedEncodingContainer<PolicyMember>) throws {
        for (name, value) in values {
            switch value {
            case .boolean(let value): try members.encode(value, forKey: PolicyMember(name))
            case .string(let value): try members.encode(value, forKey: PolicyMember(name))
            case .minimum(let version): try members.encode(["minimum": version.description], forKey: PolicyMember(name))
            }
        }
    }
}
