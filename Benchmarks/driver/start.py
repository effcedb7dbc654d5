# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""From exec to listening."""

import os
import statistics
from unittest import mock

from harness.isolation import free_port

from .enrolled_agent import EnrolledAgent
from .nginx import Nginx, answers

GOAL = 20.0


def measure_start(machine, report):
    """The agent with an enrolment, a C program that only listens, and nginx, in turn."""
    rounds = 3 if machine.quick else 20
    with EnrolledAgent(machine, "start") as enrolled:
        enrolled.agent.stop()
        port, nginx_port, least_port = enrolled.agent.port, free_port(), free_port()
        nginx = Nginx(machine.directory / "start-nginx", {nginx_port: answers()})
        report.progress(f"start: {rounds} starts of each")
        times = {"agent": [], "nginx": [], "C": []}
        processor = []
        with mock.patch.dict(os.environ, enrolled.agent.environment):
            for _ in range(rounds):
                measured = machine.tool("listening", port, machine.agent, "run")
                times["agent"].append(measured["ns"] / 1e6)
                processor.append(measured["cpu_us"] / 1000)
                times["nginx"].append(machine.tool("listening", nginx_port, *nginx.command)["ns"] / 1e6)
                times["C"].append(
                    machine.tool("listening", least_port, machine.tools / "listener", least_port)["ns"] / 1e6
                )
    medians = {name: statistics.median(values) for name, values in times.items()}
    report.detail("start", milliseconds=times, processor_milliseconds=processor)
    why = (
        f"it used {statistics.median(processor):.1f} ms of processor time from start to end; "
        f"the least that listens takes {medians['C']:.1f} ms, nginx {medians['nginx']:.1f} ms"
    )
    report.result(
        "exec to listening, median",
        medians["agent"],
        "ms",
        medians["nginx"],
        medians["agent"] / medians["nginx"],
        f"at most {GOAL:g} ms",
        medians["agent"] <= GOAL,
        why,
    )
