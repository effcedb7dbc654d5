# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The verifier: complete sign-ins a second, beside what the machine allows."""

import base64
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from harness.http import Browserless
from harness.verifier import Client, Verifier
from measuring import durable_writes, openssl_speed, proportional_memory, requests_per_second
from organization import Organization, SigningKey

# A sign-in: authorize, page, introspect, identify, response, poll, continuation, token.
REQUESTS = 8
# ECDSA P-256: the challenge is signed, the response verified. RSA 2048: the ID token is signed.
CURVE_SIGNATURES, CURVE_VERIFICATIONS, RSA_SIGNATURES = 1, 1, 1
# begin, identify, response, continuation (session and code), token.
WRITES = 5
CLIENTS = 8


class VerifierBenchmark:
    """Measures one verifier with several clients that hold software keys."""

    def __init__(self, program, directory, tool, seconds):
        self.directory = directory
        self.tool = tool
        self.seconds = seconds
        self.client = Client(id="bench", name="Benchmark", redirect_uris=["http://localhost:9/callback"])
        self.verifier = Verifier(
            program,
            directory,
            proxies={"trusted": ["127.0.0.1/32"]},
            sign_in={"user_verification": "NONE", "user_mediation": "NONE"},
            enrollment={"user_verification": "none"},
        )
        self.verifier.register(self.client)

    def run(self, report):
        """Measures everything and reports it."""
        self.verifier.start()
        try:
            self._enroll(32 if self.seconds < 5 else 60 * CLIENTS)
            memory = proportional_memory(self.verifier.daemon.process.pid)
            rate, failed = self._load()
            after = proportional_memory(self.verifier.daemon.process.pid)
        finally:
            self.verifier.stop()
        report.section("Verifier: complete sign-ins on SQLite")
        bound = self._bound(report, min(4, self.seconds))
        report.line(f"sign-ins a second, {CLIENTS} clients", f"{rate:.0f}" + (f" ({failed} failed)" if failed else ""))
        report.line("memory (PSS) before and after", f"{memory:.1f} MB, {after:.1f} MB")
        report.goal("sign-ins ÷ bound", 100 * rate / bound, 30, " %", at_least=True)
        if failed > rate * self.seconds / 100:
            raise RuntimeError(f"{failed} sign-ins failed")

    def _enroll(self, count):
        """Makes people and enrols a software key for each."""
        with ThreadPoolExecutor(2) as pool:
            lines = list(pool.map(self._enroll_one, range(count)))
        for number in range(CLIENTS):
            (self.directory / f"users-{number}").write_text("".join(lines[number::CLIENTS]))

    def _enroll_one(self, number):
        name = f"user{number}"
        self.verifier.add_user(name)
        possession, instance = SigningKey(), SigningKey()
        answer = Browserless().post_json(
            f"http://127.0.0.1:{self.verifier.port}/idp/myaccount/app-authenticators",
            {
                "authenticatorId": self._authenticator(),
                "requestId": f"request-of-{name}-0123456789abcdef",
                "device": {
                    "displayName": name,
                    "platform": "LINUX",
                    "clientInstanceVersion": "1.0",
                    "clientInstanceKey": instance.jwk,
                },
                "methods": {"signed_nonce": {"keys": {"proofOfPossession": possession.jwk}}},
            },
            headers={
                "Authorization": f"OTDT {self.verifier.code(name)}",
                "X-Forwarded-For": f"10.200.{number >> 8}.{number & 255}",
            },
        )
        if answer.status not in (200, 201):
            raise RuntimeError(f"enrolment: {answer.status} {answer.text}")
        enrolled = answer.json()
        pem = self.directory / f"{name}.pem"
        pem.write_bytes(possession.pem())
        return (
            " ".join(
                [
                    name,
                    enrolled["id"],
                    enrolled["methods"]["signed_nonce"]["id"],
                    enrolled["device"]["id"],
                    enrolled["device"]["clientInstanceId"],
                    possession.jwk["kid"],
                    str(pem),
                ]
            )
            + "\n"
        )

    def _authenticator(self):
        configuration = (
            Browserless()
            .get(
                f"http://127.0.0.1:{self.verifier.port}/.well-known/app-authenticator-configuration"
                "?oauthClientId=countersign-agent"
            )
            .json()
        )
        return configuration[0]["authenticatorId"]

    def _load(self):
        """Runs the clients side by side; answers completed sign-ins a second and failures."""
        basic = base64.b64encode(f"{self.client.id}:{self.client.secret}".encode()).decode()
        processes = [
            subprocess.Popen(
                [
                    self.tool,
                    str(self.verifier.port),
                    self.verifier.issuer,
                    self.client.id,
                    basic,
                    quote(self.client.redirect_uris[0], safe=""),
                    self.directory / f"users-{number}",
                    str(self.seconds),
                ],
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(CLIENTS)
        ]
        completed = failed = 0
        for process in processes:
            output, _ = process.communicate(timeout=self.seconds + 60)
            if process.returncode != 0:
                raise RuntimeError("a client of the benchmark failed")
            done, lost = map(int, output.split())
            completed, failed = completed + done, failed + lost
        return completed / self.seconds, failed

    def _bound(self, report, seconds):
        """What this machine's nginx, OpenSSL and disk allow at most, the slowest of processor and disk."""
        organization = Organization(self.directory / "floor").start()
        try:
            requests = requests_per_second(shutil.which("wrk"), f"http://127.0.0.1:{organization.port}/signin", seconds)
        finally:
            organization.stop()
        curve_sign, curve_verify = openssl_speed("ecdsap256", seconds)
        rsa_sign, _ = openssl_speed("rsa2048", seconds)
        writes = durable_writes(self.directory, seconds)
        cores = os.cpu_count()
        signatures = (
            CURVE_SIGNATURES / curve_sign + CURVE_VERIFICATIONS / curve_verify + RSA_SIGNATURES / rsa_sign
        ) / cores
        processor = 1 / (REQUESTS / requests + signatures)
        disk = writes * CLIENTS / WRITES
        report.line("nginx, small answers", f"{requests:.0f} a second (one worker, {REQUESTS} a sign-in)")
        report.line(
            "OpenSSL: P-256 sign, verify; RSA-2048 sign",
            f"{curve_sign:.0f}, {curve_verify:.0f}; {rsa_sign:.0f} a second and core",
        )
        report.line("fdatasync", f"{writes:.0f} a second ({WRITES} a sign-in, {CLIENTS} in a group)")
        report.line("bound by processor, by disk", f"{processor:.0f}, {disk:.0f} sign-ins a second")
        return min(processor, disk)
