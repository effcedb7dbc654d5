# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""From challenge to response: the agent beside nginx and OpenSSL."""

from .enrolled_agent import EnrolledAgent

GOAL = 1.5


def measure_challenges(machine, report):
    """The median of a challenge to the agent, over the sum of what its parts cost at best."""
    count = 100 if machine.quick else 3000
    with EnrolledAgent(machine, "challenge") as enrolled:
        enrolled.first_challenge()
        enrolled.replace_organization()
        report.progress(f"challenge: {count} challenges, agent and floor in turn")
        enrolled.run(max(20, count // 10))
        measured = enrolled.run(count, with_floor=True)
        plain = enrolled.run(count, signals=[])
    agent, floor = (measured[name]["median"] / 1000 for name in ("agent", "floor"))
    without_signals = plain["agent"]["median"] / 1000
    parts = {name: measured[name]["median"] / 1000 for name in ("nginx", "stub", "sign", "verify")}
    report.detail("challenge", with_signals=measured, without_signals=plain)
    ratio = agent / floor
    named = ", ".join(f"{name} {value:.0f}" for name, value in parts.items())
    probe = measured["probe"]["median"] / 1000
    why = (
        f"floor: {named}; a probe, which checks the socket alone, takes {probe:.0f} µs; "
        f"without any signal {without_signals:.0f} µs, {without_signals / floor:.2f} × floor: "
        f"the signals cost {agent - without_signals:.0f} µs"
    )
    report.result(
        "challenge to response, median", agent, "µs", floor, ratio, f"at most {GOAL} × floor", ratio <= GOAL, why
    )
    report.result(
        "  99 of 100 within",
        measured["agent"]["p99"] / 1000,
        "µs",
        measured["floor"]["p99"] / 1000,
        measured["agent"]["p99"] / measured["floor"]["p99"],
    )
