# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Sign-ins with keys in hardware, beside the tool that each driver stack comes with."""

import base64
import hashlib
import os
import shutil
import statistics
import subprocess
import threading
import time
from array import array

from harness import smart_cards, software_tpm
from harness.agent import DESKTOP
from harness.http import Browserless
from harness.processes import wait_until
from harness.security_keys import Programs, VirtualKey, build_preload

from .enrolled_agent import EnrolledAgent
from .organization import FakeOrganization

GOAL = 1.1
PIN = "123456"
# A page may ask no more often in a minute, unless the agent starts anew.
PROMPTS = 8
# So many times it does.
STARTS = 12


class SecurityKey:
    """A virtual security key, and fido2-assert with a credential of its own on it."""

    kind = "fido2"
    tool_name = "fido2-assert"
    options = ("--key", "fido2")

    @staticmethod
    def obstacle(machine):
        """Why there can be none here, or nothing."""
        if not shutil.which("fido2-assert"):
            return "fido2-assert is not installed"
        return None if machine.virtual_devices.exists() else f"{machine.virtual_devices} is not built"

    def __init__(self, machine):
        place = machine.directory / "security-key"
        self._key = VirtualKey(machine.virtual_devices, place)
        programs = Programs(build_preload(place), self._key)
        inherited = ("LD_PRELOAD", "COUNTERSIGN_VIRTUAL_KEYS")
        self.environment = {name: programs.environment[name] for name in inherited}
        self.tell = self._key.tell
        digest = base64.b64encode(hashlib.sha256(b"benchmark").digest()).decode()
        made = programs.succeed("fido2-cred", "-M", self._key.path, input=f"{digest}\nexample.org\nbench\n{digest}\n")
        credential = programs.succeed("fido2-cred", "-V", input=made).splitlines()[0]
        question = place / "question"
        question.write_text(f"{digest}\nexample.org\n{credential}\n")
        self.silent_tool = ["fido2-assert", "-G", "-t", "up=false", "-i", str(question), self._key.path]
        # Without a terminal it reads the PIN from its standard input. With one, both touch.
        self.pin_tool = ["fido2-assert", "-G", "-t", "pin=true", "-i", str(question), self._key.path]
        self.tell(f"pin {PIN}")
        self.stop = self._key.stop


class SmartCard:
    """A virtual PIV card behind pcscd, and yubico-piv-tool signing with the key that the agent uses too."""

    kind = "piv"
    tool_name = "yubico-piv-tool"
    options = ("--key", "piv")

    @staticmethod
    def obstacle(machine):
        """Why there can be none here, or nothing."""
        return smart_cards.obstacle(machine.virtual_devices.parent)

    def __init__(self, machine):
        place = machine.directory / "card"
        card = smart_cards.SmartCardStack(machine.virtual_devices.parent, place, "--firmware", "5.4.3")
        for slot in ("9a", "9e"):
            card.piv_tool("--action", "generate", "--slot", slot, "--algorithm", "ECCP256", "--output", f"{slot}.pem")
        message = card.place / "message"
        message.write_bytes(bytes(600))
        self.environment = {"PCSCLITE_CSOCK_NAME": card.environment["PCSCLITE_CSOCK_NAME"]}
        sign = [
            *("yubico-piv-tool", "--reader", "Virtual", "--sign", "--algorithm", "ECCP256", "--hash", "SHA256"),
            *("--input", str(message), "--output", f"{message}.signed"),
        ]
        # The tool does nothing without an action; the version is the least that it can be asked for.
        self.silent_tool = [*sign, "--action", "version", "--slot", "9e"]
        self.pin_tool = [*sign, "--action", "verify-pin", "--pin", PIN, "--slot", "9a"]
        self.stop = card.stop


class TPM:
    """A TPM in software, and tpm2_sign with a key of its own that the TPM keeps."""

    kind = "tpm"
    tool_name = "tpm2_sign"
    options = ("--key", "tpm", "--user-verification")

    @staticmethod
    def obstacle(_):
        """Why there can be none here, or nothing."""
        return software_tpm.obstacle()

    def __init__(self, machine):
        place = machine.directory / "tpm"
        tpm = software_tpm.SoftwareTPM(place)
        tcti = tpm.environment["COUNTERSIGN_TPM_TCTI"]
        self.environment = tpm.environment | {"TPM2TOOLS_TCTI": tcti}
        self.stop = tpm.stop
        message = place / "message"
        message.write_bytes(bytes(600))
        sign = ["tpm2_sign", "-g", "sha256", "-o", f"{message}.signed"]
        self.silent_tool = [*sign, "-c", self._key(place / "silent", "0x81000100"), str(message)]
        self.pin_tool = [*sign, "-c", self._key(place / "pin", "0x81000101", "-p", PIN), "-p", PIN, str(message)]

    def _key(self, place, handle, *options):
        """Has the TPM make a key and keep it under a handle."""
        primary, public, private, context = (f"{place}.{name}" for name in ("primary", "public", "private", "context"))
        made = ("-u", public, "-r", private)
        for command in (
            ("tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", primary),
            ("tpm2_create", "-C", primary, "-G", "ecc:ecdsa-sha256", *made, *options),
            ("tpm2_load", "-C", primary, *made, "-c", context),
            ("tpm2_evictcontrol", "-C", "o", "-c", context, handle),
        ):
            for step in (command, ("tpm2_flushcontext", "-t")):
                subprocess.run(step, env=os.environ | self.environment, check=True, capture_output=True, timeout=30)
        return handle


def measure_hardware_keys(machine, report):
    """A sign-in with each kind of key over its tool's signature, and what a key that waits for its touch holds up."""
    for kind in (SecurityKey, SmartCard, TPM):
        if obstacle := kind.obstacle(machine):
            report.progress(f"{kind.kind}: left out: {obstacle}")
            continue
        hardware = kind(machine)
        try:
            _measure_kind(machine, report, hardware)
        finally:
            hardware.stop()
    if not SecurityKey.obstacle(machine):
        _measure_waiting_key(machine, report)


def _measure_kind(machine, report, hardware):
    rounds, block = (2, 3) if machine.quick else (20, 10)
    count = rounds * block
    environment = DESKTOP | hardware.environment
    with EnrolledAgent(machine, hardware.kind, environment, hardware.options, PIN) as enrolled:
        enrolled.replace_organization()
        report.progress(f"{hardware.kind}: {count} silent sign-ins, and as many signatures of {hardware.tool_name}")
        enrolled.run(block, signals=[])
        silent = {"agent": [], "tool": []}
        for _ in range(rounds):
            silent["agent"].append(enrolled.run(block, signals=[])["agent"]["median"] / 1e6)
            silent["tool"] += [_tool_milliseconds(hardware, hardware.silent_tool) for _ in range(block)]
        starts, prompts = (1, 2) if machine.quick else (STARTS, PROMPTS)
        report.progress(f"{hardware.kind}: {starts * prompts} sign-ins with a PIN, and as many signatures")
        enrolled.agent.environment["COUNTERSIGN_PINENTRY"] = str(machine.tools / "pinentry")
        with_pin = {"agent": [], "tool": []}
        for _ in range(starts):
            enrolled.agent.restart()
            for _ in range(prompts):
                with_pin["agent"].append(_pin_milliseconds(machine, enrolled))
                with_pin["tool"].append(_tool_milliseconds(hardware, hardware.pin_tool))
    report.detail("hardware-keys", **{hardware.kind: {"silent": silent, "with PIN": with_pin}})
    for what, times in (("silent", silent), ("with its PIN", with_pin)):
        agent, tool = (statistics.median(values) for values in times.values())
        report.result(
            f"sign-in with a {hardware.kind} key, {what}",
            agent,
            "ms",
            tool,
            agent / tool,
            f"at most {GOAL} × {hardware.tool_name}",
            agent <= GOAL * tool,
        )


def _tool_milliseconds(hardware, tool):
    """How long the tool takes from its start to its end."""
    start = time.perf_counter()
    result = subprocess.run(
        tool,
        env=os.environ | hardware.environment,
        input=PIN.encode() + b"\n",
        capture_output=True,
        timeout=30,
        check=False,
        start_new_session=True,
    )
    taken = time.perf_counter() - start
    if result.returncode != 0:
        raise RuntimeError(f"{hardware.tool_name}: {result.stderr.decode(errors='replace').strip()}")
    return taken * 1000


def _pin_milliseconds(machine, enrolled):
    """How long one sign-in with a PIN takes, less the time that the person took to answer the prompt."""
    prompts = machine.tools / "pinentry.times"
    prompts.unlink(missing_ok=True)
    taken = enrolled.run(1, signals=[], verification="REQUIRED")["agent"]["median"]
    return (taken - sum(array("q", prompts.read_bytes()))) / 1e6


def _measure_waiting_key(machine, report):
    """Probes and another enrolment's challenges, before and while a key waits for its touch."""
    count = 50 if machine.quick else 2000
    key = SecurityKey(machine)
    waiting = FakeOrganization("Waiting").start()
    try:
        with EnrolledAgent(machine, "waiting", DESKTOP | key.environment, pin=PIN) as enrolled:
            enrolled.agent.enroll(waiting.issuer, "WAIT-CODE", *key.options)
            enrolled.first_challenge()
            enrolled.replace_organization()
            report.progress(f"a key that waits: {count} challenges of another enrolment before it, and during it")
            enrolled.run(max(20, count // 10), signals=[], with_floor=True)
            before = enrolled.run(count, signals=[], with_floor=True)
            key.tell("touch hand")
            request = threading.Thread(target=_sign_in, args=(waiting, enrolled.agent.port))
            request.start()
            wait_until(lambda: key.tell("state") == "waiting", what="the key to wait for its touch")
            during = enrolled.run(count, signals=[], with_floor=True)
            if key.tell("state") != "waiting":
                raise RuntimeError("the key did not wait to the end of the measure")
            key.tell("touch")
            request.join(30)
    finally:
        waiting.stop()
        key.stop()
    if not waiting.responses:
        raise RuntimeError("the key that waited did not sign after its touch")
    report.detail("hardware-keys", before_waiting=before, while_waiting=during)
    for name, what in (("probe", "a probe"), ("agent", "another enrolment's challenge")):
        value, usual = during[name]["median"] / 1000, before[name]["median"] / 1000
        report.result(
            f"{what} while a key waits for a touch, median",
            value,
            "µs",
            usual,
            value / usual,
            f"at most {GOAL} × without",
            value <= GOAL * usual,
            f"99 of 100 within {during[name]['p99'] / 1000:.0f} µs, without {before[name]['p99'] / 1000:.0f} µs",
        )


def _sign_in(organization, port):
    """A sign-in with consent, whose key wants a touch."""
    Browserless().post_json(
        f"http://127.0.0.1:{port}/challenge",
        {"challengeRequest": organization.challenge([], mediation="REQUIRED")},
        headers={"Origin": organization.origin},
    )
