# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""`agent doctor`: every part that can fail is seen to fail, and is told with what mends it."""

import json
import socket

from harness.agent import PORTS


def examine(agent, **environment):
    """The findings by their ids, and the exit status."""
    result = agent.run("doctor", "--json", check=False, environment=environment)
    findings = json.loads(result.stdout)["findings"]
    assert all(finding["status"] in ("ok", "warning", "problem", "unknown") for finding in findings)
    assert all(finding.get("fix") for finding in findings if finding["status"] == "problem")
    return {finding["id"]: finding for finding in findings}, result.returncode


def test_installation_that_works_has_no_problem(world):
    findings, status = examine(world.agent)
    assert {name for name, finding in findings.items() if finding["status"] == "problem"} == set()
    assert status == 0
    for name in ("state", "daemon", "pinentry", "connections", "verifier", "keys.software"):
        assert findings[name]["status"] == "ok", findings[name]


def test_findings_for_a_person_name_what_to_do(make_agent):
    result = make_agent().run("doctor", check=False)
    assert result.returncode == 1
    assert "the agent does not run" in result.stdout
    assert "systemctl --user enable --now countersign-agent" in result.stdout
    assert "\x1b" not in result.stdout


def test_agent_that_does_not_run_and_is_not_enrolled(make_agent):
    findings, status = examine(make_agent())
    assert status == 1
    assert findings["daemon"]["status"] == "problem"
    assert findings["state"]["status"] == "warning"
    assert findings["ports"]["status"] == "ok"
    assert "verifier" not in findings


def test_ports_that_others_have(make_agent):
    taken = []
    try:
        for port in PORTS:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.append(listener)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue  # Somebody has it already.
            listener.listen()
        findings, status = examine(make_agent())
    finally:
        for listener in taken:
            listener.close()
    assert status == 1
    assert findings["ports"]["status"] == "problem"


def test_pinentry_that_is_missing(make_agent):
    findings, status = examine(make_agent(), COUNTERSIGN_PINENTRY="/proc/nonexistent/pinentry")
    assert status == 1
    assert findings["pinentry"]["status"] == "problem"
    assert "/proc/nonexistent/pinentry" in findings["pinentry"]["detail"]


def test_verifier_that_does_not_answer(world):
    world.verifier.stop()
    findings, status = examine(world.agent)
    assert status == 1
    assert findings["verifier"]["status"] == "problem"


def test_list_of_verifiers_that_does_not_name_them(world):
    listed = world.agent.state / "verifiers"
    assert listed.read_text() == world.verifier.issuer + "\n"
    listed.write_text("https://another.example\n")
    findings, status = examine(world.agent)
    assert status == 1
    assert findings["connections"]["status"] == "problem"
    assert world.verifier.issuer in findings["connections"]["detail"]
    # This command asks by itself, and the running agent does not.
    assert findings["verifier"]["status"] == "ok"

    listed.chmod(0o666)
    findings, status = examine(world.agent)
    assert status == 1
    assert findings["connections"]["status"] == "problem"
    assert "alone can write" in findings["connections"]["detail"]

    listed.unlink()
    findings, status = examine(world.agent)
    assert status == 0
    assert findings["connections"]["status"] == "warning"
    # What it says to do helps.
    world.agent.stop()
    world.agent.start()
    findings, status = examine(world.agent)
    assert status == 0
    assert findings["connections"]["status"] == "ok"


def test_state_that_is_damaged(world):
    world.agent.stop()
    # What the database's log has would put it right.
    for file in world.agent.state.glob("agent.sqlite*"):
        file.unlink()
    (world.agent.state / "agent.sqlite").write_bytes(b"this is no database" * 100)
    findings, status = examine(world.agent)
    assert status == 1
    assert findings["state"]["status"] == "problem"


def test_key_files_that_are_gone(world):
    for file in (world.agent.state / "keys").iterdir():
        file.unlink()
    findings, status = examine(world.agent)
    assert status == 1
    assert findings["keys.software"]["status"] == "problem"
