# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""An agent that is enrolled at a fake organisation, with nginx in the verifier's place."""

import json

from harness.agent import Agent
from harness.http import Browserless
from harness.isolation import free_port

from .nginx import Nginx, answers
from .organization import FakeOrganization


class EnrolledAgent:
    """Starts everything on entry and ends it on exit. `stub` answers the agent's responses, `floor` its challenges."""

    def __init__(self, machine, name, environment=None, options=(), pin=None):
        self.machine = machine
        self.directory = machine.directory / name
        self.organization = FakeOrganization()
        self.agent = Agent(machine.agent, self.directory / "agent", environment=environment)
        self.agent.person.will(pins=[pin])
        self._options = options
        self.floor_port = free_port()
        self.nginx = None
        self.response = self.directory / "response.json"

    def __enter__(self):
        try:
            self.organization.start()
            self.agent.start()
            self.agent.enroll(self.organization.issuer, "BENCH-MARK", *self._options)
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.agent.stop()
        self.organization.stop()
        if self.nginx:
            self.nginx.stop()

    @property
    def pid(self):
        """The agent's process."""
        return self.agent.daemon.process.pid

    def first_challenge(self):
        """Has the agent answer one challenge to the fake organisation, and keeps the response that it made."""
        challenge = self.organization.challenge([])
        self._post(challenge)
        challenge = self.organization.write_challenges(self.directory / "first", 1).read_text().strip()
        self._post(challenge)
        body = self.organization.responses[-1]
        json.loads(body)
        self.response.write_bytes(body)

    def _post(self, challenge):
        answer = Browserless().post_json(
            f"http://127.0.0.1:{self.agent.port}/challenge",
            {"challengeRequest": challenge},
            headers={"Origin": self.organization.origin},
        )
        if answer.status != 200:
            raise RuntimeError(f"the agent answered {answer.status}: {answer.text}\n{self.agent.log()[-2000:]}")

    def replace_organization(self):
        """Puts nginx in the organisation's place, on the same port, and the floor beside it."""
        self.organization.stop()
        headers = {"Access-Control-Allow-Origin": "$http_origin", "Vary": "Origin", "Cache-Control": "no-store"}
        self.nginx = Nginx(
            self.directory / "nginx", {self.organization.port: answers("{}"), self.floor_port: answers("", headers)}
        ).start()

    def run(self, count, signals=None, with_floor=False, **wishes):
        """Has the agent answer so many challenges, alone or beside the floor; answers the times."""
        challenges = self.organization.write_challenges(self.directory / "challenges", count, signals, **wishes)
        return self.machine.tool(
            "latency",
            self.agent.port,
            self.floor_port if with_floor else 0,
            self.organization.port,
            self.organization.origin,
            challenges,
            self.response,
        )
