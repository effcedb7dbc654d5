# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Apps that want a key in attested hardware: what the page says, which key signs, and what opens no such app."""

import contextlib
import json
import sqlite3

import pytest
from harness import signin_page
from harness.hardware import PIN
from harness.processes import wait_until
from harness.verifier import Client
from raw_jose import parts

FAILURE = "hardwareKeyRequired"
SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE", "key_protection": "HARDWARE"}
ASKING = {"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED", "key_protection": "HARDWARE"}
VERIFYING = {"user_verification": "REQUIRED", "user_mediation": "NONE", "key_protection": "HARDWARE"}


def add_key(world, *options):
    """Adds a spare key with a new code."""
    code = world.verifier.code(world.user)
    world.agent.run("enroll", "--add-key", world.verifier.issuer, "--code", code, *options)


def want(world, **sign_in):
    """The organisation wants this of sign-ins from now on."""
    world.verifier.configure("sign_in", **sign_in)
    world.verifier.restart()


def failed(world):
    """A sign-in whose challenge wants hardware, and that ended without one."""
    page = world.page()
    page.begin()
    page.identify("alice")
    assert parts(page.challenge)[1]["keyProtection"] == "HARDWARE"
    status = page.carry()
    view = page.poll()
    assert (view["state"], view["failure"]) == ("failed", FAILURE), view
    return status


def believe(world, attested):
    """
    Has the agent's state say of its keys that they are attested (1), or that nobody has said (`None`).

    While it runs: when it starts it may ask the verifier, and know better.
    """
    [state] = world.agent.directory.rglob("agent.sqlite")
    with contextlib.closing(sqlite3.connect(state, timeout=10)) as database:
        database.execute("UPDATE stored_key SET attested = ?", (attested,))
        database.commit()


def test_a_person_without_such_a_key_is_told_what_to_do(world_with, security_key, browser):
    """With keys in files nobody is asked; then the security key signs, though the file is the first."""
    world = world_with("--user-verification")
    want(world, **VERIFYING)
    asked = len(world.person.shown("getpin"))
    signin_page.start(browser, world.app, "alice")
    browser.wait_text("A key in hardware is needed")
    browser.wait_text(f"agent enroll {world.verifier.issuer} --key fido2")
    assert len(world.person.shown("getpin")) == asked
    [event] = world.verifier.audit("user.authentication.auth_via_mfa")
    assert event["outcome"] == {"result": "FAILURE", "reason": FAILURE}, event
    add_key(world, "--key", "fido2", "--name", "blue key")
    claims = signin_page.sign_in(browser, world.app, "alice")["claims"]
    assert claims["acr"] == "phrh"
    assert claims["amr"] == ["hwk", "pin", "user", "mfa", "pop"]


@pytest.mark.parametrize("sign_in", [SILENT, ASKING, VERIFYING], ids=["silent", "consent", "pin"])
def test_keys_in_files_sign_in_nowhere(world_with, hardware, sign_in):
    """The agent says so itself, asks nobody and tells nothing of the device."""
    world = world_with("--user-verification")
    want(world, **sign_in)
    asked = len(world.person.shown())
    assert failed(world) == 200
    assert len(world.person.shown()) == asked


def test_keys_in_files_are_not_even_enrolled(world_with, hardware):
    """The agent says so before anything is made or anybody is asked."""
    with pytest.raises(RuntimeError, match="(?s)wants a key in hardware.*--key fido2"):
        world_with(sign_in=SILENT)


@pytest.mark.parametrize("kind", ["fido2", "piv", "tpm"])
def test_a_key_that_nobody_attests_is_refused_though_its_agent_says_hardware(request, world_with, hardware, kind):
    """The agent's word counts for nothing: one that takes its key for attested signs, and the verifier refuses."""
    request.getfixturevalue({"fido2": "security_key", "piv": "smart_card", "tpm": "tpm"}[kind])
    hardware.attestation = {}
    world = world_with("--key", kind, sign_in=SILENT)
    assert failed(world) == 200
    believe(world, 1)
    assert failed(world) == 502
    assert "key_protection is HARDWARE" in str(world.verifier.audit()[-1])


@pytest.mark.parametrize("kind", ["fido2", "piv", "tpm"])
def test_a_key_that_is_attested_signs_in(request, world_with, kind):
    """Silently as well, if that is all that is asked."""
    request.getfixturevalue({"fido2": "security_key", "piv": "smart_card", "tpm": "tpm"}[kind])
    assert world_with("--key", kind, sign_in=SILENT).sign_in()["acr"] == "phrh"


def attested(world):
    """What the agent knows of each of its signing keys, by their kinds; nothing where the verifier has not said."""
    listed = json.loads(world.agent.run("keys", "list", "--json").stdout)["enrolled"]
    return {key["kind"]: key.get("attested") for key in listed if key["purpose"] != "clientInstance"}


def test_an_attested_spare_goes_before_a_first_key_that_nobody_attests(world_with, hardware, security_key, tpm):
    """The agent learns as a key is enrolled what the verifier takes it for, and asks no key in vain."""
    del hardware.attestation["tpm_makers"]
    world = world_with("--key", "tpm", sign_in=SILENT)
    assert attested(world) == {"tpm": False}
    assert failed(world) == 200
    add_key(world, "--possession-key", "fido2", "--name", "blue key")
    assert attested(world) == {"tpm": False, "fido2": True}
    lines = world.agent.run("keys", "list").stdout
    assert "proofOfPossession, spare, attested" in lines and "proofOfPossession, not attested" in lines, lines
    assert world.sign_in()["acr"] == "phrh"


def test_what_an_older_agent_was_not_told_is_asked_for_at_the_next_start(world_with, hardware, tpm):
    """An agent that does not know uses the key, and asks the verifier when it starts."""
    world = world_with("--key", "tpm", sign_in=SILENT)
    assert attested(world) == {"tpm": True}
    believe(world, None)
    world.agent.restart()
    wait_until(lambda: attested(world) == {"tpm": True}, 20, what="the agent to ask")
    assert world.sign_in()["acr"] == "phrh"


def test_one_app_wants_hardware_and_another_does_not(make_world, make_agent, make_app, hardware, tpm, chromium):
    """A session of a key in a file opens the one and not the other, which the TPM's key then opens."""
    agent = make_agent(environment=hardware.environment)
    agent.person.will(pins=[PIN])
    world = make_world(
        agent=agent,
        sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"},
        attestation=hardware.attestation,
    )
    strict = make_app(world.verifier, Client(id="vault", name="Vault", extra={"key_protection": "HARDWARE"}))
    world.verifier.restart()
    assert signin_page.sign_in(chromium, world.app, "alice")["claims"]["acr"] == "phr"
    signin_page.start(chromium, strict, "alice")
    chromium.wait_text("A key in hardware is needed")
    add_key(world, "--possession-key", "tpm")
    assert signin_page.sign_in(chromium, strict, "alice")["claims"]["amr"] == ["hwk", "pop"]
    # Now the session is one of the TPM's key, and opens both at once.
    chromium.open(f"{strict.origin}/login")
    assert strict.wait_for_result(2)["claims"]["amr"] == ["hwk", "pop"]


def test_a_key_in_a_file_enrols_no_key_in_hardware(world_with, make_agent, hardware, security_key):
    """Where all apps want hardware, so does the sign-in that enrols a device: a file brings in no hardware."""
    world = world_with()
    want(world, **SILENT)
    page = world.page()
    page.authorize_url = (
        f"{world.verifier.issuer}/oauth2/v1/authorize?client_id=countersign-agent&response_type=code"
        "&redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Flogin%2Fcallback&state=s&code_challenge_method=S256"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        "&scope=openid%20okta.myAccount.appAuthenticator.manage"
    )
    page.begin()
    page.identify("alice")
    assert parts(page.challenge)[1]["keyProtection"] == "HARDWARE"
    assert page.carry() == 200
    # A code of the administrator's is the way on.
    assert page.poll()["state"] == "code"
