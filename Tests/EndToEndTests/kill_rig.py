# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A verifier and agents that are killed and started again, and what must hold afterwards."""

import contextlib
import http.client
import json
import os
import random
import secrets
import shutil
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from harness.agent import Agent
from harness.http import Browserless
from harness.page import SignInWithoutBrowser
from harness.processes import wait_until
from harness.relying_party import RelyingParty
from harness.verifier import Client, Verifier
from kill_proxy import KillProxy

TRACER = Path(__file__).with_name("kill_tracer.py")
KEYS_OF_AN_ENROLMENT = 2
INTERRUPTED = (OSError, http.client.HTTPException, AssertionError, KeyError, ValueError, RuntimeError)


def seed():
    """The seed of the random instants: `COUNTERSIGN_SEED`, or a new one. It is printed."""
    chosen = int(os.environ.get("COUNTERSIGN_SEED") or secrets.randbits(32))
    print(f"COUNTERSIGN_SEED={chosen}")
    return random.Random(chosen)


def status(agent):
    """What `agent status --json` tells, whether the agent runs (0) or not (3)."""
    result = agent.run("status", "--json", check=False)
    assert result.returncode in (0, 3), (result.returncode, result.stderr)
    return json.loads(result.stdout)


def enrollments(agent):
    """The enrolments that it tells of."""
    return status(agent)["enrollments"]


def pending(agent):
    """The interrupted enrolments that it tells of."""
    return status(agent)["pendingEnrollments"]


class AtStep:
    """Kills a program before the n-th call that changes something."""

    def __init__(self, directory, step=0):
        self.step = step
        self.control = Path(directory) / "kill.control"
        self.log = Path(directory) / "kill-steps.txt"
        self._write(0)
        self.log.write_text("")

    def prefix(self, *state):
        """What the program is started under; `state` are the directories whose files count."""
        return [sys.executable, "-I", "-S", TRACER, self.control, self.log, *state, "--"]

    def _write(self, number):
        fresh = not self.control.exists()
        with self.control.open("wb" if fresh else "r+b") as file:
            file.write(struct.pack("Q", number))

    def arm(self, daemon=None):
        """Counts from here on."""
        del daemon
        self.log.write_text("")
        self._write(self.step)

    def disarm(self):
        """Counts no more."""
        self._write(0)

    def count(self):
        """Counts without killing."""
        self.log.write_text("")
        self._write(1 << 62)

    def steps(self):
        """The calls that were counted."""
        return self.log.read_text().split("\n")[:-1]

    def __str__(self):
        return f"before step {self.step} ({self.steps()[-2:]})"


class AfterDelay:
    """Kills a program after a time."""

    def __init__(self, delay):
        self.delay = delay
        self._timer = None

    @staticmethod
    def prefix(*state):
        """It runs by itself."""
        del state
        return []

    def arm(self, daemon):
        """Starts the time."""
        self._timer = threading.Timer(self.delay, daemon.kill)
        self._timer.start()

    def disarm(self):
        """Waits until it is over."""
        self._timer.join()

    def __str__(self):
        return f"after {self.delay * 1000:.1f} ms"


class Attempt:
    """One sign-in that may break off anywhere."""

    def __init__(self, rig, user, agent):
        self.app = rig.app
        self.rig = rig
        self.user = user
        self.agent = agent
        self.first_response = len(rig.proxy.responses)
        rig.proxy.next_address()
        before = set(self.app._pending)
        self.page = SignInWithoutBrowser(self.app.authorize_url())
        [self.state] = set(self.app._pending) - before
        self.proof = self.app._pending[self.state]["proof"]
        self.challenge = None
        self.code = None
        self.redeemed = 0
        self.claims = None
        self.broke_off = None

    def run(self):
        """Goes as far as it gets."""
        try:
            self.page.begin()
            self.page.identify(self.user)
            self.challenge = self.page.challenge
            status = self.page.carry([self.agent.port])
            assert status == 200, f"the agent answered {status}"
            view = self.page.poll()
            assert view["state"] == "success", view
            self.redeem(self.page.follow())
        except INTERRUPTED as error:
            self.broke_off = error
        return self

    def redeem(self, url):
        """Exchanges the code of a redirect."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        self.code = query["code"]
        answer = self.app.redeem(self.code, self.proof)
        assert answer.status == 200, answer.text
        self.redeemed += 1
        nonce = self.app._pending[self.state]["nonce"]
        self.claims = self.app.verify_id_token(answer.json()["id_token"], nonce)

    @property
    def responses(self):
        """What agents posted to the verifier for it."""
        return self.rig.proxy.responses[self.first_response :]


class KillRig:
    """A verifier behind a proxy, an app, and agents."""

    def __init__(self, programs, place):
        self.programs = programs
        self.place = Path(place)
        self.proxy = KillProxy()
        self.verifier = Verifier(
            programs / "verifier",
            self.place / "verifier",
            issuer=f"http://localhost:{self.proxy.port}",
            proxies={"trusted": ["127.0.0.1/32"]},
            enrollment={"user_verification": "none"},
            sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"},
        )
        self.app = RelyingParty(self.verifier, Client())
        self.proxy.start(self.verifier.port)
        self._people = 0
        self._agents = []

    def start(self, kill=None):
        """Starts the verifier, under what will kill it."""
        return self._start(self.verifier, kill, self.verifier.directory)

    def start_agent(self, agent, kill=None):
        """Starts an agent, under what will kill it."""
        return self._start(agent, kill, agent.state)

    @staticmethod
    def _start(program, kill, state):
        plain = program.daemon.command
        if kill:
            program.daemon.command = [*map(str, kill.prefix(state)), *plain]
        try:
            program.start()
        finally:
            program.daemon.command = plain

    def stop(self):
        """Stops everything."""
        for agent in self._agents:
            agent.daemon.kill()
        self.verifier.stop()
        self.proxy.stop()

    def person(self):
        """A new person: the name."""
        self._people += 1
        name = f"person{self._people}"
        self.verifier.add_user(name)
        return name

    def agent(self, name):
        """A new agent, not started."""
        self._agents.append(Agent(self.programs / "agent", self.place / name))
        return self._agents[-1]

    def discard(self, agent):
        """Ends an agent and removes what it kept."""
        agent.daemon.kill()
        self._agents.remove(agent)
        shutil.rmtree(agent.directory)

    def enroll(self, agent, user, code=None, kill=None):
        """Enrols; answers the finished process."""
        self.proxy.next_address()
        command = agent.command("enroll", self.verifier.issuer, "--code", code or self.verifier.code(user))
        prefix = kill.prefix(agent.state) if kill else []
        return subprocess.run(
            [*map(str, prefix), *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            env=agent.environment,
            cwd=agent.directory,
            check=False,
        )

    def sign_in(self, user, agent):
        """A sign-in that must work; waits where the agent says that it is asked too often."""
        for _ in range(20):
            attempt = Attempt(self, user, agent).run()
            if attempt.claims or "429" not in str(attempt.broke_off):
                break
            time.sleep(0.5)
        assert attempt.claims, f"the sign-in afterwards failed: {attempt.broke_off!r}"
        return attempt

    def kill_during(self, daemon, kill, operation):
        """Does something while a daemon is killed; it is dead afterwards."""
        kill.arm(daemon)
        try:
            result = operation()
        finally:
            kill.disarm()
        daemon.kill()
        return result

    # What must hold afterwards

    def check_verifier(self):
        """Its store opens, and so does its audit log."""
        self.verifier.run_json("enrollment", "list")
        self.verifier.audit()

    def check_agent(self, agent, user, code, by_command=False):
        """After the next start: enrolled on both sides, or on none; then a sign-in, and no key too few or too many.

        `by_command` says that the next start is `agent enroll` with the same code, not the daemon.
        """
        if by_command:
            again = self.enroll(agent, user, code)
            assert again.returncode == 0, f"the same command again failed: {again.stderr}"
            agent.start()
        else:
            agent.start()
            wait_until(lambda: not pending(agent), 20, what="the end of the interrupted enrolment")
        count = self.check_both_sides(agent, user)
        if count == 0:
            # Nothing was made, so that the code is as good as before.
            anew = self.enroll(agent, user, code)
            assert anew.returncode == 0, f"enrolling by the same code failed: {anew.stderr}"
            count = self.check_both_sides(agent, user)
        assert count == 1, f"{count} enrolments"
        self.sign_in(user, agent)
        agent.stop()
        agent.start()
        self.check_keys(agent)

    def kill_at_every_step(self, place, prepare, at_least):
        """Has one device after the other do something, killed before the first step, the second, and so on, to the end.

        `prepare(agent, user, by_command)` answers how it is done under a kill, and what is checked after one. What
        comes next is the daemon's start and the same command by turns; which of them is first, chance says.
        """
        findings = Findings()
        step, was_killed, by_command = 0, True, seed().random() < 0.5
        while was_killed:
            step += 1
            by_command = not by_command
            agent, user = self.agent(f"agent-{step}"), self.person()
            run, check = prepare(agent, user, by_command)
            kill = AtStep(place, step)
            kill.arm()
            result = run(kill)
            was_killed = result.returncode == 137
            if was_killed:
                findings(kill, check)
            else:
                assert result.returncode == 0, result.stderr
            self.discard(agent)
        print(AtStep(place).steps())
        self.check_audit()
        findings.conclude(at_least=at_least)

    def check_both_sides(self, agent, user):
        """The device and the verifier name the same enrolments of a person; how many."""
        told = status(agent)
        here = {item["id"] for item in told["enrollments"] if item["username"] == user}
        there = {item["id"] for item in self.verifier.enrollments(user)}
        assert here == there, f"the device has {here or 'none'}, the verifier {there or 'none'}"
        assert not told["pendingEnrollments"], told["pendingEnrollments"]
        return len(here)

    @staticmethod
    def check_keys(agent):
        """Every key that an enrolment names is there, and nothing else."""
        names = sorted(path.name for path in (agent.state / "keys").iterdir())
        keys = [name for name in names if name.endswith(".p8")]
        assert len(keys) == KEYS_OF_AN_ENROLMENT * len(enrollments(agent)), names
        assert not [name for name in names if name.startswith(".tmp-")], names

    def state(self, attempt):
        """Where a sign-in stands; `over` where there is none any more."""
        try:
            return attempt.page.call("/idp/idx/introspect")["state"]
        except AssertionError:
            return "over"

    def check_single_use(self, attempt):
        """A sign-in that broke off ends once at most: what was sent for it, sent again, changes nothing decided."""
        before = self.state(attempt) if attempt.challenge else "over"
        for response in list(attempt.responses):
            for _ in range(2):
                Browserless().request(
                    "POST",
                    f"{self.verifier.issuer}{response.path}",
                    body=response.body,
                    headers={"Content-Type": "application/json"},
                )
        if attempt.challenge:
            attempt.page.post_challenge(attempt.agent.port, attempt.challenge)
        after = self.state(attempt) if attempt.challenge else "over"
        assert after == before or before == "challenge", f"{before} became {after}"
        self.check_code(attempt, after)

    def check_code(self, attempt, state):
        """A sign-in gives one code, and the code gives tokens once."""
        urls = [self.continue_at(attempt) for _ in range(2)] if state == "success" else []
        codes = {parse_qs(urlsplit(url).query).get("code", [None])[0] for url in urls} | {attempt.code}
        codes.discard(None)
        assert len(codes) <= 1, "one sign-in gave two codes"
        for code in codes:
            for _ in range(2):
                attempt.redeemed += self.app.redeem(code, attempt.proof).status == 200
        assert attempt.redeemed <= 1, f"the code was redeemed {attempt.redeemed} times"
        assert attempt.redeemed == 1 or state != "success", "what was accepted led nowhere"

    @staticmethod
    def continue_at(attempt):
        """Where a sign-in that succeeded leads."""
        answer = attempt.page.http.get(f"{attempt.page.origin}/oauth2/v1/authorize/continue?{attempt.page.query}")
        return answer.location or ""

    def check_audit(self):
        """At most one success for each transaction, and as many sessions at most as sign-ins."""
        seen = set()
        # What a kill kept from being marked as delivered is in the file again, by the same name.
        events = {event["uuid"]: event for event in self.verifier.audit("user.authentication.auth_via_mfa")}
        for event in events.values():
            if event["outcome"]["result"] == "SUCCESS":
                transaction = event["debugContext"]["debugData"]["transactionId"]
                assert transaction not in seen, f"{transaction} was accepted twice"
                seen.add(transaction)
        assert seen, "the audit log has no accepted response"

    def records(self, collection):
        """The records of a collection of the verifier's store."""
        path = self.verifier.configuration["store"]["path"]
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as store:
            rows = store.execute("SELECT body FROM record WHERE collection = ?", (collection,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def check_told(self):
        """What was committed is in the store's log once, and in the file, whatever was killed when."""
        wait_until(lambda: not self.records("audit_outbox"), 20, what="the delivery of all events")
        kept = [json.loads(record["line"]) for record in self.records("log_events")]
        names = [event["uuid"] for event in kept]
        assert len(names) == len(set(names)), "the store's log has an event twice"
        written = {event["uuid"]: event for event in self.verifier.audit()}
        assert set(names) <= set(written), "the file lacks an event that the store's log has"
        codes = self.records("authorization_codes")
        for event_type, count in [
            ("app.oauth2.as.authorize", len(codes)),
            ("app.oauth2.as.token.grant.access_token", sum(code["isUsed"] for code in codes)),
        ]:
            for log in (kept, written.values()):
                told = [
                    event for event in log
                    if event["eventType"] == event_type and event["outcome"]["result"] == "SUCCESS"
                ]
                assert len(told) == count, f"{event_type}: {count} committed, {len(told)} told"


class Findings:
    """What went wrong at which kill; told together at the end, so that one run shows all."""

    def __init__(self):
        self.kills = 0
        self.wrong = []

    def __call__(self, kill, check, *arguments):
        """Runs a check after a kill; answers whether it held."""
        self.kills += 1
        try:
            check(*arguments)
            return True
        except INTERRUPTED as error:
            self.wrong.append(f"killed {kill}: {type(error).__name__}: {error}"[:1200])
            return False

    def conclude(self, at_least):
        """Fails where anything went wrong, or too little was tried."""
        print(f"{self.kills} kills")
        assert not self.wrong, f"{len(self.wrong)} of {self.kills} kills:\n" + "\n".join(self.wrong)
        assert self.kills >= at_least, f"only {self.kills} kills"
