# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What the person sees in the browser when hardware or its service fails, and that the next sign-in works."""

import base64
import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from fido2.ctap2 import Ctap2
from harness import signin_page
from harness.agent import PORTS
from harness.hardware import PIN
from harness.meddling_tpm import MeddlingTPM
from harness.processes import wait_until
from harness.security_keys import Programs, in_background, python_device

SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}
KEY_FAILED = "Your key could not be used"
NOT_VERIFIED = "Your PIN or fingerprint is needed"
SCDAEMON = Path("/usr/lib/gnupg/scdaemon")
SELECT_PIV = "00A4040005A000000308"
WAIT_FOR_IT = "a key may take none for a while, as a TPM does"


@pytest.fixture
def world_with(world_with):
    """A world as everywhere, whose app takes no session of before: each sign-in asks the hardware."""

    def make(*options, **sections):
        world = world_with(*options, **sections)
        world.app.parameters = {"prompt": "login"}
        return world

    return make


def retry(browser, app):
    """Tries again on the page that told of a failure, up to the app."""
    count = len(app.results)
    browser.wait_visible(signin_page.RETRY)
    browser.click(signin_page.RETRY)
    browser.wait_url(app.origin, 30)
    return app.wait_for_result(count + 1)["claims"]


def failures(world):
    """Why sign-ins ended without one, as the verifier noted it."""
    events = world.verifier.audit("user.authentication.auth_via_mfa")
    return [event["outcome"]["reason"] for event in events if event["outcome"]["result"] == "FAILURE"]


def told(browser, world, *texts):
    """Starts a sign-in, and waits for what the page tells in the end."""
    signin_page.start(browser, world.app, "alice")
    for text in texts:
        browser.wait_text(text, timeout=40)


# pcscd


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_pcscd_is_started_anew_after_the_enrolment(world_with, smart_card, chromium, kill):
    """The agent finds service and card again by itself, each time."""
    world = world_with("--key", "piv")
    for _ in range(2):
        smart_card.restart_service(kill)
        wait_until(smart_card.is_in, 30, what="the card in its reader")
        assert signin_page.sign_in(chromium, world.app, "alice")["claims"]["acr"] == "phrh"


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_pcscd_is_started_anew_while_the_pin_is_typed(world_with, smart_card, browser, kill):
    """The person notices nothing."""
    world = world_with("--key", "piv")
    world.person.will(delay=10)
    count, asked = len(world.app.results), len(world.person.shown("getpin"))
    signin_page.start(browser, world.app, "alice")
    world.person.wait_for("getpin", asked + 1)
    smart_card.restart_service(kill)
    wait_until(smart_card.is_in, 9, what="the card in its reader before the PIN is typed")
    browser.wait_url(world.app.origin, 30)
    assert world.app.wait_for_result(count + 1)["claims"]["amr"] == ["hwk", "sc", "pin", "mfa", "pop"]
    assert len(world.person.shown("getpin")) == asked + 1


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_pcscd_is_started_anew_while_the_card_signs(world_with, make_card, chromium, kill):
    """The signature is made again, with a touch of its own; the PIN is not asked for again, and loses no try."""
    card = make_card("--touch", "3000")
    options = ["--key", "piv", "--generate", "--touch-policy", "always", "--possession-key", "software"]
    world = world_with(*options)
    asked = len(world.person.shown("getpin"))
    signin_page.start(chromium, world.app, "alice")
    world.person.wait_for("getpin", asked + 1)
    # The PIN is typed after 0.7 seconds, and then the card waits for its touch.
    time.sleep(2)
    card.restart_service(kill)
    assert not world.app.results
    chromium.wait_url(world.app.origin, 40)
    assert world.app.wait_for_result()["claims"]["amr"] == ["hwk", "sc", "pin", "user", "mfa", "pop"]
    assert len(world.person.shown("getpin")) == asked + 1
    assert "PIN tries left:\t3" in card.piv_tool("--action", "status")


def test_a_command_that_ends_while_the_card_waits_leaves_no_pin_behind(world_with, make_card):
    """The first Ctrl-C says what is waited for, the second ends the command; pcscd resets the card that it leaves."""
    card = make_card("--touch", "8000")
    world = world_with("--key", "piv", "--generate", "--touch-policy", "always", "--possession-key", "software")
    listed = json.loads(world.agent.run("keys", "list", "--json").stdout)["enrolled"]
    [key] = [key["id"] for key in listed if key["kind"] == "piv"]
    asked = len(world.person.shown("getpin"))
    command = subprocess.Popen(
        world.agent.command("keys", "test", key),
        env=world.agent.environment,
        cwd=world.agent.directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        world.person.wait_for("getpin", asked + 1)
        # The PIN is typed after 0.7 seconds, and then the card waits for its touch.
        time.sleep(1.5)
        command.send_signal(signal.SIGINT)
        while "press Ctrl-C once more" not in (line := command.stderr.readline()):
            assert line, "the command ended by the first Ctrl-C"
        assert command.poll() is None
        command.send_signal(signal.SIGINT)
        assert command.wait(10) == 128 + signal.SIGINT
    finally:
        command.kill()
        command.communicate()
    wait_until(lambda: not card.commands()[2], 30, what="the card to forget the PIN")
    card.piv_tool("--action", "verify-pin", "--pin", PIN)


def test_the_card_of_a_program_that_ends_in_its_transaction_forgets_the_pin(smart_card):
    """What the agent counts on, should it end after the signature and before the card was made to forget the PIN."""
    smart_card.commands()
    program = smart_card.show_pin(PIN)
    try:
        assert smart_card.commands()[2]
    finally:
        program.kill()
        program.wait()
    wait_until(lambda: not smart_card.commands()[2], 10, what="the card to forget the PIN")


def test_pcscd_stays_away(world_with, smart_card, chromium):
    """The page says that the key could not be used, and trying again works once the service is back."""
    world = world_with("--key", "piv", sign_in=SILENT)
    smart_card.stop_service()
    told(chromium, world, KEY_FAILED, "must be plugged in")
    assert "pcscd" in world.agent.log()
    smart_card.start_service()
    wait_until(smart_card.is_in, 30, what="the card in its reader")
    assert retry(chromium, world.app)["amr"] == ["hwk", "sc", "pop"]


# Two at once


def test_another_program_signs_with_the_card_at_the_same_time(world_with, smart_card, chromium):
    """Yubico's tool and the agent take turns; neither takes the other's PIN away."""
    world = world_with("--key", "piv")
    (smart_card.place / "data").write_bytes(b"hello")
    signing = ("--action", "verify-pin", "--pin", PIN, "--sign", "--slot", "9a", "--algorithm", "ECCP256")

    def keep_signing():
        count, end = 0, time.monotonic() + 6
        while count < 2 or time.monotonic() < end:
            smart_card.piv_tool(*signing, "--hash", "SHA256", "--input", "data", "--output", "signature")
            smart_card.succeed("openssl", "dgst", "-sha256", "-verify", "9a.pem", "-signature", "signature", "data")
            count += 1
        return count

    other = in_background(keep_signing)
    for _ in range(2):
        assert signin_page.sign_in(chromium, world.app, "alice")["claims"]["acr"] == "phrh"
    assert other() > 1


def test_gnupg_keeps_its_way_to_the_card_while_the_agent_signs(world_with, smart_card, place):
    """Its scdaemon shares the reader, as docs/piv.md says; neither waits long for the other, or resets the card."""
    if not shutil.which("gpg-connect-agent") or not SCDAEMON.exists():
        pytest.skip("scdaemon is not installed")
    home = place / "gnupg"
    home.mkdir(mode=0o700)
    (home / "scdaemon.conf").write_text("disable-ccid\npcsc-shared\n", encoding="ascii")
    (home / "gpg-agent.conf").write_text(f"scdaemon-program {SCDAEMON}\n", encoding="ascii")
    environment = smart_card.environment | {"GNUPGHOME": str(home)}

    def ask(*commands):
        """What scdaemon answers; the card's own bytes are among it."""
        result = subprocess.run(
            ["gpg-connect-agent", *commands, "/bye"], env=environment, capture_output=True, timeout=30, check=True
        )
        assert b"ERR" not in result.stdout, result.stdout
        return result.stdout

    try:
        # Without an application of GnuPG's own the card is spoken to as it is.
        ask("SCD SERIALNO undefined")
        world = world_with("--key", "piv")
        for _ in range(2):
            assert b"D " in ask(f"SCD APDU {SELECT_PIV}")
            assert world.sign_in()["acr"] == "phrh"
        assert b"D " in ask(f"SCD APDU {SELECT_PIV}")
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=True, timeout=30)


def test_another_program_holds_the_card(world_with, smart_card, chromium):
    """A short while is waited for; a longer one is said, and trying again works."""
    world = world_with("--key", "piv", sign_in=SILENT)
    holder = smart_card.hold(2)
    assert signin_page.sign_in(chromium, world.app, "alice")["claims"]["acr"] == "phrh"
    holder.wait(timeout=20)
    holder = smart_card.hold(60)
    told(chromium, world, KEY_FAILED, "no other program may hold it")
    assert "another program holds the card" in world.agent.log()
    holder.kill()
    holder.wait()
    assert retry(chromium, world.app)["acr"] == "phrh"


def touched_when_it_waits(key, who):
    """Touches the key once it waits for that."""
    wait_until(lambda: key.tell("state") == "waiting", 30, what=f"the wait for a touch of {who}")
    assert key.tell("touch") == "ok"


def test_another_program_waits_for_a_touch_of_the_same_key(world_with, security_key, preload, chromium):
    """The agent's turn comes when the other's touch was given, as libfido2 arranges it."""
    world = world_with("--key", "fido2")
    assert security_key.tell("touch hand") == "ok"
    other = Programs(preload, security_key)
    challenge = base64.b64encode(bytes(32)).decode()
    made = in_background(
        lambda: other.run("fido2-cred", "-M", security_key.path, input=f"{challenge}\nexample.org\nbob\nAAAA\n")
    )
    wait_until(lambda: security_key.tell("state") == "waiting", 30, what="the other program's wait for a touch")
    count = len(world.app.results)
    signin_page.start(chromium, world.app, "alice")
    time.sleep(1)
    assert not world.app.results
    touched_when_it_waits(security_key, "the other program")
    assert made().returncode == 0, made().stderr
    touched_when_it_waits(security_key, "the agent")
    chromium.wait_url(world.app.origin, 30)
    assert world.app.wait_for_result(count + 1)["claims"]["acr"] == "phrh"


def test_another_program_uses_the_key_past_everybody(world_with, security_key, chromium):
    """It cannot be waited for: the page says that the key could not be used, and then it works again."""
    world = world_with("--key", "fido2")
    assert security_key.tell("touch hand") == "ok"
    device = python_device(security_key)
    selection = in_background(Ctap2(device).selection)
    wait_until(lambda: security_key.tell("state") == "waiting", what="the other program's wait for a touch")
    told(chromium, world, KEY_FAILED, "no other program may hold it")
    assert "another program may be using it" in world.agent.log()
    assert security_key.tell("touch") == "ok"
    selection()
    device.close()
    assert security_key.tell("touch auto") == "ok"
    assert retry(chromium, world.app)["acr"] == "phrh"


def test_two_agents_sign_with_one_key_at_the_same_time(world_with, security_key, hardware, make_agent):
    """Each gets its touch, and neither fails for the other."""
    world = world_with("--key", "fido2")
    laptop = make_agent("laptop", environment=hardware.environment)
    laptop.person.will(pins=[PIN])
    laptop.start()
    world.enroll("--key", "fido2", agent=laptop)
    for _ in range(3):
        pages = [world.page(), world.page()]
        for page in pages:
            page.begin()
            page.identify("alice")
        answers = [in_background(page.carry, [port]) for page, port in zip(pages, PORTS, strict=False)]
        assert [answer() for answer in answers] == [200, 200]
        assert [page.poll()["state"] for page in pages] == ["success", "success"]


# A TPM


@pytest.fixture
def meddling(tpm, hardware):
    """What stands between the agent and its TPM."""
    proxy = MeddlingTPM(tpm)
    hardware.environment |= proxy.environment
    yield proxy
    proxy.stop()


def test_a_tpm_is_busy(world_with, meddling, chromium):
    """For a moment nobody notices; where it stays so, the page says that the key could not be used."""
    world = world_with("--key", "tpm", sign_in=SILENT)
    meddling.is_busy = True

    def recover():
        wait_until(lambda: meddling.refused, 30, what="a command that the TPM puts off")
        time.sleep(1)
        meddling.is_busy = False

    ready = in_background(recover)
    assert signin_page.sign_in(chromium, world.app, "alice")["claims"]["acr"] == "phrh"
    ready()
    assert meddling.refused > 0
    meddling.is_busy = True
    told(chromium, world, KEY_FAILED, "Wait a moment, then try again")
    assert "the TPM stays busy" in world.agent.log()
    meddling.is_busy = False
    assert retry(chromium, world.app)["amr"] == ["hwk", "pop"]


def test_a_tpm_is_busy_when_the_pin_is_wanted(world_with, meddling, chromium):
    """The page says that the person could not be verified; no try is lost."""
    world = world_with("--key", "tpm", "--user-verification", "--possession-key", "software")
    meddling.is_busy = True
    told(chromium, world, NOT_VERIFIED)
    meddling.is_busy = False
    assert retry(chromium, world.app)["amr"] == ["hwk", "pin", "mfa", "pop"]


def test_a_tpm_is_in_lockout(world_with, tpm, browser):
    """The page says to wait; what needs no PIN works all the while, and an administrator ends it."""
    world = world_with("--key", "tpm", "--user-verification")
    tpm.run("tpm2_dictionarylockout", "--setup-parameters", "--max-tries=3", "--recovery-time=3600",
        "--lockout-recovery-time=3600")  # fmt: skip
    world.person.will(pins=["999999", "999999", "999999", PIN])
    told(browser, world, NOT_VERIFIED, WAIT_FOR_IT)
    asked = len(world.person.shown("getpin"))
    # The PIN would be right now, and is not even asked for.
    browser.click(signin_page.RETRY)
    wait_until(lambda: len(failures(world)) == 2, 40, what="the second failure")
    browser.wait_text(NOT_VERIFIED)
    assert len(world.person.shown("getpin")) == asked
    tpm.run("tpm2_dictionarylockout", "--clear-lockout")
    assert retry(browser, world.app)["amr"] == ["hwk", "pin", "mfa", "pop"]
