# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What the administrator of a device sets for everybody on it, and what of it nobody on it loosens."""

import json
import os
import pty
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from harness.isolation import free_port, needs_root, own_folder

ETC = Path("/etc/countersign")
SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}
pytestmark = needs_root


@pytest.fixture
def etc():
    """The administrator's folder, seen by this test process alone and gone with it."""
    def write(text, name="agent.toml", mode=0o644):
        path = ETC / name
        path.parent.mkdir(mode=0o755, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    with own_folder(ETC):
        yield write


def entry(issuer, **keys):
    """An organisation that is offered."""
    lines = [f'address = "{issuer}"', *(f'{key} = "{value}"' for key, value in keys.items())]
    return "[[organizations]]\n" + "\n".join(lines) + "\n"


def shown(agent, **environment):
    """The settings as they hold, by key."""
    document = json.loads(agent.run("config", "show", "--json", environment=environment).stdout)
    return {setting["key"]: setting for setting in document["settings"]}


def test_a_person_enrols_by_the_code_alone(make_world, etc):
    """Everything but the code was set beforehand."""
    world = make_world(enroll=None, sign_in=SILENT)
    agent = world.agent
    etc(entry(world.verifier.issuer, name="Example AG", user="%u", proof="code", user_verification="pin"))
    code = world.verifier.code("alice")
    done = subprocess.run(
        agent.command("enroll", "--json"), input=code + "\n", env=agent.environment, cwd=agent.directory,
        capture_output=True, text=True, timeout=60, check=True,
    )
    assert json.loads(done.stdout)["userVerification"] is True
    assert agent.enrollments()[0]["username"] == "alice"
    assert world.sign_in()["preferred_username"] == "alice"


def test_a_code_is_asked_for_on_a_terminal_and_not_shown(make_world, etc):
    """What is typed is no more to be seen than a PIN."""
    world = make_world(enroll=None, sign_in=SILENT)
    agent = world.agent
    etc(entry(world.verifier.issuer, name="Example AG", user="ada of %u", proof="code"))
    code = world.verifier.code("alice")
    child, terminal = pty.fork()
    if child == 0:
        os.execve(agent.program, agent.command("enroll"), agent.environment)
    seen = b""
    while b"): " not in seen:
        seen += os.read(terminal, 4096)
    assert b"one-time code for ada of root at Example AG" in seen
    os.write(terminal, code.encode() + b"\n")
    try:
        while part := os.read(terminal, 4096):
            seen += part
    except OSError:
        pass  # The other end is closed.
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, seen
    os.close(terminal)
    assert code.encode() not in seen
    assert b"enrolled" in seen


def test_several_organisations_are_listed(make_agent, etc):
    """Nothing is chosen for a person who could choose."""
    agent = make_agent()
    nobody = agent.run("enroll", check=False)
    assert nobody.returncode == 1 and "offers none" in nobody.stderr
    etc(entry("https://a.example", name="A") + entry("https://b.example"))
    refused = agent.run("enroll", check=False)
    assert refused.returncode == 1
    assert "A (https://a.example)" in refused.stderr and "https://b.example" in refused.stderr


def test_another_organisation_is_locked_out(make_world, etc):
    """A person is not talked into an enrolment elsewhere."""
    world = make_world(enroll=None, sign_in=SILENT)
    etc('locked = ["organizations"]\n' + entry("https://id.example.com"))
    code = world.verifier.code("alice")
    refused = world.agent.enroll(world.verifier.issuer, code, check=False)
    assert refused.returncode == 1
    assert "https://id.example.com (locked: organizations)" in refused.stderr
    assert world.agent.enrollments() == []
    etc(entry("https://id.example.com"))
    world.agent.enroll(world.verifier.issuer, code)


def test_another_kind_of_key_is_locked_out(make_world, etc):
    """Neither the first keys nor a spare one are made elsewhere than the administrator says."""
    world = make_world(enroll=None, sign_in=SILENT)
    issuer = world.verifier.issuer
    world.agent.enroll(issuer, world.verifier.code("alice"))
    etc('locked = ["organizations.keys"]\n' + entry(issuer, key="tpm"))
    refused = world.agent.enroll(issuer, world.verifier.code("alice"), "--key", "software", check=False)
    assert refused.returncode == 1 and "keys of tpm (locked: organizations.keys)" in refused.stderr
    refused = world.agent.run(
        "enroll", "--add-key", issuer, "--key", "software", "--code", world.verifier.code("alice"), check=False
    )
    assert refused.returncode == 1 and "locked: organizations.keys" in refused.stderr, refused.stderr
    [enrolment] = world.agent.enrollments()
    assert enrolment["spareKeys"] == 0


def test_a_locked_pinentry_is_the_one_that_asks(make_agent, etc):
    """A variable of the person's counts for nothing, and that is said."""
    agent = make_agent()
    assert shown(agent)["pinentry.program"]["source"] == "environment"
    etc('locked = ["pinentry.program", "network.authorities"]\n[pinentry]\nprogram = "/usr/bin/true"\n')
    settings = shown(agent, COUNTERSIGN_CA_FILE="/tmp/mine.pem")
    assert settings["pinentry.program"] == {
        "key": "pinentry.program", "value": "/usr/bin/true", "source": "file", "file": str(ETC / "agent.toml"),
        "line": 3, "locked": True,
    }
    assert settings["network.authorities"]["value"] is None
    findings = json.loads(agent.run("doctor", "--json", check=False).stdout)["findings"]
    found = {finding["id"]: finding for finding in findings}
    assert "'/usr/bin/true' asks you" == found["pinentry"]["detail"]
    assert "COUNTERSIGN_PINENTRY" in found["configuration"]["detail"]
    agent.start()
    assert "COUNTERSIGN_PINENTRY counts for nothing" in agent.log()


def test_ports_are_the_administrators(make_agent, etc):
    """The agent listens where it is told, and a socket that is passed on does not take it elsewhere."""
    agent = make_agent()
    port, other = free_port(), free_port()
    etc(f'locked = ["loopback.ports"]\n[loopback]\nports = [{port}]\n')
    assert agent.start().port == port
    agent.stop()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", other))
        listening.listen()

        def passed_on():
            os.dup2(listening.fileno(), 3)
            os.environ["LISTEN_PID"] = str(os.getpid())

        # The shell becomes the agent, so that LISTEN_PID is its own.
        script = 'export LISTEN_PID=$$; exec "$0" run'
        refused = subprocess.run(
            ["/bin/sh", "-c", script, agent.program], env=agent.environment | {"LISTEN_FDS": "1"}, pass_fds=[3],
            preexec_fn=passed_on, capture_output=True, text=True, timeout=20, check=False,
        )
    assert refused.returncode == 1
    assert "locked loopback.ports" in refused.stderr


def test_the_log_level_is_the_administrators(make_agent, etc):
    """Less is not logged, and no more, than the administrator wants."""
    agent = make_agent()
    etc('locked = ["log.level"]\nlog.level = "warning"\n')
    refused = agent.run("run", "--log-level", "error", check=False)
    assert refused.returncode == 1 and "(locked: log.level)" in refused.stderr
    assert shown(agent)["log.level"]["locked"] is True


@pytest.mark.parametrize("mode, text", [(0o644, "colour = 1\n"), (0o666, "")])
def test_files_that_do_not_count_stop_the_agent(make_agent, etc, mode, text):
    """What is locked is not known then."""
    agent = make_agent()
    etc(text, mode=mode)
    said = "line 1, column 1: 'colour' is not a key" if text else "can be written by others than root"
    for command in (["run"], ["enroll", "http://localhost:9", "--code", "x"], ["config", "show"]):
        refused = agent.run(*command, check=False)
        assert refused.returncode == 1
        assert said in refused.stderr
    assert agent.run("status", check=False).returncode == 3
    findings = json.loads(agent.run("doctor", "--json", check=False).stdout)["findings"]
    assert {"configuration": "problem"}.items() <= {item["id"]: item["status"] for item in findings}.items()


def test_a_configuration_is_checked_before_it_is_installed(make_agent, etc, place):
    """Files that are named are checked together, and those that are installed by who may write them, too."""
    agent = make_agent()
    nothing = agent.run("config", "check")
    assert "there is no file" in nothing.stdout
    good, bad = place / "agent.toml", place / "10-site.toml"
    good.write_text('[log]\nlevel = "debug"\n')
    bad.write_text("\n[loopback]\nports = [80]\n")
    assert agent.run("config", "check", good).returncode == 0
    checked = agent.run("config", "check", good, bad, check=False)
    assert checked.returncode == 1
    assert f"{bad}:3:1: 'loopback.ports' must be" in checked.stdout
    document = json.loads(agent.run("config", "check", "--json", good, bad, check=False).stdout)
    assert document["ok"] is False and document["files"] == [str(good)]
    [fault] = document["faults"]
    assert (fault["file"], fault["line"], fault["column"], fault["key"]) == (str(bad), 3, 1, "loopback.ports")
    assert agent.run("config", "check", place / "nowhere.toml", check=False).returncode == 1

    etc("", name="agent.toml.d/10-site.toml", mode=0o664)
    (ETC / "custom-checks.json").write_text("{}")
    document = json.loads(agent.run("config", "check", "--json", check=False).stdout)
    assert "can be written by others than root" in document["faults"][0]["problem"]
    assert "custom-checks.json" in document["warnings"][0]
    shutil.copy(good, ETC / "agent.toml")
    (ETC / "agent.toml.d/10-site.toml").chmod(0o644)
    assert json.loads(agent.run("config", "check", "--json").stdout)["files"] == [
        str(ETC / "agent.toml"), str(ETC / "agent.toml.d/10-site.toml"),
    ]
