# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Spare keys of an enrolment: added, named, used when another is lost, removed by either side, and never left half."""

import json
import subprocess
import time

import pexpect
import pytest
from harness import signin_page
from harness.processes import wait_until
from harness.security_keys import in_background
from kill_rig import KillRig, enrollments

SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}


def keys(agent, purpose=None):
    """The enrolled keys that `agent keys list` tells of, in their order."""
    listed = json.loads(agent.run("keys", "list", "--json").stdout)["enrolled"]
    return [key for key in listed if purpose in (None, key["purpose"])]


def add_key(world, *options):
    """Adds a spare with a new code; answers what is told of it."""
    code = world.verifier.code(world.user)
    result = world.agent.run("enroll", "--add-key", world.verifier.issuer, "--code", code, "--json", *options)
    return json.loads(result.stdout)


@pytest.fixture
def two_keys(world_with, hardware, security_key, programs, place, preload):
    """Makes a world whose enrolment has a first security key and a spare, of one purpose."""

    def make(purpose="userVerification", **sections):
        spare = hardware.plug_in_key(programs, place / "spare", preload)
        spare.tell("unplug")
        world = world_with("--key", "fido2", **sections)
        security_key.tell("unplug")
        spare.tell("plug")
        option = "--key" if purpose == "userVerification" else "--possession-key"
        added = add_key(world, option, "fido2", "--name", "blue key")
        assert added["purpose"] == purpose and added["spare"] and added["confirmed"], added
        security_key.tell("plug")
        return world, security_key, spare, added

    return make


def test_a_spare_signs_in_when_the_first_key_is_lost(two_keys, chromium):
    """Without a browser and in a real one; with both there the first signs."""
    world, first, spare, added = two_keys()
    [event] = world.verifier.audit("user.mfa.factor.activate")
    assert event["debugContext"]["debugData"]["keyId"] == added["id"]
    world.sign_in()
    assert not any("blue key" in event["desc"] for event in world.person.shown("getpin"))
    first.tell("unplug")
    shown = len(world.person.shown("getpin"))
    claims = world.sign_in()
    assert claims["amr"] == ["hwk", "pin", "user", "mfa", "pop"] and claims["acr"] == "phrh", claims
    assert ["blue key" in event["desc"] for event in world.person.shown("getpin")[shown:]] == [True]
    claims = signin_page.sign_in(chromium, world.app, "alice")["claims"]
    assert claims["amr"] == ["hwk", "pin", "user", "mfa", "pop"]
    first.tell("plug")
    spare.tell("unplug")
    world.sign_in()


def test_a_security_key_is_no_spare_for_itself(world_with, security_key, hardware, programs, place, preload):
    """It is refused without a PIN or touch, nothing is left of it, and the same code adds another key."""
    other = hardware.plug_in_key(programs, place / "spare", preload)
    other.tell("unplug")
    world = world_with("--key", "fido2")
    shown, before = len(world.person.shown("getpin")), keys(world.agent)
    adding = ("enroll", "--add-key", world.verifier.issuer, "--code", world.verifier.code(world.user))
    for option in ("--key", "--possession-key"):
        refused = world.agent.run(*adding, option, "fido2", check=False)
        assert refused.returncode == 1 and "use another security key" in refused.stderr, refused.stderr
    assert len(world.person.shown("getpin")) == shown and keys(world.agent) == before
    security_key.tell("unplug")
    other.tell("plug")
    assert world.agent.run(*adding, "--key", "fido2").returncode == 0
    world.sign_in()


def test_a_spare_answers_silently(two_keys):
    """Possession by the key that is there."""
    world, first, _, _ = two_keys("proofOfPossession", sign_in=SILENT)
    assert world.sign_in()["amr"] == ["hwk", "pop"]
    first.tell("unplug")
    assert world.sign_in()["amr"] == ["hwk", "pop"]


def test_an_old_key_is_a_spare_for_consent(world_with, hardware, tpm, programs, place, preload):
    """A key that knows U2F alone is attested, and signs with a touch where somebody is asked."""
    asking = {"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED"}
    old = hardware.plug_in_key(programs, place / "old", preload, "--model", "u2f")
    world = world_with("--key", "tpm", sign_in=asking)
    assert add_key(world, "--possession-key", "fido2")["confirmed"]
    tpm.clear()
    world.agent.restart()
    claims = world.sign_in()
    assert claims["amr"] == ["hwk", "user", "pop"] and claims["acr"] == "phrh", claims
    assert old.tell("state") == "idle"


def test_whichever_key_is_plugged_in_first_is_taken(two_keys):
    """Where neither is there, both are asked for, and either does."""
    world, first, spare, _ = two_keys()
    for late in (spare, first):
        first.tell("unplug")
        spare.tell("unplug")
        page = world.page()
        page.begin()
        page.identify("alice")
        asked = len(world.person.shown("getpin"))
        carrying = in_background(page.carry)
        time.sleep(0.7)
        assert len(world.person.shown("getpin")) == asked
        late.tell("plug")
        assert carrying() == 200
        assert page.poll()["state"] == "success"


def test_a_wrong_pin_gives_way_to_no_other_key(two_keys):
    """Who gives up at one key's PIN is not asked for another's, and is not signed in."""
    world, _, _, _ = two_keys()
    world.person.will(pin_action="cancel")
    shown = len(world.person.shown("getpin"))
    page = world.page()
    page.begin()
    page.identify("alice")
    page.carry()
    assert page.poll()["state"] != "success"
    asked = world.person.shown("getpin")[shown:]
    assert len(asked) == 1 and "blue key" not in asked[0]["desc"], asked


def test_keys_are_renamed_and_removed(two_keys):
    """By id, beginning and name; the verifier has the key no more, and the first key's place is taken."""
    world, first, _, added = two_keys()
    [old, new] = keys(world.agent, "userVerification")
    assert (new["id"], new["name"], new["spare"]) == (added["id"], "blue key", True) and not old["spare"]
    assert "“blue key”" in world.agent.run("keys", "list").stdout
    assert "1 spare key" in world.agent.run("status").stdout
    renamed = json.loads(world.agent.run("keys", "rename", added["id"][:8], "safe key", "--json").stdout)
    assert renamed["name"] == "safe key"
    for arguments in (["rename", old["id"], "safe key"], ["rename", "nothing", "x"], ["remove", "nothing", "--yes"]):
        assert world.agent.run("keys", *arguments, check=False).returncode == 1
    assert world.agent.run("keys", "rename", old["id"], "", check=False).returncode == 64
    asked = world.agent.run("keys", "remove", old["id"], check=False)
    assert asked.returncode == 1 and "--yes" in asked.stderr
    first.tell("unplug")
    removed = json.loads(world.agent.run("keys", "remove", old["id"], "--yes", "--json").stdout)
    assert removed["id"] == old["id"]
    [left] = keys(world.agent, "userVerification")
    assert (left["id"], left["spare"]) == (new["id"], False)
    enrolment = world.verifier.enrollments("alice")[0]["id"]
    listed = world.verifier.run_json("enrollment", "keys", enrolment)
    assert old["id"] not in [key["id"] for key in listed]
    assert world.agent.run("keys", "test", "safe key").returncode == 0
    world.sign_in()


def test_removal_is_asked_for_on_a_terminal(world):
    """Only yes removes the key."""
    added = add_key(world)
    for answer, status, left in (("no", 1, 2), ("yes", 0, 1)):
        command, *arguments = world.agent.command("keys", "remove", added["id"])
        child = pexpect.spawn(
            command, arguments, env=world.agent.environment, cwd=str(world.agent.directory), timeout=20
        )
        child.expect("Type yes")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == status
        assert len(keys(world.agent, "proofOfPossession")) == left
    world.sign_in()


def test_the_last_key_is_not_removed(world_with, security_key):
    """The command says what to do, and nothing changes."""
    world = world_with("--key", "fido2", sign_in=SILENT)
    [last] = keys(world.agent, "proofOfPossession")
    result = world.agent.run("keys", "remove", last["id"], "--yes", check=False)
    assert result.returncode == 1
    assert "--add-key" in result.stderr and "agent unenroll" in result.stderr, result.stderr
    assert world.sign_in()["amr"] == ["hwk", "pop"]


def test_the_agent_learns_that_the_administrator_removed_a_lost_key(two_keys):
    """At its next start the key is gone here too, and the spare is the first."""
    world, first, _, added = two_keys()
    [lost, _] = keys(world.agent, "userVerification")
    enrolment = world.verifier.enrollments("alice")[0]["id"]
    world.verifier.run("enrollment", "remove-key", enrolment, lost["id"])
    first.tell("unplug")
    world.sign_in()
    world.agent.restart()
    wait_until(lambda: len(keys(world.agent, "userVerification")) == 1, 20, what="the removal of the lost key")
    assert [key["id"] for key in keys(world.agent, "userVerification")] == [added["id"]]
    assert lost["id"] in world.agent.log()
    world.sign_in()


def test_a_refused_sign_in_tells_the_agent_that_a_key_was_removed(two_keys):
    """No restart is needed: the key is gone a moment later, and the spare signs in."""
    world, first, spare, added = two_keys()
    [lost, _] = keys(world.agent, "userVerification")
    enrolment = world.verifier.enrollments("alice")[0]["id"]
    world.verifier.run("enrollment", "remove-key", enrolment, lost["id"])
    spare.tell("unplug")
    page = world.page()
    page.begin()
    page.identify("alice")
    assert page.carry() == 502
    wait_until(lambda: len(keys(world.agent, "userVerification")) == 1, 20, what="the removal of the lost key")
    assert [key["id"] for key in keys(world.agent, "userVerification")] == [added["id"]]
    first.tell("unplug")
    spare.tell("plug")
    world.sign_in()


def test_one_key_is_added_at_a_time(world):
    """Options that name no one key are wrong usage; another person's code adds nothing."""
    for options in (
        ["--key", "fido2", "--possession-key", "tpm"],
        ["--user-verification", "--possession-key", "software"],
        ["--name", " "],
    ):
        result = world.agent.run("enroll", "--add-key", world.verifier.issuer, *options, check=False)
        assert result.returncode == 64, (options, result.stderr)
    assert world.agent.run("enroll", world.verifier.issuer, "--name", "x", check=False).returncode == 64
    elsewhere = world.agent.run("enroll", "--add-key", "https://id.example.com", check=False)
    assert elsewhere.returncode == 1 and "agent status" in elsewhere.stderr
    world.verifier.add_user("mallory")
    code = world.verifier.code("mallory")
    refused = world.agent.run("enroll", "--add-key", world.verifier.issuer, "--code", code, check=False)
    assert refused.returncode == 1, refused.stderr
    assert len(keys(world.agent)) == 2
    assert len(list((world.agent.state / "keys").glob("*.p8"))) == 2


@pytest.fixture
def rig(programs, place):
    """The verifier and the app; not started."""
    made = KillRig(programs, place)
    yield made
    made.stop()


def add_software_key(rig, agent, code, kill=None):
    """`agent enroll --add-key`; answers the finished process."""
    rig.proxy.next_address()
    prefix = kill.prefix(agent.state) if kill else []
    return subprocess.run(
        [*map(str, prefix), *agent.command("enroll", "--add-key", rig.verifier.issuer, "--code", code)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env=agent.environment,
        cwd=agent.directory,
        check=False,
    )


def check_spare(rig, agent, user, code, by_command):
    """After the next start: the same keys on both sides, all confirmed, and no file too many; the code counts."""
    if by_command:
        again = add_software_key(rig, agent, code)
        assert again.returncode == 0, f"the same command again failed: {again.stderr}"
    agent.start()
    wait_until(lambda: all(key["confirmed"] for key in keys(agent)), 20, what="the end of the interrupted addition")
    if len(keys(agent)) == 2:
        anew = add_software_key(rig, agent, code)
        assert anew.returncode == 0, f"adding by the same code failed: {anew.stderr}"
    here = {key["id"] for key in keys(agent, "proofOfPossession")}
    [enrolment] = enrollments(agent)
    there = {key["id"] for key in rig.verifier.run_json("enrollment", "keys", enrolment["id"])}
    assert here == there and len(here) == 2, (here, there)
    rig.sign_in(user, agent)
    agent.stop()
    agent.start()
    files = [path.name for path in (agent.state / "keys").iterdir()]
    assert len([name for name in files if name.endswith(".p8")]) == 3, files


@pytest.mark.long
def test_agent_killed_at_every_step_of_adding_a_key(rig, place):
    """Killed before each write, sync, rename and removal of `agent enroll --add-key`; what comes next sets it right."""
    rig.start()

    def prepare(agent, user, by_command):
        assert rig.enroll(agent, user).returncode == 0
        code = rig.verifier.code(user)
        return (
            lambda kill: add_software_key(rig, agent, code, kill),
            lambda: check_spare(rig, agent, user, code, by_command),
        )

    rig.kill_at_every_step(place, prepare, at_least=8)


def lost_addition(method, path):
    """Loses what the verifier answers to added keys."""
    return method == "POST" and path.endswith("/keys")


def test_answer_that_is_lost_leaves_a_key_that_is_not_used(rig):
    """It is told of as not confirmed until the next start finds out; the code is not lost with the answer."""
    rig.start()
    agent, user = rig.agent("agent"), rig.person()
    assert rig.enroll(agent, user).returncode == 0
    code = rig.verifier.code(user)
    rig.proxy.lose = lost_addition
    result = add_software_key(rig, agent, code)
    assert result.returncode == 3 and "next start" in result.stderr, result.stderr
    [unconfirmed] = [key for key in keys(agent) if not key["confirmed"]]
    assert "1 not confirmed" in agent.run("status", check=False).stdout
    rig.proxy.lose = None
    agent.start()
    wait_until(lambda: all(key["confirmed"] for key in keys(agent)), 20, what="the confirmation of the key")
    assert unconfirmed["id"] in [key["id"] for key in keys(agent)]
    again = add_software_key(rig, agent, code)
    assert again.returncode == 0 and unconfirmed["id"] in again.stdout, again.stderr
    assert len(keys(agent)) == 3
    rig.sign_in(user, agent)
