# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Decisions of access policies with very many rules, beside the same rules as plain Python."""

import json
import subprocess
import time

RULES = 1000
GOAL_DECISION_MS = 1.0
GOAL_SIMULATION_SECONDS = 60.0
NOW = 1_796_000_000


def measure_policies(machine, report):
    """The time of a decision where all rules but the last fail at their last condition, and 100,000 requests."""
    place = machine.directory / "policies"
    place.mkdir()
    command = [str(machine.verifier), "policy", "diff"]
    many = write(place / "many.json", [policy(RULES), zone()])
    few, more = (20, 120) if machine.quick else (200, 2200)
    short, long = (requests(place / f"{count}.jsonl", count) for count in (few, more))
    report.progress(f"policies: {RULES} rules with 20 conditions, {more} requests, twice")
    # Both runs read the same policies; what the longer one takes more is the requests, each decided twice.
    spans = [took([*command, many, many, "--requests", file]) for file in (short, long)]
    decision = (spans[1] - spans[0]) / (more - few) / 2 * 1000
    rules = [compiled(rule) for rule in policy(RULES)["_embedded"]["rules"]]
    facts = [json.loads(line) for line in short_lines(short, 20)]
    started = time.monotonic()
    decided = [next(name for name, matches in rules if matches(fact)) for fact in facts]
    python = (time.monotonic() - started) / len(facts) * 1000
    if set(decided) != {f"rule {RULES}"}:
        raise RuntimeError(f"the rules as Python decide otherwise: {set(decided)}")
    report.result(
        f"one decision, {RULES} rules with 20 conditions", decision, "ms", python, decision / python,
        f"at most {GOAL_DECISION_MS:g} ms", decision <= GOAL_DECISION_MS,
        "reading the request is in it; beside it the same rules as plain Python functions",
    )
    count = 1_000 if machine.quick else 100_000
    report.progress(f"policies: {count} requests simulated")
    usual = write(place / "usual.json", [policy(20), zone()])
    seconds = took([*command, usual, usual, "--requests", requests(place / "all.jsonl", count)])
    scaled = seconds * 100_000 / count
    report.result(
        "100,000 requests, 20 rules, two sets of policies", scaled, "s", None, None,
        f"at most {GOAL_SIMULATION_SECONDS:g} s", scaled <= GOAL_SIMULATION_SECONDS,
    )


def policy(count):
    """A policy whose rules all match but for the last term of their expressions; the last rule matches."""
    rules = [
        {
            "id": f"rul{number}",
            "name": f"rule {number}",
            "priority": number,
            "conditions": conditions(number, matches=number == count),
            "actions": {
                "appSignOn": {"access": "ALLOW", "verificationMethod": {"type": "ASSURANCE", "factorMode": "1FA"}},
            },
        }
        for number in range(1, count + 1)
    ]
    return {"id": "rst1", "name": "many", "type": "ACCESS_POLICY", "_embedded": {"rules": rules}}


def conditions(number, matches):
    """Twenty conditions: thirteen members, and an expression of seven terms of its own for each rule."""
    terms = [
        "device.profile.registered == true",
        "device.profile.osVersion != '1'",
        "user.profile.department == 'IT'",
        f"user.profile.level > {-number}",
        "security.risk.level == 'LOW'",
        "login.identifier.contains('@')",
        f"user.profile.costCentre {'!=' if matches else '=='} '{number}'",
    ]
    return {
        "people": {
            "users": {"include": [f"00u{number}"], "exclude": [f"00x{number}"]},
            "groups": {"include": [f"00g{number}", "00gStaff"], "exclude": [f"00y{number}"]},
        },
        "userType": {"include": ["oty1", f"oty{number}"], "exclude": [f"otx{number}"]},
        "network": {"connection": "ZONE", "include": ["nzo1"], "exclude": []},
        "device": {"registered": True, "managed": True, "assurance": {"include": [f"dae{number}", "dae1"]}},
        "platform": {"include": [{"type": "DESKTOP", "os": {"type": "LINUX"}}], "exclude": []},
        "riskScore": {"level": "LOW"},
        "elCondition": {"condition": " && ".join(terms)},
    }


def zone():
    """The zone of the rules."""
    return {"id": "nzo1", "name": "office", "type": "IP", "gateways": [{"type": "CIDR", "value": "192.0.2.0/24"}]}


def requests(path, count):
    """Writes requests that differ in who asks."""
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps(request(number)) + "\n")
    return str(path)


def request(number):
    """A request of which all is known."""
    return {
        "now": NOW,
        "user": {
            "id": f"00p{number}",
            "type": "oty1",
            "groups": [{"id": f"00h{group}", "name": f"Group {group}"} for group in range(8)]
            + [{"id": "00gStaff", "name": "Staff"}],
            "profile": {"department": "IT", "level": 3, "costCentre": "x", "city": f"City {number % 50}"},
        },
        "device": {
            "registered": True,
            "managed": True,
            "type": "DESKTOP",
            "os": "LINUX",
            "osVersion": "12.9",
            "profile": {"osVersion": "12.9", "platform": "LINUX"},
            "assurance": {"dae1": "COMPLIANT"},
        },
        "network": {"addresses": ["192.0.2.7"]},
        "risk": {"level": "LOW", "behaviors": []},
        "login": {"identifier": f"person{number}@example.com"},
    }


def compiled(rule):
    """The name of a rule, and its conditions as somebody would write them in Python."""
    said = rule["conditions"]
    number = rule["priority"]
    users, groups, types = said["people"]["users"], said["people"]["groups"], said["userType"]
    assurance = said["device"]["assurance"]["include"]
    differs = "!=" in said["elCondition"]["condition"].rsplit("&&", 1)[1]

    def matches(fact):
        user, device = fact["user"], fact["device"]
        ids = {group["id"] for group in user["groups"]}
        return (
            fact["risk"]["level"] == said["riskScore"]["level"]
            and device["registered"] == said["device"]["registered"]
            and device["managed"] == said["device"]["managed"]
            and any(
                device["type"] == choice["type"] and device["os"] == choice["os"]["type"]
                for choice in said["platform"]["include"]
            )
            and user["type"] in types["include"]
            and user["type"] not in types["exclude"]
            and user["id"] not in users["exclude"]
            and ids.isdisjoint(groups["exclude"])
            and (user["id"] in users["include"] or not ids.isdisjoint(groups["include"]))
            and fact["network"]["addresses"][-1].startswith("192.0.2.")
            and any(device["assurance"].get(id) == "COMPLIANT" for id in assurance)
            and device["registered"]
            and device["profile"]["osVersion"] != "1"
            and user["profile"]["department"] == "IT"
            and user["profile"]["level"] > -number
            and fact["risk"]["level"] == "LOW"
            and "@" in fact["login"]["identifier"]
            and (user["profile"]["costCentre"] == str(number)) != differs
        )

    return rule["name"], matches


def write(path, value):
    """Writes JSON; the path as text."""
    path.write_text(json.dumps(value))
    return str(path)


def short_lines(path, count):
    """The first lines of a file."""
    with open(path, encoding="utf-8") as file:
        return [next(file) for _ in range(count)]


def took(command):
    """The seconds that a command takes, which must find no difference."""
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started
