# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the built programs; a verifier, an agent and an app of a test's own; browsers that remember nothing."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from harness import browsers
from harness.agent import Agent
from harness.certificates import issue
from harness.isolation import bind_mount, enter_own_namespaces, free_port, is_root, unmount
from harness.page import SignInWithoutBrowser
from harness.recording import RecordingProxy
from harness.relying_party import RelyingParty
from harness.verifier import Client, Verifier
from harness.widget import WidgetHost

pytest_plugins = ["harness.hardware"]

AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("agent", "verifier", "posture-helper")
# The virtual devices of the tests, which the programs find beside themselves.
DEVICES = ("virtual-devices", "virtual-piv-card")


def pytest_configure(config):
    """Gives every process that runs tests namespaces of its own."""
    config.addinivalue_line("markers", "long: takes a minute or more, and so starts first")
    if not hasattr(config, "workerinput") and config.getoption("numprocesses", None):
        return
    enter_own_namespaces()


def pytest_collection_modifyitems(items):
    """Starts what takes longest first, some of it in each process, so that the rest passes meanwhile.

    Each process begins with an equal part of the list: xdist gives it so many, rounded down, of those that are left.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("long")]
    others = [item for item in items if not item.get_closest_marker("long")]
    left = len(items)
    items.clear()
    for number in range(processes):
        part = left // (processes - number)
        left -= part
        begin = long[number::processes]
        take = max(0, part - len(begin))
        items += begin + others[:take]
        del others[:take]


@pytest.fixture(scope="session")
def programs():
    """Where the programs are; copied to where every user of the machine may run them."""
    built = Path(os.environ.get("COUNTERSIGN_PROGRAMS", ROOT / ".build" / "debug"))
    missing = [name for name in PROGRAMS if not (built / name).exists()]
    if missing:
        pytest.exit(f"{', '.join(missing)} not found in {built}: run 'make build' first", returncode=3)
    directory = Path(tempfile.mkdtemp(prefix="countersign-programs-"))
    directory.chmod(0o755)
    for name in (*PROGRAMS, *(name for name in DEVICES if (built / name).exists())):
        shutil.copy2(built / name, directory / name)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def place(request):
    """A directory of the test's own, which other users may pass through. Kept where the test failed."""
    directory = Path(tempfile.mkdtemp(prefix="countersign-test-"))
    directory.chmod(0o755)
    yield directory
    report = getattr(request.node, "outcome_of_call", None)
    if report is None or not report.failed:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Remembers how a test went, and shows the programs' logs where it failed."""
    outcome = yield
    report = outcome.get_result()
    if report.when != "call":
        return
    item.outcome_of_call = report
    place = item.funcargs.get("place")
    if report.failed and place:
        for log in sorted(place.rglob("*.log"))[:8]:
            if log.name in ("agent.log", "verifier.log", "error.log", "helper.log", "manager.log"):
                report.sections.append((str(log), log.read_text(errors="replace")[-4000:]))
        report.sections.append(("kept", str(place)))


@pytest.fixture
def make_verifier(programs, place):
    """Makes verifiers; they are stopped at the end."""
    made = []

    def make(name="verifier", **options):
        verifier = Verifier(programs / "verifier", place / name, **options)
        made.append(verifier)
        return verifier

    yield make
    for verifier in made:
        verifier.stop()


@pytest.fixture
def make_agent(programs, place):
    """Makes agents; they are stopped at the end."""
    made = []

    def make(name="agent", **options):
        agent = Agent(programs / "agent", place / name, **options)
        made.append(agent)
        return agent

    yield make
    for agent in made:
        agent.stop()


@pytest.fixture
def recorder():
    """A recording proxy, to be started with the verifier's port."""
    proxy = RecordingProxy()
    yield proxy
    proxy.stop()


@pytest.fixture
def make_widget_host():
    """Makes sign-in pages of another maker."""
    made = []

    def make(**options):
        made.append(WidgetHost(**options).start())
        return made[-1]

    yield make
    for host in made:
        host.stop()


@pytest.fixture
def make_app():
    """Makes apps that sign people in."""
    made = []

    def make(verifier, client=None, **parameters):
        made.append(RelyingParty(verifier, client or Client(), parameters))
        return made[-1].start()

    yield make
    for app in made:
        app.stop()


class World:
    """A verifier with an app and a person, and an agent that is enrolled for that person."""

    def __init__(self, verifier, app, agent):
        self.verifier = verifier
        self.app = app
        self.agent = agent
        self.user = "alice"

    @property
    def person(self):
        """Who answers the prompts."""
        return self.agent.person

    def page(self, jar=None, **parameters):
        """A sign-in without a browser."""
        return SignInWithoutBrowser(self.app.authorize_url(**parameters), jar)

    def sign_in(self, **parameters):
        """A whole sign-in without a browser; answers the ID token's claims."""
        result = self.app.finish_url(self.page(**parameters).complete(self.user))
        assert "claims" in result, result
        return result["claims"]

    def enroll(self, *options, agent=None, user=None):
        """Enrols a device with a new one-time code."""
        user = user or self.user
        return (agent or self.agent).enroll(self.verifier.issuer, self.verifier.code(user), *options)


@pytest.fixture
def make_world(make_verifier, make_agent, make_app):
    """Makes a world; options are sections of the verifier's configuration."""

    def make(client=None, enroll=(), parameters=None, agent=None, **sections):
        verifier = make_verifier(**sections)
        app = make_app(verifier, client, **(parameters or {}))
        verifier.start()
        world = World(verifier, app, agent or make_agent())
        verifier.add_user(world.user, "Alice Example")
        world.agent.start()
        if enroll is not None:
            world.enroll(*enroll)
        return world

    return make


@pytest.fixture
def world(make_world):
    """A world where sign-ins need no prompt."""
    return make_world(sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"})


@pytest.fixture
def asking_world(make_world):
    """A world where every sign-in asks for consent."""
    return make_world(sign_in={"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED"})


def start_browser(kind, directory, **options):
    """A browser of its own profile below a directory; the test is skipped where there is none of that kind."""
    reason = browsers.unavailable(kind)
    if reason:
        pytest.skip(reason)
    return browsers.KINDS[kind](directory, **options)


@pytest.fixture
def open_browser(place):
    """Opens browsers; they are closed at the end."""
    opened = []

    def open_one(kind="chromium", **options):
        directory = place / f"browser-{len(opened)}"
        directory.mkdir()
        opened.append(start_browser(kind, directory, **options))
        return opened[-1]

    yield open_one
    for browser in opened:
        browser.close()


@pytest.fixture(scope="session")
def kept_browsers():
    """Browsers that stay open from test to test, by kind: a start takes seconds of a processor."""
    kept = {}
    with tempfile.TemporaryDirectory(prefix="countersign-browsers-", ignore_cleanup_errors=True) as directory:
        yield kept, directory
        for browser in kept.values():
            browser.close()


@pytest.fixture
def lend_browser(kept_browsers, request):
    """Lends browsers that remember nothing. One that a test failed with is closed, as is one that cannot forget."""
    kept, directory = kept_browsers
    lent = []

    def lend(kind):
        if kind not in kept:
            kept[kind] = start_browser(kind, tempfile.mkdtemp(dir=directory))
        lent.append(kind)
        return kept[kind]

    yield lend
    report = getattr(request.node, "outcome_of_call", None)
    for kind in set(lent):
        try:
            assert report is not None and not report.failed
            kept[kind].forget()
        # Whatever is wrong with it, the next test gets another.
        except Exception:  # pylint: disable=broad-exception-caught
            kept.pop(kind).close()


@pytest.fixture(params=["chromium", "firefox"])
def browser(request, lend_browser):
    """Each browser in turn."""
    return lend_browser(request.param)


@pytest.fixture
def chromium(lend_browser):
    """Chromium."""
    return lend_browser("chromium")


@pytest.fixture
def second_user():
    """The uid of another user of the machine, who needs no account."""
    if not is_root:
        pytest.skip("needs root: a second user of the machine")
    return 64001


@pytest.fixture
def port():
    """A free port."""
    return free_port()


class Identity:
    """A host name of this test process's own, and a certificate for it that everything here trusts."""

    def __init__(self, host, certificate):
        self.host = host
        self.certificate = certificate


@pytest.fixture
def tls_identity(place):
    """`idp.test` leads to this machine and its certificate is trusted, for this test process and what it starts."""
    if not is_root:
        pytest.skip("needs root: a host name and an authority of the test's own")
    certificate = issue(place / "tls", "idp.test", "localhost", "127.0.0.1")
    trusted = place / "tls" / "ca-certificates.crt"
    trusted.write_text(AUTHORITIES.read_text() + certificate.authority.read_text())
    hosts = place / "tls" / "hosts"
    hosts.write_text("127.0.0.1 localhost idp.test\n::1 localhost\n")
    for path in (trusted, hosts):
        path.chmod(0o644)
    bind_mount(trusted, AUTHORITIES)
    bind_mount(hosts, "/etc/hosts")
    yield Identity("idp.test", certificate)
    unmount("/etc/hosts")
    unmount(AUTHORITIES)
