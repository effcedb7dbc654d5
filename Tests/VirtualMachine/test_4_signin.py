# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Two people at one machine enrol and sign in as people do: at a display, each with keys and an agent of their own."""

import contextlib
import json
from pathlib import Path

import devices
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

PLACE = "/var/tmp/countersign-test"
PIN = "739156"
# That of a card as it leaves its maker.
CARD_PIN = "123456"
RESULTS = f"{PLACE}/results"
UIDS = {"alice": 1000, "bob": 1001}
CONSOLES = {"alice": 1, "bob": 2}

VERIFIER = """issuer = "http://localhost:8800"
organization = { id = "example", name = "Example" }

# An emulated machine takes its time.
[loopback]
probe_timeout_millis = 10000

[attestation]
security_keys = ["/etc/countersign/key-makers.pem"]
yubikey_piv = ["/etc/countersign/card-makers.pem"]
tpm_makers = ["/etc/countersign/tpm-makers.pem"]

[[clients]]
id = "wiki"
name = "Wiki"
type = "confidential"
auth = "client_secret_basic"
secret_file = "/run/credentials/countersign-verifier.service/wiki.secret"
redirect_uris = ["http://localhost:9000/callback"]
"""

# A person who sits down at a console, without a password to type.
AT_CONSOLE = """[Service]
ExecStart=
ExecStart=-/sbin/agetty --autologin {user} --noclear %I linux
"""


class Person:
    """Somebody who has logged in at a console of the machine, and has a display."""

    def __init__(self, machine, user, artefacts):
        self.machine = machine
        self.user = user
        self.display = f":{90 + CONSOLES[user]}"
        self._artefacts = artefacts

    def log_in(self):
        """Logs in, and opens a display that the agent learns of as a desktop lets it know."""
        unit = f"getty@tty{CONSOLES[self.user]}.service"
        self.machine.put(f"/run/systemd/system/{unit}.d/person.conf", AT_CONSOLE.format(user=self.user))
        self.machine.run(f"systemctl daemon-reload && systemctl restart {unit}")
        # Whoever was put into a group before this has it only from now on.
        self.machine.run(f"systemctl restart user@{UIDS[self.user]}.service", timeout=60)
        there = f"loginctl --no-legend list-sessions | grep -q {self.user}.*tty"
        self.machine.run(f"until {there}; do sleep 0.5; done", timeout=60)
        self.run(
            "until systemctl --user --quiet is-active countersign-agent; do sleep 0.5; done;"
            " systemd-run --user --quiet --unit=display"
            f" Xvfb {self.display} -screen 0 1100x800x24 -nolisten tcp -noreset;"
            f" until [ -e /tmp/.X11-unix/X{self.display[1:]} ]; do sleep 0.5; done;"
            f" systemctl --user set-environment DISPLAY={self.display}",
            timeout=60,
        )

    def log_out(self):
        """Closes the display, and leaves the console."""
        unit = f"getty@tty{CONSOLES[self.user]}.service"
        self.run("systemctl --user stop display; systemctl --user unset-environment DISPLAY", check=False)
        self.machine.run(f"rm -r /run/systemd/system/{unit}.d && systemctl daemon-reload", timeout=60)
        self.machine.run(f"systemctl stop {unit}", timeout=60)

    def run(self, script, **options):
        """Runs a shell script of the person's, at their display."""
        environment = {"DISPLAY": self.display}
        return self.machine.run(script, user=self.user, environment=environment, **options)

    def come_to_the_front(self):
        """Is at the machine from now on: their console is the one that is seen."""
        number = CONSOLES[self.user]
        session = f"loginctl --no-legend list-sessions | grep {self.user}.*tty{number} | awk '{{ print $1 }}'"
        self.machine.run(
            f"loginctl activate $({session})"
            f" && until [ $(cat /sys/class/tty/tty0/active) = tty{number} ]; do sleep 0.2; done; udevadm settle"
        )

    def enroll(self, name, *options, pin=PIN):
        """Enrols, and keeps pictures."""
        self.machine.run(f"countersign-verifier user add {self.user}", check=False)
        code = self.machine.run(f"countersign-verifier code {self.user}").output.strip()
        folder = f"/tmp/{name}-enrol"
        done = self.run(f"{PLACE}/person enroll {code} {pin} {folder} {' '.join(options)}", timeout=60, check=False)
        self._keep(name, folder)
        assert done.status == 0, done.said
        assert len(json.loads(self.run("countersign-agent status --json").output)["enrollments"]) == 1

    def _keep(self, name, folder):
        for picture in self.machine.run(f"ls {folder}/*.png", check=False).output.split():
            (self._artefacts / f"{name}-{Path(picture).name}").write_bytes(self.machine.get(picture))

    def sign_in(self, name, pin=PIN):
        """Signs in to the app with the browser; answers the claims, and keeps pictures."""
        folder = f"/tmp/{name}"
        self.machine.run(f"rm -f {RESULTS}")
        done = self.run(f"{PLACE}/person sign-in {self.user} {pin} {folder}", timeout=200, check=False)
        self._keep(name, folder)
        assert done.status == 0, done.said
        assert f"Welcome to the wiki, {self.user}" in done.output, done.said
        result = json.loads(self.machine.get(RESULTS))
        keys = KeySet.import_key_set(result["keys"])
        claims = jwt.decode(result["id_token"], keys, algorithms=["RS256", "ES256"]).claims
        assert claims["nonce"] == result["nonce"] and claims["aud"] in ("wiki", ["wiki"])
        assert claims["preferred_username"] == self.user
        return claims


@pytest.fixture(scope="module", autouse=True)
def needs_devices():
    """The programs that play devices."""
    if reason := devices.missing():
        pytest.exit(reason, returncode=3)


@pytest.fixture(scope="module")
def hardware(machine):
    """A security key and a card that are plugged in, and a TPM; the verifier is told their makers."""
    with devices.security_key(machine, PIN) as key, devices.card(machine) as card:
        for name, makers in {"key": key, "card": card, "tpm": machine.tpm_makers}.items():
            machine.put(f"/etc/countersign/{name}-makers.pem", makers)
        machine.put("/etc/countersign/verifier.toml", VERIFIER)
        machine.run("systemctl restart countersign-verifier", timeout=60)
        machine.run("until (: </dev/tcp/127.0.0.1/8800) 2>/dev/null; do sleep 0.5; done", timeout=30)
        yield


@pytest.fixture(scope="module")
def people(machine, artefacts, hardware):
    """alice and bob, logged in at two consoles of the machine; bob may use the TPM."""
    for name in ("person", "app"):
        machine.put(f"{PLACE}/{name}", (devices.GUEST / name).read_bytes(), mode=0o755)
    machine.run("usermod --append --groups tss bob")
    machine.run(f"systemd-run --quiet --unit=countersign-test-app {PLACE}/app {RESULTS}")
    people = {name: Person(machine, name, artefacts) for name in ("bob", "alice")}
    for person in people.values():
        person.log_in()
    yield people
    for person in people.values():
        with contextlib.suppress(AssertionError):
            person.log_out()
    machine.run("systemctl stop countersign-test-app; gpasswd --delete bob tss", check=False)


def may_use(machine, user, device="/dev/hidraw0"):
    """Whether the access list of a device has a person."""
    return f"user:{user}:rw" in machine.run(f"getfacl --absolute-names --omit-header {device}").output


def test_the_key_is_whose_console_is_seen(machine, people):
    for front, back in (("bob", "alice"), ("alice", "bob")):
        people[front].come_to_the_front()
        assert may_use(machine, front) and not may_use(machine, back)


def test_both_agents_listen_beside_each_other(machine, people):
    shown = [json.loads(each.run("countersign-agent status --json").output)["listening"] for each in people.values()]
    ports = [{address.rsplit(":", 1)[1] for address in addresses} for addresses in shown]
    assert all(ports) and not ports[0] & ports[1], shown
    for name, addresses in zip(people, shown):
        for address in addresses:
            owner = machine.run(f"ss --no-header --listening --tcp --numeric --extended 'src {address}'").output
            assert f"uid:{UIDS[name]} " in owner, owner


def test_the_kernels_key_is_a_security_key(people):
    assert "/dev/hidraw0" in people["alice"].run("fido2-token -L").output


def test_alice_signs_in_with_a_security_key(people):
    people["alice"].come_to_the_front()
    people["alice"].enroll("security-key", "--key", "fido2")
    claims = people["alice"].sign_in("security-key")
    assert claims["acr"] == "phrh"
    assert claims["amr"] == ["hwk", "pin", "user", "mfa", "pop"]


def test_bob_signs_in_with_the_tpm_while_alice_is_logged_in(people):
    people["bob"].come_to_the_front()
    people["bob"].enroll("tpm", "--key", "tpm", "--user-verification")
    claims = people["bob"].sign_in("tpm")
    assert claims["acr"] == "phrh"
    assert claims["amr"] == ["hwk", "pin", "mfa", "pop"]


def test_alice_signs_in_with_a_smart_card(people):
    people["alice"].come_to_the_front()
    people["alice"].enroll("smart-card", "--key", "piv", "--generate", pin=CARD_PIN)
    claims = people["alice"].sign_in("smart-card", pin=CARD_PIN)
    assert claims["acr"] == "phrh"
    assert claims["amr"] == ["hwk", "sc", "pin", "mfa", "pop"]


def test_nothing_of_all_this_was_refused(refusals):
    assert refusals() == []


def test_who_does_not_linger_takes_the_agent_along(machine, people):
    bob = people["bob"]
    machine.run("loginctl disable-linger bob")
    assert bob.run("systemctl --user is-active countersign-agent").output == "active\n"
    bob.log_out()
    machine.run("while pgrep --uid bob countersign-a >/dev/null; do sleep 0.5; done", timeout=60)
    # alice lingers: her agent is there whether or not she is.
    people["alice"].log_out()
    machine.run("while loginctl --no-legend list-sessions | grep -q alice.*tty; do sleep 0.5; done", timeout=60)
    assert machine.run("pgrep --uid alice --count countersign-a").output == "1\n"
