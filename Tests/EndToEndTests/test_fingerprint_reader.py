# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Sign-ins with a finger on the machine's own reader: the real fprintd with libfprint's virtual reader below it."""

import contextlib
import json
import sqlite3
import threading

import pytest
from harness import fingerprint_reader, signin_page, software_tpm
from harness.agent import DESKTOP
from harness.processes import wait_until

VERIFYING = {"user_verification": "REQUIRED", "user_mediation": "NONE"}
TAKING = VERIFYING | {"fingerprint_readers": True}


@pytest.fixture
def reader(place):
    """A reader that knows the finger `mine`."""
    reason = fingerprint_reader.obstacle()
    if reason:
        pytest.skip(reason)
    reader = fingerprint_reader.FingerprintReader(place / "reader")
    yield reader
    reader.stop()


@pytest.fixture
def tpm(place):
    """A TPM with an endorsement certificate."""
    reason = software_tpm.obstacle()
    if reason:
        pytest.skip(reason)
    tpm = software_tpm.SoftwareTPM(place / "tpm")
    yield tpm
    tpm.stop()


@pytest.fixture
def touching(reader):
    """Puts fingers on the reader while something else goes on."""
    threads = []

    def touch(*fingers):
        thread = threading.Thread(target=reader.touch, args=fingers)
        threads.append(thread)
        thread.start()

    yield touch
    for thread in threads:
        thread.join(20)


@pytest.fixture
def world_with(make_world, make_agent, reader, touching):
    """Makes a world whose agent has the reader, and enrols it with these options."""

    def make(*options, sign_in=None, environment=None, **sections):
        agent = make_agent(environment=DESKTOP | reader.environment | (environment or {}))
        agent.person.will(consent="wait")
        if "--fingerprint" in options and (sign_in or TAKING).get("fingerprint_readers"):
            touching("mine")
        return make_world(agent=agent, enroll=options, sign_in=sign_in or TAKING, **sections)

    return make


def refused(world):
    """What the page shows at the end of a sign-in that does not succeed."""
    page = world.page()
    page.begin()
    page.identify("alice")
    status = page.carry()
    view = page.poll()
    assert view["state"] == "failed", view
    return status, view


def enrolled(world):
    """The keys that the agent tells of."""
    return json.loads(world.agent.run("keys", "list", "--json").stdout)["enrolled"]


def enrolled_key(world):
    """The user-verification key as the verifier keeps it."""
    with contextlib.closing(sqlite3.connect(world.verifier.directory / "verifier.sqlite")) as store:
        rows = store.execute("SELECT * FROM record WHERE collection = 'enrollments'").fetchall()
    bodies = [column for column in rows[0] if isinstance(column, (str, bytes)) and column[:1] in ("{", b"{")]
    return json.loads(bodies[0])["userVerification"]


def test_a_finger_on_a_key_in_a_file_signs_in(world_with, touching, browser):
    """In a real browser; nobody says that there is hardware."""
    world = world_with("--fingerprint")
    touching("mine")
    claims = signin_page.sign_in(browser, world.app, "alice")["claims"]
    assert claims["acr"] == "phr"
    assert claims["amr"] == ["swk", "fpt", "mfa", "pop"]
    shown = world.person.shown("confirm")[-1]
    assert shown["argument"] == "--one-button"
    assert "fingerprint reader" in shown["desc"] and "Organisation" in shown["desc"], shown
    assert not world.person.shown("getpin")


def test_a_finger_on_an_attested_tpm_signs_in(world_with, touching, tpm):
    """The TPM attests that the key is in it; the finger is the agent's word."""
    world = world_with(
        *("--key", "tpm", "--fingerprint"),
        environment=tpm.environment,
        attestation={"tpm_makers": [str(tpm.makers)], "required": True},
    )
    touching("mine")
    claims = world.sign_in()
    assert claims["acr"] == "phrh"
    assert claims["amr"] == ["hwk", "fpt", "mfa", "pop"]
    assert not world.person.shown("getpin")
    # Learnt from the attestation: this key can never say that a PIN was typed.
    assert enrolled_key(world)["hardware"]["isWithoutPIN"] is True


def test_a_finger_takes_the_place_of_a_pin(world_with, touching):
    """A spare behind the reader is added to an enrolment, and verifies once the key with the PIN is removed."""
    world = world_with("--user-verification")
    [old] = [key for key in enrolled(world) if key["purpose"] == "userVerification"]
    touching("mine")
    adding = ("enroll", "--add-key", world.verifier.issuer, "--code", world.verifier.code(world.user))
    added = json.loads(world.agent.run(*adding, "--fingerprint", "--name", "left thumb", "--json").stdout)
    assert added["purpose"] == "userVerification" and added["confirmed"], added
    assert "pin" in world.sign_in()["amr"]
    world.agent.run("keys", "remove", old["id"], "--yes")
    touching("mine")
    assert world.sign_in()["amr"] == ["swk", "fpt", "mfa", "pop"]
    wrong = world.agent.run(*adding, "--possession-key", "software", "--fingerprint", check=False)
    assert wrong.returncode == 64 and "asks nobody" in wrong.stderr


def test_a_wrong_finger_is_told_and_the_right_one_signs_in(world_with, touching):
    """The prompt says how many tries are left."""
    world = world_with("--fingerprint")
    touching("another", "mine")
    assert "fpt" in world.sign_in()["amr"]
    assert "4 tries are left" in world.person.shown("confirm")[-1]["desc"]


def test_five_wrong_fingers_verify_nobody(world_with, touching):
    """Nothing stands in for the finger."""
    world = world_with("--fingerprint")
    touching(*["another"] * 5)
    status, _ = refused(world)
    assert status == 200
    assert "none of 5 fingers" in world.agent.log()
    assert not world.person.shown("getpin")


def test_a_closed_prompt_verifies_nobody(world_with):
    """The person gives up."""
    world = world_with("--fingerprint")
    world.person.will(consent="approve")
    status, _ = refused(world)
    assert status == 200


def test_without_a_reader_nobody_is_verified(world_with, reader):
    """As after fprintd was taken off the machine."""
    world = world_with("--fingerprint")
    reader.stop()
    status, _ = refused(world)
    assert status == 200
    assert "fprintd" in world.agent.log()


def test_a_page_that_goes_away_gives_the_reader_back(world_with, touching, reader):
    """The prompt goes after a short grace, and the next sign-in has the reader."""
    world = world_with("--fingerprint")
    page = world.page()
    page.begin()
    page.identify("alice")
    with pytest.raises(OSError):
        page.post_challenge(world.agent.port, timeout=2)
    assert reader.waits
    wait_until(lambda: not reader.waits, 20, what="the reader to be given back")
    touching("mine")
    assert "fpt" in world.sign_in()["amr"]


def test_an_organisation_that_does_not_take_them_is_told_of_before_anything_is_made(world_with):
    """The default; the command says what to do instead."""
    with pytest.raises(RuntimeError, match="does not take this machine's fingerprint reader"):
        world_with("--fingerprint", sign_in=VERIFYING)


@pytest.mark.parametrize("kind", ["fido2", "piv"])
def test_keys_that_verify_by_themselves_take_no_reader(world_with, kind):
    """Wrong usage."""
    with pytest.raises(RuntimeError, match="verifies you by itself"):
        world_with("--key", kind, "--fingerprint", sign_in=VERIFYING)


def test_a_verifier_that_takes_them_no_more_refuses_the_finger(world_with, touching):
    """Policy counts at each sign-in, not at the enrolment alone."""
    world = world_with("--fingerprint")
    world.verifier.stop()
    world.verifier.configure("sign_in", fingerprint_readers=False)
    world.verifier.start()
    touching("mine")
    status, _ = refused(world)
    assert status == 502
    assert "sign_in.fingerprint_readers is false" in (world.verifier.directory / "audit.jsonl").read_text()
