# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A verifier with enrolled people, and the client that signs them in."""

import base64
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives import serialization
from harness.http import Browserless
from harness.verifier import Client, Verifier

from .machine import cpu_seconds, memory
from .organization import SigningKey

# The limits of the verifier let a person ask for so many challenges at once.
SIGN_INS_PER_USER = 55
STEPS = ["authorize", "signin", "introspect", "identify", "verify", "poll", "continue", "token"]


class EnrolledPeople:
    """
    Starts a verifier on SQLite and enrols people by one-time codes; ends it on exit.

    Each person stands behind an address of their own, as a trusted proxy would state it: the verifier's limits by
    address stay on, and are met.
    """

    def __init__(self, machine, name, count, **sections):
        self.machine = machine
        # Measures of one run have a verifier each.
        self.directory = machine.directory / name
        self.client = Client(id="benchmark", name="Benchmark", redirect_uris=["http://localhost:9/callback"])
        self.verifier = Verifier(
            machine.verifier,
            self.directory,
            proxies={"trusted": ["127.0.0.1/32"]},
            sign_in={"user_verification": "NONE", "user_mediation": "NONE"},
            enrollment={"user_verification": "none"},
            **sections,
        )
        self.verifier.register(self.client)
        self.count = count
        self.users = self.directory / "users"

    def __enter__(self):
        try:
            self.verifier.start()
            with ThreadPoolExecutor(self.machine.cores) as pool:
                self.users.write_text("".join(pool.map(self._enroll, range(1, self.count + 1))))
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.verifier.stop()

    @property
    def pid(self):
        """The verifier's process."""
        return self.verifier.daemon.process.pid

    def _enroll(self, number):
        name = f"user{number}"
        self.verifier.add_user(name)
        possession, instance = SigningKey(f"possession-{number}"), SigningKey(f"instance-{number}")
        base = f"http://127.0.0.1:{self.verifier.port}"
        http = Browserless()
        configuration = http.get(
            f"{base}/.well-known/app-authenticator-configuration?oauthClientId=countersign-agent"
        ).json()[0]
        answer = http.post_json(
            f"{base}/idp/myaccount/app-authenticators",
            {
                "authenticatorId": configuration["authenticatorId"],
                "requestId": f"benchmark-request-{number:08d}",
                "device": {
                    "displayName": name,
                    "platform": "LINUX",
                    "clientInstanceVersion": "1.0",
                    "clientInstanceKey": instance.jwk,
                },
                "methods": {"signed_nonce": {"keys": {"proofOfPossession": possession.jwk}}},
            },
            headers={"Authorization": f"OTDT {self.verifier.code(name)}", "X-Forwarded-For": address(number)},
        )
        if answer.status not in (200, 201):
            raise RuntimeError(f"enrolment of {name}: {answer.status} {answer.text}")
        enrolled = answer.json()
        key = self.directory / f"{name}.pem"
        key.write_bytes(
            possession.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return (
            " ".join(
                [
                    name,
                    enrolled["id"],
                    enrolled["user"]["id"],
                    enrolled["device"]["id"],
                    enrolled["device"]["clientInstanceId"],
                    enrolled["methods"]["signed_nonce"]["id"],
                    possession.name,
                    str(key),
                ]
            )
            + "\n"
        )

    def _arguments(self, connections, seconds):
        basic = base64.b64encode(f"{self.client.id}:{self.client.secret}".encode()).decode()
        return [
            str(part)
            for part in (
                self.verifier.port,
                self.verifier.issuer,
                self.client.id,
                basic,
                self.client.redirect_uris[0],
                self.users,
                connections,
                seconds,
                SIGN_INS_PER_USER,
            )
        ]

    def show(self):
        """One sign-in: the size of each exchange, and the algorithms of the tokens that it ends with."""
        result = subprocess.run(
            [str(self.machine.tools / "signin_load"), *self._arguments(1, 30), "--show"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        if result.returncode != 0 or len(lines) != len(STEPS) + 2:
            raise RuntimeError(
                f"a sign-in failed: {lines[-1].get('failure') if lines else result.stderr}"
                f"\n{self.verifier.daemon.output()[-2000:]}"
            )
        tokens = lines[-2]
        return lines[:-2], [algorithm(tokens[name]) for name in ("id_token", "access_token")]

    def load(self, connections, seconds):
        """Signs people in on so many connections; answers what came of it, with the processor time of both sides."""
        before = cpu_seconds(self.pid)
        result = self.machine.tool("signin_load", *self._arguments(connections, seconds))
        result["verifier_cpu"] = cpu_seconds(self.pid) - before
        result["memory"] = memory(self.pid)
        if result["failed"]:
            raise RuntimeError(f"{result['failed']} connections failed, the last at {result['failure']}")
        if result["sign_ins"] == 0:
            raise RuntimeError("nobody signed in")
        return result


def address(number):
    """The address that a person stands behind."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def algorithm(token):
    """What a JWS is signed with; None where a token is none."""
    if token.count(".") != 2:
        return None
    header = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))).get("alg")
