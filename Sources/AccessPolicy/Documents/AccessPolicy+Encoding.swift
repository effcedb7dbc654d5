// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension AccessPolicy {
    /// The policy as Okta's API writes it, its rules under `_embedded.rules`.
    public var json: JSONValue {
        var members: [(String, JSONValue?)] = [("type", .string("ACCESS_POLICY"))]
        members += metadata.members
        members.append(("description", summary.map(JSONValue.string)))
        members.append(("conditions", .null))
        members.append(("_links", metadata.links))
        let embedded: [(String, JSONValue?)] = [
            ("resourceType", .string(resourceType.rawValue)),
            ("rules", rules.isEmpty ? nil : .array(rules.map(\.json))),
        ]
        members.append(("_embedded", .object(of: embedded)))
        return .object(of: members)
    }
}

extension AccessPolicyRule {
    /// The rule as Okta's API writes it.
    public var json: JSONValue {
        var members: [(String, JSONValue?)] = [("type", .string("ACCESS_POLICY"))]
        members += metadata.members
        members.append(("conditions", conditions.json))
        members.append(("actions", .object(of: [("appSignOn", action.json)])))
        members.append(("_links", metadata.links))
        return .object(of: members)
    }
}

extension PolicyMetadata {
    /// The members but for `_links`, which come last.
    var members: [(String, JSONValue?)] {
        [
            ("id", id.map(JSONValue.string)), ("name", .string(name)), ("status", .string(status.rawValue)),
            ("priority", priority.map { .integer(Int64($0)) }), ("system", .boolean(isSystem)),
            ("created", created.map(JSONValue.string)), ("lastUpdated", lastUpdated.map(JSONValue.string)),
        ]
    }
}

extension AppSignOnAction {
    fileprivate var json: JSONValue {
        .object(of: [
            ("access", .string(access.rawValue)), ("verificationMethod", verificationMethod?.json),
            (
                "keepMeSignedIn",
                keepMeSignedIn.map { answer in
                    .object(of: [
                        ("postAuth", (answer.postAuthentication?.rawValue).map(JSONValue.string)),
                        ("postAuthPromptFrequency", (answer.promptFrequency?.text).map(JSONValue.string)),
                    ])
                }
            ),
        ])
    }
}
