# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A verifier and an enrolled agent that stand for all tests of a module, which they must survive."""

import re
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from harness.agent import Agent
from harness.http import Browserless
from harness.page import SignInWithoutBrowser
from harness.processes import wait_until
from harness.relying_party import RelyingParty
from harness.verifier import Client, Verifier
from raw_http import descriptors

SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}


class StandingWorld:
    """A verifier, an app and an agent that is enrolled for alice."""

    def __init__(self, programs, directory):
        self.verifier = Verifier(
            programs / "verifier", directory / "verifier", sign_in=SILENT, enrollment={"user_verification": "none"}
        )
        self.app = RelyingParty(self.verifier, Client())
        self.agent = Agent(programs / "agent", directory / "agent")
        self.codes = []

    def start(self):
        """Starts both and enrols."""
        self.verifier.start()
        self.verifier.add_user("alice", "Alice Example")
        self.agent.start()
        self.agent.enroll(self.verifier.issuer, self.code())
        return self

    def stop(self):
        """Stops both."""
        self.agent.stop()
        self.verifier.stop()

    def code(self, user="alice"):
        """A one-time code."""
        self.codes.append(self.verifier.code(user))
        return self.codes[-1]

    def challenge(self):
        """A sign-in with its fresh challenge."""
        page = SignInWithoutBrowser(self.app.authorize_url())
        page.begin()
        self.patiently(lambda: page.identify("alice"))
        assert page.view["state"] == "challenge", page.view
        return page

    @staticmethod
    def patiently(action):
        """Does what the verifier may answer by 429, because these tests make more challenges than a person does."""
        for _ in range(30):
            try:
                return action()
            except AssertionError as error:
                if "429" not in str(error):
                    raise
                time.sleep(1)
        return action()

    def sign_in(self):
        """A whole sign-in, which must work."""
        result = self.app.finish_url(
            self.patiently(lambda: SignInWithoutBrowser(self.app.authorize_url()).complete("alice", [self.agent.port]))
        )
        assert result["claims"]["sub"], result

    def pinned_key(self):
        """The verifier's challenge key, as agents pin it."""
        url = f"{self.verifier.issuer}/.well-known/app-authenticator-configuration?oauthClientId=countersign-agent"
        return Browserless().get(url).json()[0]["pinnedKeySet"]["keys"][0]

    def check_alive(self):
        """Both run, answer at once and let go of what was connected."""
        assert self.agent.daemon.running, self.agent.log()[-3000:]
        assert self.verifier.daemon.running, self.verifier.daemon.output()[-3000:]
        assert Browserless().get(f"http://127.0.0.1:{self.agent.port}/probe", timeout=3).status == 200
        assert Browserless().get(f"http://127.0.0.1:{self.verifier.port}/livez", timeout=3).status == 200

    def check_let_go(self, daemon, before, within=20):
        """A program has no more open than before, give or take what it keeps for later."""
        wait_until(
            lambda: descriptors(daemon.process.pid) <= before + 8,
            within,
            what=f"at most {before + 8} descriptors instead of {descriptors(daemon.process.pid)}",
        )

    def check_logs(self):
        """No log holds a code, a token or anything that looks like one, and nothing crashed."""
        for text in (self.agent.log(), self.verifier.daemon.output(), *map(str, self.verifier.audit())):
            for secret in [*self.codes, *(code.replace("-", "") for code in self.codes)]:
                assert secret not in text, f"the log holds {secret[:4]}…"
            # The beginning of a JWS; random identifiers may have it in their middle.
            assert not re.search(r"(?<![\w-])eyJ", text), "the log holds eyJ…"
            for word in ("Fatal error", "Stack dump", "Backtrace", "Program crashed"):
                assert word not in text, text[-3000:]


@pytest.fixture(scope="module")
def standing(programs):
    """The world; at the end it still signs in, and its logs are clean."""
    directory = Path(tempfile.mkdtemp(prefix="countersign-standing-"))
    directory.chmod(0o755)
    world = StandingWorld(programs, directory)
    try:
        world.start()
        yield world
        world.check_alive()
        world.sign_in()
        world.check_logs()
    finally:
        world.stop()
    shutil.rmtree(directory)
