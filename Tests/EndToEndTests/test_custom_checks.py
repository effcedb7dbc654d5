# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of the organisation's own, and other programs' signals: from the administrator's files to the app."""

import base64
import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
from harness.isolation import needs_root, own_folder
from raw_jose import parts

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "posture.schema.json").read_text())
ETC = Path("/etc/countersign")
ADVICE = "Set a passphrase on the keys in ~/.ssh: ssh-keygen -p"
CHECK = {
    "name": "SSH keys have passphrases",
    "variableName": "sshKeys",
    "platform": "LINUX",
    "type": "CUSTOM",
    "mappingType": "CHECKBOX",
    "query": "SELECT unencryptedSSHKeys = 0 FROM countersign_signals;",
    "remediationSettings": {"message": {"customText": ADVICE}},
}
POLICY = {
    "name": "Keys",
    "platform": "LINUX",
    "osVersion": {"minimum": "0"},
    "devicePostureChecks": {"include": [{"variableName": "sshKeys", "value": "1"}]},
}
SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}


def allowing(origin):
    """The agent's configuration that lets an organisation ask."""
    return f'[custom_checks]\norganizations = ["{origin}"]\n'


@pytest.fixture
def etc():
    """The administrator's folder, seen by this test process alone and gone with it."""
    def write(name, value, mode=0o644):
        path = ETC / name
        path.parent.mkdir(mode=0o755, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        path.chmod(mode)

    with own_folder(ETC):
        yield write


@pytest.fixture
def world(make_world, place):
    """A world whose policy wants the check, and whose challenges ask for a program's signal."""
    for folder, name, value in (("policies", "keys.json", POLICY), ("checks", "ssh.json", CHECK)):
        (place / folder).mkdir()
        (place / folder / name).write_text(json.dumps(value))
    return make_world(
        sign_in=SILENT,
        assurance={
            "directory": str(place / "policies"),
            "posture_checks": str(place / "checks"),
            "signal_providers": ["edr"],
        },
    )


def standing(world):
    """Where a sign-in comes to."""
    page = world.page()
    page.begin()
    page.identify("alice")
    claims = parts(page.challenge)[1]
    assert claims["devicePostureChecks"] == [{"variableName": "sshKeys", "query": CHECK["query"]}]
    assert claims["signalProviders"] == [{"name": "edr"}]
    page.carry()
    return page.poll()


def last_audited(world):
    """What the audit log says of the last answer."""
    return world.verifier.audit("user.authentication.auth_via_mfa")[-1]["debugContext"]["debugData"]


@needs_root
def test_policy_is_not_met_until_the_check_passes(world, etc):
    home = Path(world.agent.environment["HOME"])
    (home / ".ssh").mkdir(mode=0o700, parents=True)
    key = home / ".ssh" / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)

    # Nobody on this device allows checks yet.
    view = standing(world)
    assert view["state"] == "denied"
    assert "custom checks are not switched on on this device" in json.dumps(view)
    assert last_audited(world)["postureChecksUnknown"] == "sshKeys"

    etc("agent.toml", allowing("https://other.example"))
    assert "runs no custom checks of this organisation" in json.dumps(standing(world))

    etc("agent.toml", allowing(world.verifier.issuer), mode=0o666)
    assert "can be written by others than root" in json.dumps(standing(world))

    etc("agent.toml", allowing(world.verifier.issuer))
    view = standing(world)
    assert view["state"] == "denied"
    assert ADVICE in json.dumps(view)
    assert last_audited(world)["postureChecks"] == "sshKeys"

    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "a passphrase", "-f", key], check=True)
    assert standing(world)["state"] == "success"


@needs_root
def test_a_check_knows_the_enrolments(make_world, place, etc):
    query = "SELECT browserLoopbackPolicies IS NOT NULL FROM countersign_signals;"
    check = CHECK | {"variableName": "loopback", "query": query}
    policy = POLICY | {"devicePostureChecks": {"include": [{"variableName": "loopback", "value": "1"}]}}
    for folder, value in (("policies", policy), ("checks", check)):
        (place / folder).mkdir()
        (place / folder / "one.json").write_text(json.dumps(value))
    assurance = {"directory": str(place / "policies"), "posture_checks": str(place / "checks")}
    world = make_world(sign_in=SILENT, assurance=assurance)
    etc("agent.toml", allowing(world.verifier.issuer))
    page = world.page()
    page.begin()
    page.identify("alice")
    page.carry()
    assert page.poll()["state"] == "success"
    file = place / "check.sql"
    file.write_text(query)
    assert "browserLoopbackPolicies" in world.agent.run("posture", "--check", file).stdout


@needs_root
def test_signal_of_another_program_is_carried(world, etc, place):
    etc("agent.toml", allowing(world.verifier.issuer))
    standing(world)
    assert last_audited(world)["signalProvidersUnknown"] == "edr"
    # Below /tmp others could exchange it.
    etc("edr-signal.json", {"score": 87})
    manifest = {"name": "edr", "description": "d", "type": "FILE", "format": "JSON"}
    manifest["location"] = f"{ETC}/edr-signal.json"
    etc("signal-providers/edr.json", manifest)
    assert standing(world)["state"] == "success"
    assert last_audited(world)["signalProviders"] == "edr"

    shown = json.loads(world.agent.run("posture", "--json").stdout)
    jsonschema.validate(shown, SCHEMA)
    [element] = shown["signalProviders"]
    assert json.loads(base64.b64decode(element["signal"])) == {"score": 87}
    assert shown["customChecks"] == {"state": "on", "organizations": [world.verifier.issuer]}
    redacted = json.loads(world.agent.run("posture", "--json", "--redact").stdout)
    jsonschema.validate(redacted, SCHEMA)
    assert redacted["signalProviders"] == [
        {"name": "edr", "configuration": {"type": "FILE", "format": "JSON"}, "redacted": True}
    ]
    assert redacted["customChecks"] == {"state": "on"}


@needs_root
def test_doctor_tells_of_a_bad_file(make_agent, etc):
    agent = make_agent()

    def findings():
        result = agent.run("doctor", "--json", check=False)
        return {finding["id"]: finding for finding in json.loads(result.stdout)["findings"]}

    assert findings()["custom-checks"]["status"] == "ok"
    etc("agent.toml", allowing("id.example.com"))
    etc("signal-providers/edr.json", "{")
    found = findings()
    assert found["custom-checks"]["status"] == "problem"
    assert "/etc/countersign/agent.toml, line 2, column 1" in found["custom-checks"]["detail"]
    assert found["configuration"]["status"] == "problem"
    assert found["signal-provider.edr"]["status"] == "warning"
    etc("agent.toml", allowing("https://id.example.com"))
    assert findings()["custom-checks"]["status"] == "ok"


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("SELECT version FROM kernel_info;\n", 0, "kernelVersion"),
        ("SELECT 6 * 7;", 0, "42"),
        ("SELECT 6 * 7", 1, "not one statement that ends with ';'"),
        ("ATTACH '/etc/shadow' AS s;", 1, "may not use ATTACH"),
        ("SELECT path FROM mounts;", 1, "no such table: mounts"),
        ("SELECT load_extension('x');", 1, "may not use the function load_extension"),
    ],
)
def test_a_query_is_tried_out(make_agent, place, query, status, said):
    file = place / "check.sql"
    file.write_text(query)
    agent = make_agent()
    result = agent.run("posture", "--check", file, check=False)
    assert result.returncode == status
    assert said in result.stdout
    shown = json.loads(agent.run("posture", "--check", file, "--json", check=False).stdout)
    assert shown["result"]["state"] == ("known" if status == 0 else "unknown")


def test_a_query_that_cannot_be_read(make_agent, place):
    result = make_agent().run("posture", "--check", place / "nowhere.sql", check=False)
    assert result.returncode == 1
    assert "is not there" in result.stderr
