# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Enrolment and sign-in with what was installed: keys in a file, in the TPM, on a security key, on a smart card."""

import json

import pytest

VERIFIER = "http://localhost:8800"
SECRET = "a secret of thirty-two characters"
PIN = "739156"
# Where each person's agent listens is the next free port.
PORTS = "61711,61712,61713,61714"
# Asked for nothing, and asked for their PIN.
CLIENTS = {
    "wiki": 'user_verification = "DISCOURAGED"\nuser_mediation = "NONE"',
    "vault": 'user_verification = "REQUIRED"\nuser_mediation = "NONE"',
}


@pytest.fixture(scope="module")
def verifier(machine):
    """The installed verifier with two apps, a person each, and the anchors of the devices of these tests."""
    lines = [
        f'issuer = "{VERIFIER}"',
        'organization = { id = "example", name = "Example" }',
        "[attestation]",
        'tpm_makers = ["/etc/countersign/tpm.pem"]',
    ]
    for name, wants in CLIENTS.items():
        secret = f"/run/credentials/countersign-verifier.service/{name}.secret"
        lines += ["[[clients]]", f'id = "{name}"', f'name = "{name}"', f'secret_file = "{secret}"']
        lines += ['redirect_uris = ["http://localhost:9000/callback"]', wants]
        machine.put(f"/etc/countersign/{name}.secret", SECRET, mode=0o600)
    credentials = "".join(f"LoadCredential={name}.secret:/etc/countersign/{name}.secret\n" for name in CLIENTS)
    machine.put("/etc/systemd/system/countersign-verifier.service.d/credentials.conf", f"[Service]\n{credentials}")
    machine.put("/etc/countersign/tpm.pem", machine.tpm_makers)
    machine.put("/etc/countersign/verifier.toml", "\n".join(lines) + "\n")
    machine.run("systemctl daemon-reload && systemctl restart countersign-verifier", timeout=30)
    machine.run("until (: </dev/tcp/127.0.0.1/8800) 2>/dev/null; do sleep 0.5; done", timeout=20)
    for name in ("alice", "bob"):
        machine.run(f"countersign-verifier user add {name}", check=False)


@pytest.fixture(scope="module")
def people(machine, harness):
    """Both people's agents, whose prompts a program answers in their place."""
    for name in ("alice", "bob"):
        machine.run(
            f"""loginctl enable-linger {name}
until [ -S /run/user/$(id -u {name})/bus ]; do sleep 0.5; done
install -d -o {name} -g {name} /var/tmp/person-{name}
cd /var/tmp/person-{name}
printf '{{"consent": "approve", "pins": ["{PIN}"]}}' >answers.json
touch shown.jsonl
printf '#!/bin/sh\\nexec /usr/bin/python3 -I {harness}/scripted_pinentry.py /var/tmp/person-{name} "$@"\\n' >pinentry
chmod 0755 pinentry
chown {name}: answers.json shown.jsonl""",
            timeout=30,
        )
        machine.put(
            f"/home/{name}/.config/systemd/user/countersign-agent.service.d/person.conf",
            f"[Service]\nEnvironment=COUNTERSIGN_PINENTRY=/var/tmp/person-{name}/pinentry DISPLAY=:99\n",
        )
        machine.run(f"chown -R {name}: /home/{name}/.config")
        # The groups that somebody was given meanwhile are those of a new session alone.
        machine.run(f"systemctl restart user@$(id -u {name}).service", timeout=60)
        machine.run("until systemctl --user is-active countersign-agent; do sleep 0.5; done", user=name, timeout=30)


def enroll(machine, user, *options):
    """Enrols this machine for a person by a one-time code."""
    code = json.loads(machine.run(f"countersign-verifier code {user} --json").output)["code"]
    environment = {"COUNTERSIGN_PINENTRY": f"/var/tmp/person-{user}/pinentry", "DISPLAY": ":99"}
    machine.run(
        f"countersign-agent enroll {VERIFIER} --code {code} {' '.join(options)}",
        user=user,
        timeout=40,
        environment=environment,
    )


def sign_in(machine, harness, user, app="wiki"):
    """A sign-in to an app; the claims of its ID token."""
    shown = machine.run(
        f"cd {harness}/.. && python3 guest_sign_in.py {user} {port_of(machine, user)} {app} '{SECRET}'",
        user=user,
        timeout=40,
    )
    return json.loads(shown.output)


def port_of(machine, user):
    """The port on which a person's agent listens."""
    shown = machine.run("ss --no-header --listening --tcp --numeric --processes", user=user).output
    for line in shown.splitlines():
        if "countersign" in line:
            return line.split()[3].rsplit(":", 1)[1]
    raise AssertionError(shown)


def keys(machine, user):
    """What kinds of keys a person's enrolment has."""
    return machine.run("countersign-agent keys list --json", user=user).output


def test_a_key_in_a_file_signs_in_without_a_word(machine, verifier, people, harness):
    enroll(machine, "alice")
    claims = sign_in(machine, harness, "alice")
    assert claims["preferred_username"] == "alice"
    assert "swk" in claims["amr"], claims


def test_a_person_is_verified_by_their_pin(machine, verifier, people, harness):
    claims = sign_in(machine, harness, "alice", app="vault")
    assert {"swk", "pin", "mfa"} <= set(claims["amr"]), claims


def test_a_key_in_the_tpm_signs_in(machine, verifier, people, harness):
    """Through the kernel's own resource manager, as somebody of its group; its maker is proven."""
    machine.run("usermod --append --groups tss bob && systemctl restart user@1001.service", timeout=60)
    machine.run("until systemctl --user is-active countersign-agent; do sleep 0.5; done", user="bob", timeout=30)
    enroll(machine, "bob", "--key", "tpm")
    claims = sign_in(machine, harness, "bob")
    assert claims["preferred_username"] == "bob"
    assert "hwk" in claims["amr"] and "swk" not in claims["amr"], claims
    claims = sign_in(machine, harness, "bob", app="vault")
    assert {"hwk", "pin", "mfa"} <= set(claims["amr"]), claims


def test_who_is_not_in_the_tpms_group_is_told_so(machine, verifier, people):
    code = json.loads(machine.run("countersign-verifier code alice --json").output)["code"]
    result = machine.run(
        f"countersign-agent enroll {VERIFIER} --code {code} --key tpm", user="alice", check=False, timeout=40
    )
    assert result.status not in (0, None)
    assert "tss" in result.errors, result.said


def test_both_agents_run_side_by_side_and_answer_for_their_own_person_alone(machine, verifier, people, harness):
    assert port_of(machine, "alice") != port_of(machine, "bob")
    assert sign_in(machine, harness, "alice")["preferred_username"] == "alice"
    assert sign_in(machine, harness, "bob")["preferred_username"] == "bob"
    # Neither may speak with the other's service, nor read what it keeps.
    for path in ("/home/bob/.local/state/countersign", "/run/user/1001"):
        assert machine.run(f"ls {path}", user="alice", check=False).status != 0
