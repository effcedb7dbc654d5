# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The agent: from challenge to response, memory, start."""

import json
import statistics
import time

from harness.agent import Agent
from measuring import exchange, openssl_speed, proportional_memory, until_listening
from organization import SIGNALS, Organization


class AgentBenchmark:
    """Measures one agent against the floor of the same machine, both in turns."""

    def __init__(self, program, directory, tool, count, seconds):
        self.directory = directory
        self.tool = tool
        self.count = count
        self.seconds = seconds
        self.organization = Organization(directory / "organization")
        self.agent = Agent(program, directory / "agent")

    def run(self, report):
        """Measures everything and reports it."""
        self.organization.start()
        try:
            self.agent.start()
            self.agent.enroll(self.organization.issuer, "AAAA-BBBB-CCCC")
            self.agent.restart()
            time.sleep(min(2, self.seconds))
            idle = proportional_memory(self.agent.daemon.process.pid)
            self._challenges(report, idle)
            self._start(report)
        finally:
            self.agent.stop()
            self.organization.stop()

    def _challenges(self, report, idle):
        pid = self.agent.daemon.process.pid
        rounds = 10
        measured, floor_posts, floor_answers, memory = [], [], [], []
        for number in range(rounds):
            size = self.count // rounds
            challenges = self.directory / "challenges"
            signals = SIGNALS if number % 2 else []
            self.organization.write_challenges(challenges, self.agent.port, size, signals)
            floor_posts.append(exchange(self.tool, self.organization.port, challenges, size))
            answers = self._answers()
            floor_answers.append(exchange(self.tool, self.organization.port, answers, size))
            measured.append(exchange(self.tool, self.agent.port, challenges, size))
            memory.append(proportional_memory(pid))
            refused = {status: count for status, count in measured[-1].statuses.items() if status != 200}
            if refused:
                raise RuntimeError(f"the agent refused challenges: {refused}\n{self.agent.log()[-2000:]}")
        sign, verify = openssl_speed("ecdsap256", self.seconds)
        post = statistics.median(times.median for times in floor_posts)
        answer = statistics.median(times.median for times in floor_answers)
        floor = post + answer + 1e6 / sign + 1e6 / verify
        plain = statistics.median(times.median for times in measured[0::2])
        with_signals = statistics.median(times.median for times in measured[1::2])
        report.section("Agent: one challenge to one response, no prompt")
        report.line("nginx takes the same POST and answers", f"{post:.0f} µs")
        report.line("one POST of the response to the stub", f"{answer:.0f} µs")
        report.line("OpenSSL signs, P-256", f"{1e6 / sign:.0f} µs")
        report.line("OpenSSL verifies, P-256", f"{1e6 / verify:.0f} µs")
        report.line("floor", f"{floor:.0f} µs")
        report.line("agent, no signals asked", str(best(measured[0::2])))
        report.line("agent, ten signals asked", str(best(measured[1::2])))
        report.goal("challenge to response, median ÷ floor", plain / floor, 1.5, "×")
        report.goal("the same with ten signals", with_signals / floor, 1.5, "×")
        report.section("Agent: memory (PSS)")
        report.line("after each tenth", ", ".join(f"{value:.1f}" for value in memory) + " MB")
        report.goal("idle", idle, 15, " MB")
        report.goal(
            f"growth over the last {self.count * 9 // 10} of {self.count} challenges",
            memory[-1] - memory[0],
            0.5,
            " MB",
        )

    def _answers(self):
        """POSTs of a response as long as the agent's."""
        path = self.directory / "answers"
        body = json.dumps({"method": "signed_nonce", "challengeResponse": "x" * 1500})
        request = self.organization.request(
            self.organization.port, body, "/idp/authenticators/autBench/transactions/tx0/verify"
        )
        path.write_bytes(b"%08d\n" % len(request) + request)
        return path

    def _start(self, report):
        values = []
        for _ in range(20 if self.seconds > 1 else 3):
            self.agent.stop()
            values.append(until_listening(self.agent.daemon.start, self.agent.port))
        report.section("Agent: from exec to listening")
        report.line("fastest and slowest", f"{min(values):.1f} ms, {max(values):.1f} ms")
        report.goal("listening after, median", statistics.median(values), 20, " ms")


def best(times):
    """The quietest of several rounds."""
    return min(times, key=lambda item: item.median)
