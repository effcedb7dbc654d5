# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Sign-ins by a link of the agent's own scheme, for where no page reaches it; and what keeps them in bounds."""

import configparser
import contextlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from harness import signin_page
from harness.isolation import needs_root, own_folder
from harness.processes import wait_until

ENTRY = Path(__file__).resolve().parents[2] / "packaging" / "applications" / "countersign-agent-link.desktop"
ETC = Path("/etc/countersign")
CHROMIUM_POLICIES = Path("/etc/chromium/policies")
BY_LINK = {"user_verification": "DISCOURAGED", "user_mediation": "NONE", "custom_uri": True}
pytestmark = needs_root


@pytest.fixture
def allowing(make_world):
    """A world whose agent's administrator lets the organisation's links sign in; no page reaches the agent's ports."""
    def make(device=True, **sign_in):
        # Ports on which no agent listens: what a browser that cannot reach loopback finds.
        world = make_world(sign_in=BY_LINK | sign_in, loopback={"ports": [61799], "probe_timeout_millis": 200})
        if device:
            (ETC / "agent.toml").write_text(f'[custom_uri]\norganizations = ["{world.verifier.issuer}"]\n')
            world.agent.restart()
        return world

    with own_folder(ETC):
        yield make


@pytest.fixture
def desktop(place, monkeypatch):
    """Installs the package's desktop entry for a person's programs, with the program that is tested."""
    def install(agent):
        if not all(map(shutil.which, ("xdg-open", "update-desktop-database", "Xvfb"))):
            pytest.skip("no xdg-utils, desktop-file-utils or Xvfb")
        program = place / "countersign-agent"
        variables = "\n".join(f"export {name}='{value}'" for name, value in agent.environment.items())
        run = f'echo "$@" >>{place}/opened\nexec {agent.program} "$@" 2>>{place}/said'
        program.write_text(f"#!/bin/sh\n{variables}\n{run}\n")
        program.chmod(0o755)
        applications = place / "data" / "applications"
        applications.mkdir(parents=True)
        (applications / ENTRY.name).write_text(ENTRY.read_text().replace("/usr/bin/countersign-agent", str(program)))
        subprocess.run(["update-desktop-database", applications], check=True)
        monkeypatch.setenv("XDG_DATA_DIRS", f"{place / 'data'}:/usr/share")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(place / "config"))
        monkeypatch.setenv("XDG_DATA_HOME", str(place / "home-data"))
        for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_CURRENT_DESKTOP", "DESKTOP_SESSION", "BROWSER"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("DISPLAY", stack.enter_context(display()))

    with contextlib.ExitStack() as stack:
        yield install


@contextlib.contextmanager
def display():
    """A screen for nobody."""
    reading, writing = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "900x700x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writing)
        with os.fdopen(reading) as numbers:
            yield f":{numbers.readline().strip()}"
        server.terminate()


@pytest.fixture
def launching():
    """Chromium asks nobody before it opens links of the scheme: a policy answers, as an administrator's could."""
    def allow(origin):
        managed = CHROMIUM_POLICIES / "managed"
        managed.mkdir()
        rule = [{"protocol": "countersign", "allowed_origins": [origin]}]
        (managed / "links.json").write_text(json.dumps({"AutoLaunchProtocolsFromOrigins": rule}))

    with own_folder(CHROMIUM_POLICIES):
        yield allow


def unreached(world):
    """A page that reached no agent, and what the verifier said to that."""
    page = world.page()
    page.begin()
    page.identify("alice")
    failed = page.call(
        "/idp/idx/authenticators/poll/cancel", {"reason": "OV_UNREACHABLE_BY_LOOPBACK", "statusCode": None}
    )
    assert failed["failure"] == "agentUnreachable"
    return page, failed


def link_of(world):
    """Goes to the link as a page does that reached no agent; answers the page and the link."""
    page, failed = unreached(world)
    assert failed["offersLink"] is True
    answer = page.call("/idp/idx/challenge/link")
    assert answer["challenge"]["challengeMethod"] == "CUSTOM_URI"
    return page, answer["challenge"]["href"]


def state(page):
    """Where the sign-in stands."""
    return page.call("/idp/idx/authenticators/poll")["state"]


def test_desktops_understand_the_entry():
    """By the specification's own checker; and it is for one scheme alone."""
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", ENTRY], check=True)
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str
    parser.read(ENTRY)
    assert parser["Desktop Entry"]["MimeType"] == "x-scheme-handler/countersign;"
    assert parser["Desktop Entry"]["Exec"] == "/usr/bin/countersign-agent open %u"


def test_chromium_opens_the_link_and_the_person_is_asked(allowing, desktop, launching, open_browser, place):
    """From the page that reached no agent to the app: browser, xdg-open, desktop entry, program, prompt."""
    world = allowing()
    desktop(world.agent)
    launching(world.verifier.issuer)
    browser = open_browser("chromium", headless=False)
    signin_page.start(browser, world.app, world.user)
    browser.wait_visible("#use-link", 30)
    browser.click("#use-link")
    browser.wait_visible("#link-open")
    link = browser.evaluate("return document.querySelector('#link-open').href")
    assert link.startswith("countersign:/deviceChallenge?")
    browser.click("#link-open")
    browser.wait_url(world.app.origin, 40)
    result = world.app.wait_for_result(1)
    assert "claims" in result, result
    claims = result["claims"]
    assert claims["preferred_username"] == "alice"
    assert "acr" not in claims
    assert (place / "opened").read_text().startswith("open countersign:/deviceChallenge?challengeRequest=")
    shown = world.agent.person.shown()
    assert "A link brought this" in json.dumps(shown)
    event = world.verifier.audit("user.authentication.auth_via_mfa")[-1]
    assert event["debugContext"]["debugData"]["bindingType"] == "CUSTOM_URI"


def test_xdg_open_gives_the_link_to_the_program(allowing, desktop, place):
    """Without a browser, as from a mail or a chat."""
    world = allowing()
    desktop(world.agent)
    page, link = link_of(world)
    subprocess.run(["xdg-open", link], check=True, timeout=60)
    assert state(page) == "success", (place / "said").read_text()


def test_gio_gives_the_link_to_the_program(allowing, desktop):
    """As desktops of the GNOME family do."""
    if not shutil.which("gio"):
        pytest.skip("no gio")
    world = allowing()
    desktop(world.agent)
    page, link = link_of(world)
    subprocess.run(["gio", "open", link], check=True, timeout=60)
    wait_until(lambda: state(page) == "success", 20, what="the sign-in")


def test_the_device_s_administrator_has_to_allow_it(allowing):
    """The organisation's word alone does not do."""
    world = allowing(device=False)
    page, link = link_of(world)
    done = world.agent.run("open", link, check=False)
    assert done.returncode == 1
    assert "administrator" in done.stderr
    assert not world.agent.person.shown()
    assert state(page) == "challenge"


def test_the_organisation_has_to_allow_it(allowing):
    """The device's word alone does not do."""
    world = allowing(custom_uri=False)
    page, failed = unreached(world)
    assert "offersLink" not in failed
    with pytest.raises(AssertionError, match="403"):
        page.call("/idp/idx/challenge/link")


def test_its_session_opens_no_account_page(allowing):
    """Who sent the link may be the one whose browser it is."""
    world = allowing()
    page, link = link_of(world)
    world.agent.run("open", link)
    assert state(page) == "success"
    assert "claims" in world.app.finish_url(page.follow())
    account = page.http.get(f"{world.verifier.issuer}/account")
    assert account.status in (302, 303)
    assert "/signin?" in account.location
    headers = {"Origin": world.verifier.issuer, "X-Countersign": "1"}
    assert page.http.post_json(f"{world.verifier.issuer}/account/api/view", {}, headers=headers).status == 401


def test_what_the_person_refuses_is_refused(allowing):
    """The prompt is there although the app wants nobody asked."""
    world = allowing()
    world.agent.person.will(consent="deny")
    page, link = link_of(world)
    world.agent.run("open", link, check=False)
    assert world.agent.person.shown()
    assert page.call("/idp/idx/authenticators/poll")["failure"] == "declined"


def test_what_is_no_link_of_ours_is_refused(allowing):
    """Whatever a page writes behind the scheme."""
    world = allowing()
    begun = "countersign:/deviceChallenge?challengeRequest="
    for link in ("countersign:", begun, f"{begun}x", "countersign:/run?x=$(id)", "http://x/"):
        done = world.agent.run("open", link, check=False)
        assert done.returncode == 1
        assert "link" in done.stderr
    assert world.agent.run("open", "--version", check=False).stderr == ""


def test_it_says_where_no_agent_runs(allowing):
    """As all commands do."""
    world = allowing()
    _, link = link_of(world)
    world.agent.stop()
    assert world.agent.run("open", link, check=False).returncode == 3
