// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import TOMLConfiguration

@testable internal import AgentConfiguration

extension FuzzTarget {
    /// What the administrator of a device wrote.
    static let configurationTargets: [String: Body] = [
        "agent-configuration": { input in
            let text = String(decoding: input, as: UTF8.self)
            var configuration = AgentConfiguration()
            do throws(ConfigurationError) {
                try configuration.apply(text, file: "agent.toml")
            } catch {
                expect(configuration == AgentConfiguration(), "nothing of a file that is refused counts")
                expect(error.file == "agent.toml", "an error names its file")
                return
            }
            expect((1...16).contains(configuration.ports.count), "ports have bounds")
            expect(configuration.organizations.count <= OfferedOrganization.most, "organisations have a bound")
            expect(configuration.organizations.allSatisfy { !$0.address.hasSuffix("/") }, "an origin has no path")
            expect(configuration.pinentry?.hasPrefix("/") ?? true, "a program is at an absolute path")
            if let checks = configuration.customChecks {
                expect(!checks.organizations.isEmpty, "nobody is allowed by leaving everybody out")
                expect(checks.organizations.allSatisfy { !$0.hasSuffix("/") }, "an origin has no path")
            }
        }
    ]
}
