# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Enrolment and what ends it."""

import re
import subprocess

import pytest
from harness import signin_page
from harness.processes import wait_until

NO_TPM = {"COUNTERSIGN_TPM_TCTI": "device:/dev/no-such-tpm"}
SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}


def test_code_enrols_once(make_world, make_agent):
    """A one-time code enrols one device, and no second one."""
    world = make_world(enroll=None, sign_in=SILENT)
    code = world.verifier.code("alice")
    world.agent.enroll(world.verifier.issuer, code)
    [enrolment] = world.agent.enrollments()
    assert enrolment["username"] == "alice"
    other = make_agent("other").start()
    refused = other.enroll(world.verifier.issuer, code, check=False)
    assert refused.returncode == 1
    assert "code" in refused.stderr
    assert other.enrollments() == []
    assert world.sign_in()["preferred_username"] == "alice"


@pytest.mark.parametrize(
    "options, named",
    [
        (["--slot", "9a"], "--slot goes with --key piv"),
        (["--key", "fido2", "--possession-slot", "9e"], "--possession-slot goes with"),
        (["--key", "tpm", "--generate"], "--generate goes with --key piv"),
        (["--key", "tpm", "--card", "1"], "--card goes with --key piv"),
        (["--key", "piv", "--replace"], "--replace goes with --key piv --generate"),
        (["--key", "piv", "--algorithm", "p384"], "--algorithm goes with --key piv --generate"),
        (["--key", "piv", "--pin-policy", "once"], "--pin-policy goes with --key piv --generate"),
        (["--key", "piv", "--touch-policy", "always"], "--touch-policy goes with --key piv --generate"),
        (["--key", "fido2", "--possession-key", "piv", "--generate", "--pin-policy", "once"], "key behind the PIN"),
        (["--key", "piv", "--slot", "9e"], "cannot both be in slot 9e"),
        (["--key", "piv", "--slot", "9f"], "no slot of a smart card"),
        (["--key", "piv", "--generate", "--algorithm", "p521"], "p256, p384, rsa2048, rsa3072, rsa4096, ed25519"),
        (["--key", "piv", "--generate", "--pin-policy", "never"], "once, always"),
        (["--security-key", "1234", "--key", "piv"], "--security-key and --discoverable go with --key fido2"),
        (["--discoverable"], "--security-key and --discoverable go with --key fido2"),
        (["--possession-key", "fido2"], "name the token with --key"),
    ],
)
def test_options_of_another_kind_of_key_are_refused(make_agent, options, named):
    """What would be of no effect is no silent wish: nothing is asked of a verifier."""
    refused = make_agent().run("enroll", "http://localhost:9", *options, check=False)
    assert refused.returncode == 64
    assert named in refused.stderr, refused.stderr


def test_hardware_that_is_missing_is_said_before_the_sign_in(make_world):
    """Nobody signs in for a key that cannot be made."""
    world = make_world(enroll=None, sign_in=SILENT)
    refused = world.agent.run(
        "enroll", world.verifier.issuer, "--no-browser", "--key", "tpm", environment=NO_TPM, check=False
    )
    assert refused.returncode == 1
    assert "no key of the kind 'tpm' can be made" in refused.stderr, refused.stderr
    assert "/signin" not in refused.stderr and "browser" not in refused.stderr, refused.stderr


def test_wrong_codes_are_limited(make_world):
    """A few wrong guesses at a code spend it: the right one does not count any more, a new one does."""
    world = make_world(enroll=None, sign_in=SILENT)
    code = world.verifier.code("alice")
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    for _ in range(10):
        assert world.agent.enroll(world.verifier.issuer, wrong, check=False).returncode == 1
    refused = world.agent.enroll(world.verifier.issuer, code, check=False)
    assert refused.returncode == 1, refused
    assert "administrator" in refused.stderr or "wait" in refused.stderr, refused.stderr
    assert world.agent.enrollments() == []


def test_guessing_from_one_address_is_limited(make_world):
    """Whoever guesses codes of nobody in particular is told to wait."""
    world = make_world(enroll=None, sign_in=SILENT)
    for number in range(40):
        last = world.agent.enroll(world.verifier.issuer, f"0000-0000-0000-0000-0000-{number:04}", check=False)
        assert last.returncode == 1
    assert "wait" in last.stderr, last.stderr


@pytest.fixture
def enrolling_browser(programs):
    """Starts `agent enroll URL` and answers the process and the address that it wants opened."""
    processes = []

    def start(agent, issuer, *options):
        process = subprocess.Popen(
            agent.command("enroll", issuer, "--no-browser", *options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=agent.environment,
            cwd=agent.directory,
        )
        processes.append(process)
        lines = []
        while True:
            line = process.stdout.readline()
            assert line, "ended without an address:\n" + "".join(lines)
            lines.append(line)
            address = re.search(r"https?://\S+/oauth2/v1/authorize\S+", line)
            if address:
                return process, address.group()

    yield start
    for process in processes:
        process.kill()
        process.wait()


def test_first_device_by_browser_with_a_code_on_the_page(make_world, browser, enrolling_browser):
    """A person without a device types the administrator's code on the sign-in page."""
    world = make_world(enroll=None, sign_in=SILENT)
    code = world.verifier.code("alice")
    process, address = enrolling_browser(world.agent, world.verifier.issuer)
    browser.open(address)
    signin_page.identify(browser, "alice")
    signin_page.enter_code(browser, code)
    assert process.wait(timeout=30) == 0, process.stdout.read()
    assert len(world.agent.enrollments()) == 1
    assert world.sign_in()["preferred_username"] == "alice"


def test_second_device_by_the_first(make_world, make_agent, chromium, enrolling_browser):
    """A later device is enrolled with an enrolled one; both sign in afterwards."""
    world = make_world(sign_in=SILENT)
    second = make_agent("second").start()
    process, address = enrolling_browser(second, world.verifier.issuer)
    chromium.open(address)
    signin_page.identify(chromium, "alice")
    wait_until(lambda: process.poll() is not None, 30, what="the enrolment of the second device")
    assert process.returncode == 0, process.stdout.read()
    assert len(world.verifier.enrollments("alice")) == 2
    world.agent.stop()
    assert world.sign_in()["preferred_username"] == "alice"


def test_spare_key_by_a_sign_in_with_the_key_that_is_there(world, chromium, enrolling_browser):
    """A person adds a spare without the administrator."""
    process, address = enrolling_browser(world.agent, world.verifier.issuer, "--add-key", "--name", "spare")
    chromium.open(address)
    signin_page.identify(chromium, "alice")
    wait_until(lambda: process.poll() is not None, 30, what="the addition of the key")
    assert process.returncode == 0, process.stdout.read()
    [enrolment] = world.verifier.enrollments("alice")
    assert len(world.verifier.run_json("enrollment", "keys", enrolment["id"])) == 2
    assert "1 spare key" in world.agent.run("status").stdout
    assert world.sign_in()["preferred_username"] == "alice"


def test_code_opens_no_app(make_world, chromium):
    """An app's sign-in of a person without a device says to enrol first; no code is asked for."""
    world = make_world(enroll=None, sign_in=SILENT)
    signin_page.start(chromium, world.app, "alice")
    chromium.wait_text("enrol")
    assert not chromium.visible(signin_page.CODE)


def test_unenrolling_deletes_on_both_sides(world):
    """`agent unenroll` leaves nothing here and no active enrolment there."""
    world.agent.run("unenroll", world.verifier.issuer)
    assert world.agent.enrollments() == []
    assert [
        item for item in world.verifier.enrollments("alice") if item.get("status", "ACTIVE").upper() == "ACTIVE"
    ] == []
    keys = world.agent.state / "keys"
    assert not keys.exists() or [path for path in keys.iterdir() if path.is_file() and "key" in path.suffix] == []


def test_unenrolling_says_when_the_verifier_is_away(world):
    """The device forgets, and says that the verifier could not be told."""
    world.verifier.stop()
    result = world.agent.run("unenroll", world.verifier.issuer, check=False)
    assert "could not be reached" in result.stdout + result.stderr or "reach" in result.stderr
    assert world.agent.enrollments() == []
    world.verifier.start()


@pytest.mark.parametrize("what", ["user", "device"])
def test_suspension_ends_sessions(world, chromium, what):
    """Suspended: the session at the verifier is over and no new one starts; resumed, it works again."""
    assert "claims" in signin_page.sign_in(chromium, world.app, "alice")
    [enrolment] = world.verifier.enrollments("alice")
    target = ("user", "suspend", "alice") if what == "user" else ("enrollment", "suspend", enrolment["id"])
    world.verifier.run(*target)
    signin_page.start(chromium, world.app, "alice")
    wait_until(lambda: chromium.url.startswith(world.verifier.issuer), 10)
    chromium.wait_text("suspended")
    assert len(world.app.results) == 1
    world.verifier.run(target[0], "resume", target[2])
    assert "claims" in signin_page.sign_in(chromium, world.app, "alice")


def test_agent_that_was_off_during_two_rotations(world):
    """The agent walks the chain of announcements from the key that it pinned."""
    world.agent.stop()
    world.verifier.run("keys", "rotate")
    world.verifier.run("keys", "rotate")
    world.verifier.restart()
    world.agent.start()
    assert world.sign_in()["preferred_username"] == "alice"


def test_rotation_while_everything_runs(world):
    """A rotation needs no restart of the agent or the verifier."""
    world.sign_in()
    world.verifier.run("keys", "rotate")
    assert world.sign_in()["preferred_username"] == "alice"


def test_several_enrolments_are_kept_apart(make_verifier, make_app, make_agent):
    """Two organisations on one device: each gets its own keys and its own answers."""
    agent = make_agent().start()
    identities = []
    for name in ("one", "two"):
        verifier = make_verifier(name, sign_in=SILENT, organization={"id": f"00o{name}", "name": name})
        app = make_app(verifier)
        verifier.start()
        verifier.add_user("alice")
        agent.enroll(verifier.issuer, verifier.code("alice"))
        identities.append((verifier, app))
    assert len(agent.enrollments()) == 2
    from harness.page import SignInWithoutBrowser

    for _, app in identities:
        result = app.finish_url(SignInWithoutBrowser(app.authorize_url()).complete("alice"))
        assert "claims" in result, result
