# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: virtual devices below the real drivers, and worlds whose agents have them."""

import shutil
import subprocess

import pytest

from . import smart_cards, software_tpm
from .agent import DESKTOP
from .security_keys import VirtualKey, build_preload

PIN = "123456"
VERIFYING = {"user_verification": "REQUIRED", "user_mediation": "NONE"}


def pem(der):
    """A certificate file in PEM beside one in DER."""
    path = der.with_suffix(".pem")
    subprocess.run(["openssl", "x509", "-inform", "DER", "-in", der, "-out", path], check=True)
    return path


@pytest.fixture(scope="session")
def preload(tmp_path_factory):
    """The library that gives programs virtual security keys."""
    if not shutil.which("pkg-config"):
        pytest.skip("no compiler for the virtual security key")
    return build_preload(tmp_path_factory.mktemp("preload"))


class Hardware:
    """Devices of one test: what leads the agent to them, and what the verifier is to believe."""

    def __init__(self):
        self.environment = dict(DESKTOP)
        self.attestation = {}
        self.devices = []

    def plug_in_key(self, programs, place, preload, *options):
        """Makes another security key with a PIN, whose maker the verifier is to believe."""
        key = VirtualKey(programs / "virtual-devices", place, "--pin", PIN, *options)
        self.devices.append(key)
        numbers = [*filter(None, self.environment.get("COUNTERSIGN_VIRTUAL_KEYS", "").split(",")), str(key.number)]
        self.environment |= {"LD_PRELOAD": str(preload), "COUNTERSIGN_VIRTUAL_KEYS": ",".join(numbers)}
        self.attestation.setdefault("security_keys", []).append(str(pem(key.root)))
        return key

    def stop(self):
        """Takes them away."""
        for device in self.devices:
            device.stop()


@pytest.fixture
def hardware():
    """The devices of a test."""
    hardware = Hardware()
    yield hardware
    hardware.stop()


@pytest.fixture
def security_key(request, hardware, programs, place, preload):
    """A security key with a PIN that touches itself; a test may give it options."""
    if not (programs / "virtual-devices").exists():
        pytest.skip("virtual-devices is not built")
    return hardware.plug_in_key(programs, place / "key", preload, *getattr(request, "param", ()))


@pytest.fixture
def make_card(hardware, programs, place):
    """Makes a YubiKey's PIV card with nothing on it."""
    reason = smart_cards.obstacle(programs)
    if reason:
        pytest.skip(reason)

    def make(*options):
        card = smart_cards.SmartCardStack(programs, place / "card", *options)
        hardware.devices.append(card)
        hardware.environment["PCSCLITE_CSOCK_NAME"] = card.environment["PCSCLITE_CSOCK_NAME"]
        hardware.attestation["yubikey_piv"] = [str(pem(card.root))]
        return card

    return make


@pytest.fixture
def smart_card(make_card):
    """A YubiKey's PIV card with a key behind the PIN in 9a and a silent one in 9e."""
    card = make_card("--firmware", "5.4.3")
    for slot in ("9a", "9e"):
        card.piv_tool("--action", "generate", "--slot", slot, "--algorithm", "ECCP256", "--output", f"{slot}.pem")
    return card


@pytest.fixture
def tpm(hardware, place):
    """A TPM with an endorsement certificate."""
    reason = software_tpm.obstacle()
    if reason:
        pytest.skip(reason)
    tpm = software_tpm.SoftwareTPM(place / "tpm")
    hardware.devices.append(tpm)
    hardware.environment |= tpm.environment
    hardware.attestation["tpm_makers"] = [str(tpm.makers)]
    return tpm


@pytest.fixture
def world_with(make_world, make_agent, hardware):
    """Makes a world whose agent has the devices of the test, and enrols it with these options."""

    def make(*options, sign_in=None, **attestation):
        agent = make_agent(environment=hardware.environment)
        agent.person.will(pins=[PIN])
        return make_world(
            agent=agent, enroll=options, sign_in=sign_in or VERIFYING, attestation=hardware.attestation | attestation
        )

    return make
