// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A ruleset as `nft -j list ruleset` prints it, put together from its objects.
struct RulesetText {
    private var objects = [#"{"metainfo": {"version": "1.0.6", "json_schema_version": 1}}"#]

    var bytes: [UInt8] { Array("{\"nftables\": [\(objects.joined(separator: ", "))]}".utf8) }

    mutating func table(_ family: String, _ name: String, flags: String? = nil) {
        let flags = flags.map { ", \"flags\": \($0)" } ?? ""
        objects.append("{\"table\": {\"family\": \"\(family)\", \"name\": \"\(name)\"\(flags)}}")
    }

    mutating func chain(
        _ family: String, _ table: String, _ name: String, hook: String? = nil, policy: String = "accept"
    ) {
        let base =
            hook.map { ", \"type\": \"filter\", \"hook\": \"\($0)\", \"prio\": 0, \"policy\": \"\(policy)\"" } ?? ""
        objects.append(
            "{\"chain\": {\"family\": \"\(family)\", \"table\": \"\(table)\", \"name\": \"\(name)\"\(base)}}")
    }

    mutating func rule(_ family: String, _ table: String, _ chain: String, _ statements: String...) {
        let list = statements.joined(separator: ", ")
        objects.append(
            "{\"rule\": {\"family\": \"\(family)\", \"table\": \"\(table)\", \"chain\": \"\(chain)\", \"expr\": [\(list)]}}"
        )
    }

    mutating func set(_ kind: String, _ family: String, _ table: String, _ name: String, _ elements: String) {
        objects.append(
            "{\"\(kind)\": {\"family\": \"\(family)\", \"table\": \"\(table)\", \"name\": \"\(name)\", \"elem\": \(elements)}}"
        )
    }

    /// One table `inet filter` with a chain at the input hook and these rules, each a list of statements.
    static func inet(policy: String = "accept", _ rules: [String]) -> [UInt8] {
        var text = RulesetText()
        text.table("inet", "filter")
        text.chain("inet", "filter", "input", hook: "input", policy: policy)
        for rule in rules { text.rule("inet", "filter", "input", rule) }
        return text.bytes
    }
}

/// Statements, as they stand in rules.
enum Statement {
    static let accept = #"{"accept": null}"#
    static let drop = #"{"drop": null}"#
    static let reject = #"{"reject": {"type": "icmpx", "expr": "admin-prohibited"}}"#
    static let established =
        #"{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}, {"accept": null}"#
    static let loopback =
        #"{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "lo"}}, {"accept": null}"#

    static func match(_ left: String, _ sign: String, _ right: String) -> String {
        "{\"match\": {\"op\": \"\(sign)\", \"left\": \(left), \"right\": \(right)}}"
    }
    static func meta(_ key: String) -> String { "{\"meta\": {\"key\": \"\(key)\"}}" }
    static func ct(_ key: String) -> String { "{\"ct\": {\"key\": \"\(key)\"}}" }
    static func payload(_ header: String, _ field: String) -> String {
        "{\"payload\": {\"protocol\": \"\(header)\", \"field\": \"\(field)\"}}"
    }
    static func xt(_ kind: String, _ name: String) -> String {
        "{\"xt\": {\"type\": \"\(kind)\", \"name\": \"\(name)\"}}"
    }
}
