# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""`agent browser-policy` on this machine's own folders, and browsers that heed what it wrote."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from harness import signin_page
from harness.isolation import needs_root, own_folder

pytestmark = needs_root
SIGN_IN = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}
CHROMIUM = Path("/etc/chromium/policies/managed/countersign-loopback.json")
FIREFOX = Path("/etc/firefox/policies/policies.json")
LEDGER = Path("/var/lib/countersign-agent/browser-policies")
ORIGIN = "https://id.example.com"
PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@pytest.fixture
def machine(tmp_path):
    """Folders of policies of this test process's own, empty at first."""
    with own_folder("/etc/chromium/policies"), own_folder("/etc/firefox"), own_folder(LEDGER.parent):
        yield


@pytest.fixture
def policy(programs, place):
    """Runs the command; answers its exit status, its output, and what it says beside it."""
    state = place / "state"
    state.mkdir(mode=0o700)

    def run(*arguments, user=None):
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "COUNTERSIGN_STATE_DIR": str(state)}
        result = subprocess.run(
            [programs / "agent", "browser-policy", *arguments], env=environment, capture_output=True, text=True,
            user=user, group=user, extra_groups=[] if user else None, check=False, timeout=60,
        )
        return result.returncode, result.stdout, result.stderr

    return run


@pytest.fixture
def public_world(make_world, tls_identity):
    """A world whose verifier is `https://idp.test:port`."""
    return make_world(host=tls_identity.host, certificate=tls_identity.certificate, sign_in=SIGN_IN)


def permission(browser, world):
    """What a page of the verifier reads as its permission for loopback."""
    browser.open(f"{world.verifier.issuer}/livez")
    return browser.evaluate_async(
        "navigator.permissions.query({name: 'loopback-network'}).then(s => done(s.state), e => done(String(e)));"
    )


def reaches(browser, world):
    """Whether the sign-in page can reach the agent; nobody answers a question of the browser."""
    browser.open(f"{world.app.origin}/login")
    browser.wait_visible(signin_page.IDENTIFIER)
    return browser.evaluate_async(
        f"const s = AbortSignal.timeout(6000); fetch('http://127.0.0.1:{world.agent.port}/probe', {{signal: s}})"
        ".then(r => done(r.status), () => done(0));"
    ) == 200


def open_public(open_browser, kind, world):
    """A browser that takes the verifier's address for a public one."""
    address = f"127.0.0.1:{world.verifier.port}"
    if kind == "chromium":
        return open_browser(kind, insecure=True, switches=[f"--ip-address-space-overrides={address}=public"])
    preferences = {
        "network.lna.enabled": "true", "network.lna.blocking": "true",
        "network.lna.address_space.public.override": json.dumps(address),
    }
    return open_browser(kind, insecure=True, preferences=preferences)


def text_of_all(browser):
    """The text of a page of the browser's own, with what its parts keep to themselves."""
    return browser.evaluate(
        "const texts = []; const walk = node => { if (node.shadowRoot) walk(node.shadowRoot);"
        " if (!node.children || node.children.length === 0) texts.push((node.textContent || '').trim());"
        " for (const child of node.children || []) walk(child); };"
        " walk(document.documentElement); return texts.filter(text => text).join('\\n');"
    )


def test_chromium_heeds_the_policy_and_shows_it(public_world, open_browser, machine, policy):
    """Without it the page asks; with it the page signs in at once; after removal it asks again."""
    world = public_world
    browser = open_public(open_browser, "chromium", world)
    assert permission(browser, world) == "prompt"
    assert not reaches(browser, world)
    assert policy("install", "--origin", world.verifier.issuer)[0] == 0
    browser = open_public(open_browser, "chromium", world)
    assert permission(browser, world) == "granted"
    assert "claims" in signin_page.sign_in(browser, world.app, world.user)
    browser.open("chrome://policy")
    shown = text_of_all(browser)
    assert "LoopbackNetworkAllowedForUrls" in shown
    assert world.verifier.issuer in shown
    assert "Unknown policy" not in shown
    assert policy("remove")[0] == 0
    browser = open_public(open_browser, "chromium", world)
    assert permission(browser, world) == "prompt"


def test_firefox_heeds_the_policy_and_shows_it(public_world, open_browser, machine, policy):
    """Without it the page does not reach the agent before somebody has answered; with it it signs in."""
    world = public_world
    browser = open_public(open_browser, "firefox", world)
    assert not reaches(browser, world)
    signin_page.start(browser, world.app, world.user)
    browser.wait_text("Your browser asks you", "#title")
    assert not browser.visible("#permission-go")
    assert policy("install", "--origin", world.verifier.issuer)[0] == 0
    browser = open_public(open_browser, "firefox", world)
    assert reaches(browser, world)
    count = len(world.app.results)
    # Firefox does not tell pages that it will not ask; the page tries, and has nothing to explain.
    assert "claims" in signin_page.sign_in(browser, world.app, world.user)
    assert len(world.app.results) == count + 1
    browser.open("about:policies#active")
    shown = text_of_all(browser)
    assert "LocalNetworkAccess" in shown
    assert "idp.test" in shown


def test_doctor_names_the_command_and_is_content_after_it(public_world, machine, policy):
    """What doctor says to do is done word by word."""
    def findings():
        listed = json.loads(public_world.agent.run("doctor", "--json", check=False).stdout)["findings"]
        return {item["id"]: item for item in listed if item["id"].startswith("browser.")}

    before = findings()
    assert {item["status"] for item in before.values()} == {"warning"}
    commands = {item["fix"].split("sudo agent browser-policy ")[1] for item in before.values()}
    assert len(commands) == 1
    assert policy(*commands.pop().split())[0] == 0
    after = findings()
    assert after.keys() == before.keys()
    assert {item["status"] for item in after.values()} == {"ok"}
    assert policy("remove")[0] == 0
    assert findings() == before


def test_print_without_origins_is_for_the_enrolled(public_world, machine):
    listed = json.loads(public_world.agent.run("browser-policy", "print", "--all", "--json").stdout)["policies"]
    by_browser = {name: entry for entry in listed for name in entry["browsers"]}
    assert json.loads(by_browser["chromium"]["content"]) == {
        "LoopbackNetworkAllowedForUrls": [public_world.verifier.issuer]
    }
    assert json.loads(by_browser["firefox-esr"]["content"]) == {
        "policies": {"LocalNetworkAccess": {"SkipDomains": ["idp.test"]}}
    }
    assert by_browser["chromium"]["path"] == str(CHROMIUM)
    assert len(by_browser) == 9
    assert not CHROMIUM.exists()
    text = public_world.agent.run("browser-policy", "print", "--browser", "edge").stdout
    assert text.startswith("# /etc/opt/edge/policies/managed/countersign-loopback.json (edge)\n{")


def test_print_where_nothing_is_enrolled_wants_an_origin(policy):
    status, output, errors = policy("print")
    assert (status, output) == (1, "")
    assert "--origin" in errors
    assert policy("print", "--browser", "chromium", "--origin", ORIGIN)[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("install",), ("install", "--origin", "id.example.com"), ("install", "--origin", f"{ORIGIN}/path"),
        ("install", "--origin", "https://*"), ("install", "--origin", "https://a b"), ("install", "--origin", ""),
        ("install", "--origin", ORIGIN, "--browser", "netscape"), ("install", "--origin", f"{ORIGIN}?x"),
        ("install", "--origin", ORIGIN, "--all", "--browser", "edge"), ("remove", "--browser", "netscape"),
        ("install", "--origin", 'https://x"y'),
    ],
)
def test_wrong_usage_is_told_from_failure(policy, machine, arguments):
    assert policy(*arguments)[0] == 64
    assert not CHROMIUM.exists()


def test_ordinary_user_is_told_to_ask_root(policy, machine, second_user):
    for arguments in (("install", "--origin", ORIGIN), ("remove",)):
        status, output, errors = policy(*arguments, user=second_user)
        assert (status, output) == (1, "")
        assert "only root may change them" in errors
        assert "sudo" in errors


def test_page_without_tls_is_refused(policy, machine):
    status, _, errors = policy("install", "--origin", "http://id.example.com")
    assert status == 1
    assert "https" in errors
    assert not CHROMIUM.exists()


def test_file_of_somebody_else_stays_and_what_to_add_is_said(policy, machine):
    FIREFOX.parent.mkdir()
    FIREFOX.write_text('{"policies": {"DisableTelemetry": true}}')
    status, output, errors = policy("install", "--origin", ORIGIN)
    assert status == 1
    assert f"wrote {CHROMIUM}" in output
    assert str(FIREFOX) in errors
    assert '"SkipDomains"' in errors
    assert "id.example.com" in errors
    assert FIREFOX.read_text() == '{"policies": {"DisableTelemetry": true}}'
    status, output, _ = policy("install", "--origin", ORIGIN, "--json")
    assert status == 1
    results = {entry["path"]: entry for entry in json.loads(output)["results"]}
    assert results[str(CHROMIUM)]["result"] == "unchanged"
    assert results[str(FIREFOX)]["result"] == "refused"
    assert json.loads(results[str(FIREFOX)]["add"])["policies"]
    assert policy("remove")[0] == 0
    assert FIREFOX.exists()
    assert not CHROMIUM.exists()


def test_folder_that_cannot_be_written_is_told(policy, machine):
    subprocess.run(["mount", "-o", "remount,ro", "/etc/chromium/policies"], check=True)
    status, output, errors = policy("install", "--origin", ORIGIN, "--browser", "chromium", "--browser", "firefox")
    assert status == 1
    assert "Read-only file system" in errors
    assert f"wrote {FIREFOX}" in output
    subprocess.run(["mount", "-o", "remount,rw", "/etc/chromium/policies"], check=True)
    assert policy("remove")[0] == 0
    assert not FIREFOX.exists()


def test_image_gets_its_own_policies_and_gives_them_back(policy, machine, place):
    image = place / "image"
    for folder in ("etc", "usr/bin", "var/lib/flatpak/app/org.mozilla.firefox"):
        (image / folder).mkdir(parents=True)
    (image / "usr/bin/google-chrome").touch()

    def files():
        return sorted(str(path.relative_to(image)) for path in image.rglob("*"))

    before = files()
    assert policy("install", "--origin", ORIGIN, "--root", f"{image}/")[0] == 0
    machine_name = os.uname().machine
    chrome = image / "etc/opt/chrome/policies/managed/countersign-loopback.json"
    flatpak = image / f"var/lib/flatpak/extension/org.mozilla.firefox.systemconfig/{machine_name}/stable/policies"
    assert json.loads(chrome.read_text()) == {"LoopbackNetworkAllowedForUrls": [ORIGIN]}
    assert json.loads((flatpak / "policies.json").read_text())["policies"]
    assert not CHROMIUM.exists()
    assert policy("remove", "--root", str(image))[0] == 0
    assert files() == before
    status, _, errors = policy("install", "--origin", ORIGIN, "--root", str(place / "nowhere"), "--all")
    assert status == 1
    assert "No such file or directory" in errors


def test_purging_the_package_removes_what_was_written(policy, machine):
    """The script of the package goes by the list alone, since the program is gone when it runs."""
    assert policy("install", "--origin", ORIGIN, "--browser", "chromium", "--browser", "firefox")[0] == 0
    others = CHROMIUM.with_name("corporate.json")
    others.write_text("{}")
    FIREFOX.write_text(FIREFOX.read_text().replace("id.example.com", "crm.example.com"))
    # What else the script looks at, and removes.
    with own_folder("/etc/apparmor.d"), own_folder("/etc/countersign"):
        subprocess.run(["sh", PACKAGING / "debian/countersign-agent.postrm", "purge"], check=True, capture_output=True)
    assert not CHROMIUM.exists()
    assert others.exists()
    assert "crm.example.com" in FIREFOX.read_text()
    assert not LEDGER.exists()
