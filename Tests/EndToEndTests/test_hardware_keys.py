# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Sign-ins with keys in hardware, from enrolment to the ID token: the real driver stacks on virtual devices."""

import json
import time

import pytest
from harness import signin_page
from harness.hardware import PIN, VERIFYING
from harness.processes import wait_until
from harness.security_keys import in_background

ASKING = {"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED"}


def test_a_security_key_signs_in(world_with, security_key, browser):
    """PIN and touch, in a real browser; the ID token says that the key is in attested hardware."""
    world = world_with("--key", "fido2")
    claims = signin_page.sign_in(browser, world.app, "alice")["claims"]
    assert claims["acr"] == "phrh"
    assert claims["amr"] == ["hwk", "pin", "user", "mfa", "pop"]


def test_a_smart_card_signs_in(world_with, smart_card, browser):
    """The PIN of the card, in a real browser."""
    world = world_with("--key", "piv")
    claims = signin_page.sign_in(browser, world.app, "alice")["claims"]
    assert claims["acr"] == "phrh"
    assert claims["amr"] == ["hwk", "sc", "pin", "mfa", "pop"]


def test_a_card_goes_with_its_owner(world_with, smart_card, hardware, make_agent):
    """The same keys are enrolled anew, on a second device, and there again after its end; nobody else enrols them."""
    world = world_with("--key", "piv")
    world.enroll("--key", "piv")
    assert len(world.agent.enrollments()) == 1
    assert world.sign_in()["acr"] == "phrh"
    laptop = make_agent("laptop", environment=hardware.environment)
    laptop.person.will(pins=[PIN])
    world.agent.stop()
    laptop.start()
    world.enroll("--key", "piv", agent=laptop)
    assert world.sign_in()["acr"] == "phrh"
    world.verifier.add_user("bob", "Bob Example")
    with pytest.raises(RuntimeError, match="enrolled before"):
        world.enroll("--key", "piv", agent=laptop, user="bob")
    laptop.run("unenroll")
    world.enroll("--key", "piv", agent=laptop)
    assert world.sign_in()["acr"] == "phrh"


@pytest.mark.parametrize("algorithm", ["p384", "rsa2048", "ed25519"])
def test_a_smart_card_makes_its_keys(world_with, make_card, algorithm):
    """The keys are made where and how the options say, have certificates, and sign in."""
    make_card()
    options = ["--key", "piv", "--slot", "9c", "--possession-slot", "82", "--generate", "--algorithm", algorithm]
    world = world_with(*options, "--pin-policy", "always", "--touch-policy", "cached")
    claims = world.sign_in()
    assert claims["amr"] == ["hwk", "sc", "pin", "mfa", "pop"]
    slots = {slot.pop("slot"): slot for slot in listed(world)["smartCards"]["found"][0]["slots"]}
    assert set(slots) == {"9c", "82"}
    for name, pin, touch in (("9c", "always", "cached"), ("82", "never", "never")):
        slot = slots[name]
        assert (slot["algorithm"], slot["pinPolicy"], slot["touchPolicy"]) == (algorithm, pin, touch)
        assert slot["certificateSubject"] == f"CN=Countersign {name}"
    with pytest.raises(RuntimeError, match="slot 9c holds a key or certificate already.*--replace"):
        world.enroll(*options)
    world.sign_in()
    world.enroll(*options, "--replace")
    assert world.sign_in()["acr"] == "phrh"


def test_a_tpm_signs_in(world_with, tpm, browser):
    """A PIN that the TPM itself counts, in a real browser."""
    world = world_with("--key", "tpm", "--user-verification")
    claims = signin_page.sign_in(browser, world.app, "alice")["claims"]
    assert claims["acr"] == "phrh"
    assert claims["amr"] == ["hwk", "pin", "mfa", "pop"]


def test_a_tpm_answers_silently_and_a_security_key_verifies(world_with, tpm, security_key, chromium):
    """One enrolment with keys of two kinds: the app's wish decides which signs."""
    world = world_with("--key", "fido2", "--possession-key", "tpm")
    kinds = {key["purpose"]: key["kind"] for key in listed(world)["enrolled"]}
    assert kinds == {"userVerification": "fido2", "proofOfPossession": "tpm", "clientInstance": "software"}
    claims = signin_page.sign_in(chromium, world.app, "alice")["claims"]
    assert claims["amr"] == ["hwk", "pin", "user", "mfa", "pop"]


@pytest.mark.parametrize("kind", ["fido2", "piv", "tpm"])
def test_a_key_answers_silently(request, world_with, kind):
    """Where nobody is to be asked, nobody is, and possession in hardware is what is said."""
    request.getfixturevalue({"fido2": "security_key", "piv": "smart_card", "tpm": "tpm"}[kind])
    world = world_with("--key", kind, sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"})
    asked = len(world.person.shown())
    claims = world.sign_in()
    assert claims["acr"] == "phrh"
    assert claims["amr"] == ["hwk", *(["sc"] if kind == "piv" else []), "pop"]
    assert len(world.person.shown()) == asked


def test_a_tpm_whose_maker_left_a_nonce_attests(world_with, tpm):
    """The agent makes the certified endorsement key again, and the verifier believes it."""
    tpm.mix_nonce()
    world = world_with("--key", "tpm", sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"})
    assert world.sign_in()["amr"] == ["hwk", "pop"]


def test_a_tpm_that_nobody_vouches_for_is_not_said_to_be_hardware(world_with, hardware, tpm):
    """Without the maker's certificate the verifier seals nothing, and the key works all the same."""
    hardware.attestation = {}
    world = world_with("--key", "tpm", sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"})
    assert world.sign_in()["amr"] == ["pop"]


def test_hardware_that_nobody_vouches_for_is_not_said_to_be_hardware(world_with, hardware, security_key):
    """Without the maker's certificate the key works, and proves no hardware."""
    hardware.attestation = {}
    world = world_with("--key", "fido2")
    claims = world.sign_in()
    assert claims["acr"] == "phr"
    assert claims["amr"] == ["pin", "user", "mfa", "pop"]


def test_software_keys_are_refused_where_hardware_is_wanted(world_with, hardware, security_key):
    """The organisation wants attested hardware: a key in a file is told what to do."""
    with pytest.raises(RuntimeError, match="attested hardware"):
        world_with(required=True)


def test_a_model_that_is_not_allowed_is_refused(world_with, security_key):
    """The organisation names its models."""
    with pytest.raises(RuntimeError, match="model"):
        world_with("--key", "fido2", allowed_models=["2fc0579f-8113-47ea-b116-bb5a8db9202a"])


def test_a_credential_for_its_verified_person_alone_signs_with_the_pin(world_with, security_key):
    """With credProtect at its highest the security key verifies, and what is silent is elsewhere."""
    world = world_with("--key", "fido2", "--possession-key", "software", "--protection", "required")
    assert world.sign_in()["amr"] == ["hwk", "pin", "user", "mfa", "pop"]


@pytest.mark.parametrize(
    "options, reason",
    [
        (["--key", "fido2", "--protection", "required"], "does not sign silently"),
        (["--protection", "optional"], "--key fido2"),
        (["--key", "fido2", "--protection", "3"], "no level of credProtect"),
    ],
)
def test_a_protection_that_cannot_be_is_refused(make_agent, options, reason):
    """Before anything is made, and with what to do."""
    with pytest.raises(RuntimeError, match=reason):
        make_agent().enroll("https://id.example.com", "AAAA-BBBB", *options)


@pytest.mark.parametrize("policy", ["audit", "refuse"])
def test_a_counter_that_goes_back_is_told_and_refused_where_wanted(world_with, security_key, policy):
    """Two keys with the same secret show by their counters."""
    world = world_with("--key", "fido2", counter_regress=policy)
    world.sign_in()
    assert security_key.tell("counter -100") == "ok"
    page = world.page()
    page.begin()
    page.identify("alice")
    page.carry()
    view = page.poll()
    assert view["state"] == ("success" if policy == "audit" else "failed"), view
    assert len(world.verifier.audit("device.key.counter_regress")) == 1


def test_a_wrong_pin_is_asked_again_and_the_last_try_is_named(world_with, security_key):
    """The tries that are left stand in each prompt."""
    world = world_with("--key", "fido2")
    world.person.will(pins=["000000", "000000", PIN])
    shown = len(world.person.shown("getpin"))
    world.sign_in()
    texts = [event["desc"] for event in world.person.shown("getpin")[shown:]]
    assert len(texts) == 3
    assert "7 tries are left" in texts[1] and "6 tries are left" in texts[2], texts


def test_a_key_that_is_unplugged_is_said(world_with, security_key):
    """Nothing hangs: the sign-in ends, and says why, or waits for the key until its time is over."""
    world = world_with("--key", "fido2", sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"})
    assert security_key.tell("unplug") == "ok"
    page = world.page()
    page.begin()
    page.identify("alice")
    assert page.carry() == 502
    assert security_key.tell("plug") == "ok"
    world.sign_in()


def begun(world):
    """A page that is about to carry its challenge."""
    page = world.page()
    page.begin()
    page.identify("alice")
    return page


def waiting_for_a_touch(world, key):
    """A page whose challenge waits for a touch, and what waits for the status that it gets."""
    page = begun(world)
    assert key.tell("touch hand") == "ok"
    status = in_background(page.carry)
    wait_until(lambda: key.tell("state") == "waiting", what="the wait for a touch")
    return page, status


@pytest.mark.parametrize("sign_in", [VERIFYING, ASKING], ids=["pin", "consent"])
def test_a_key_that_is_unplugged_while_it_waits_is_said(world_with, security_key, sign_in):
    """The sign-in ends at once, and the next one works."""
    world = world_with("--key", "fido2", sign_in=sign_in)
    _, status = waiting_for_a_touch(world, security_key)
    assert security_key.tell("unplug") == "ok"
    assert status() == 502
    assert security_key.tell("plug") == "ok"
    assert security_key.tell("touch auto") == "ok"
    assert world.sign_in()["acr"] == "phrh"


@pytest.mark.parametrize("sign_in", [VERIFYING, ASKING], ids=["pin", "consent"])
@pytest.mark.parametrize("security_key", [("--touch-timeout", "2")], indirect=True, ids=[""])
def test_a_touch_that_never_comes_is_a_time_out(world_with, security_key, sign_in):
    """The key gives up, and the verifier is told so."""
    world = world_with("--key", "fido2", sign_in=sign_in)
    page, status = waiting_for_a_touch(world, security_key)
    assert status() == 200
    view = page.poll()
    assert (view["state"], view["failure"]) == ("failed", "timedOut"), view
    assert security_key.tell("touch auto") == "ok"
    assert world.sign_in()["acr"] == "phrh"


@pytest.mark.parametrize("sign_in", [VERIFYING, ASKING], ids=["pin", "consent"])
def test_a_page_that_leaves_takes_the_wait_for_a_touch_along(world_with, security_key, browser, sign_in):
    """The key stops blinking, a touch that comes late does nothing, and the next sign-in works."""
    world = world_with("--key", "fido2", sign_in=sign_in)
    assert security_key.tell("touch hand") == "ok"
    signin_page.start(browser, world.app, "alice")
    wait_until(lambda: security_key.tell("state") == "waiting", what="the wait for a touch")
    answered = len(world.verifier.audit())
    browser.open("about:blank")
    wait_until(lambda: security_key.tell("state") == "idle", what="the end of the wait")
    security_key.tell("touch")
    time.sleep(0.5)
    assert len(world.verifier.audit()) == answered
    assert security_key.tell("touch auto") == "ok"
    assert signin_page.sign_in(browser, world.app, "alice")["claims"]["acr"] == "phrh"


def test_a_newer_challenge_of_the_page_takes_the_touch(world_with, security_key):
    """The older sign-in stops waiting for the key; the touch is for the newer one."""
    world = world_with("--key", "fido2", sign_in=ASKING)
    _, older = waiting_for_a_touch(world, security_key)
    newer = begun(world)
    status = in_background(newer.carry)
    assert older() == 200
    wait_until(lambda: security_key.tell("state") == "waiting", what="the wait for a touch")
    assert security_key.tell("touch") == "ok"
    assert status() == 200
    assert newer.poll()["state"] == "success"


def pulled_out(world, card, number):
    """What a sign-in comes to whose card is taken out at its command of this number: a status, and what follows it."""
    page = begun(world)
    card.tell(f"pull-at {number}")
    status = page.carry()
    state = page.poll()["state"] if status == 200 else None
    # Whatever is left of the plan is over.
    card.tell("pull-at")
    for command, is_in in (("pull", False), ("insert", True)):
        card.tell(command)
        wait_until(lambda wanted=is_in: card.is_in() == wanted, what=command)
    return status, state


def test_a_card_that_is_pulled_out_is_said(world_with, smart_card):
    """At its signature, and before as its PIN is checked: the sign-in ends at once, and the next one works."""
    world = world_with("--key", "piv")
    smart_card.commands()
    world.sign_in()
    count, signatures, _ = smart_card.commands()
    assert signatures == 1
    # After the signature nothing is lost with the card; the last command at which something is gives the signature.
    outcomes = [pulled_out(world, smart_card, number) for number in range(count, count - 4, -1)]
    assert outcomes[0] == (200, "success") and outcomes[-1] == (502, None), outcomes
    assert pulled_out(world, smart_card, 3) == (502, None)
    assert "the card was removed" in world.agent.log()
    world.sign_in()


def test_a_cleared_tpm_is_recognised(world_with, tpm):
    """The keys are worth nothing after it; the log says what to do."""
    world = world_with("--key", "tpm", sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"})
    tpm.clear()
    page = world.page()
    page.begin()
    page.identify("alice")
    assert page.carry() == 502
    assert "enrol" in world.agent.log()


def listed(world):
    """What `agent keys list --json` tells."""
    return json.loads(world.agent.run("keys", "list", "--json").stdout)


def test_keys_are_listed_and_tried(world_with, security_key, smart_card, tpm):
    """Devices and enrolled keys, for a program and for a person; each key signs when it is tried."""
    world = world_with("--key", "fido2", "--possession-key", "tpm")
    inventory = listed(world)
    assert [key["product"] for key in inventory["securityKeys"]["found"]] == ["Virtual Key"]
    assert inventory["securityKeys"]["found"][0]["hasPIN"] is True
    slots = inventory["smartCards"]["found"][0]["slots"]
    assert {slot["slot"] for slot in slots} >= {"9a", "9e"}
    assert inventory["tpm"]["found"][0]["hasEndorsementCertificate"] is True
    text = world.agent.run("keys", "list").stdout
    for expected in ("Virtual Key", "9a", "endorsement certificate", "proofOfPossession"):
        assert expected in text, text
    for key in inventory["enrolled"]:
        assert "works" in world.agent.run("keys", "test", key["id"]).stdout
    assert world.agent.run("keys", "test", "nothing", check=False).returncode == 1
