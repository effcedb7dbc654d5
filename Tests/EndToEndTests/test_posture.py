# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""`agent posture`: what it prints for people and for programs, and what it makes of bad arguments."""

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import jsonschema
import pytest

from harness.processes import switches, wait_until

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "posture.schema.json").read_text())
STRICT = {"name": "Strict", "platform": "LINUX", "osVersion": {"minimum": "999"}}
LENIENT = {"name": "Lenient", "platform": "LINUX", "osVersionConstraints": [{"distribution": "testlinux"}]}


@pytest.fixture
def agent(make_agent):
    """An agent that does not run: the commands need none."""
    return make_agent()


@pytest.fixture
def root(place):
    """A machine that was never started: no more than its name."""
    folder = place / "root"
    (folder / "etc").mkdir(parents=True)
    (folder / "etc" / "os-release").write_text("ID=testlinux\nVERSION_ID=7.1\n")
    return folder


def document(result):
    """The JSON of a run, held against the schema."""
    value = json.loads(result.stdout)
    jsonschema.validate(value, SCHEMA)
    return value


def signals(result):
    """The signals of a run by their ids."""
    return {entry["id"]: entry for entry in document(result)["signals"]}


def test_what_requests_alone_need_is_not_loaded(agent):
    """libcurl brings some thirty libraries along, and megabytes; a look at this machine sends nothing."""
    environment = {**agent.environment, "LD_DEBUG": "files"}
    run = subprocess.run(
        agent.command("posture", "--json"), env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert "libsqlite3.so" in run.stderr
    assert "libcurl" not in run.stderr


def policy(place, value):
    """A policy in a file."""
    path = place / f"{value['name']}.json"
    path.write_text(json.dumps(value))
    return path


def test_live_posture_is_what_the_schema_says(agent):
    entries = signals(agent.run("posture", "--json"))
    assert entries["platform"]["value"] == "LINUX"
    assert entries["kernelVersion"]["value"] == os.uname().release
    assert {"diskEncryptionType", "screenLockType", "secureHardwarePresent", "secureBoot"} <= entries.keys()


def test_schema_refuses_what_it_should(agent):
    value = document(agent.run("posture", "--json"))
    entry = next(entry for entry in value["signals"] if entry["id"] == "platform")
    for member, wrong in [("state", "unknown"), ("value", None), ("reason", "why"), ("privilege", "boss"), ("x", 1)]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"signals": [entry | {member: wrong}]}, SCHEMA)


def test_what_is_wrong_stands_first_and_what_is_unknown_second(agent, root):
    entries = signals(agent.run("posture", "--json", "--sysroot", root))
    assert entries["osName"]["value"] == "testlinux"
    lines = agent.run("posture", "--sysroot", root).stdout.splitlines()
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert "Not known" in headings
    assert headings.index("Not known") < headings.index("Operating system")
    if "To mend" in headings:
        assert headings.index("To mend") < headings.index("Not known")


def test_folder_without_a_running_system_tells_nothing_of_this_one(agent, root):
    entries = signals(agent.run("posture", "--json", "--sysroot", root))
    known = {name for name, entry in entries.items() if entry["state"] == "known"}
    assert known <= {"platform", "osName", "osVersion"} | {
        name for name in known if str(root) not in entries[name]["source"] and entries[name]["value"] in (False, [], 0)
    }
    assert entries["kernelVersion"]["state"] == "unknown"
    assert entries["diskEncryptionType"]["state"] == "unknown"


def test_sysroot_that_is_no_folder_is_a_clear_error(agent, place):
    (place / "file").write_text("")
    for path in (place / "missing", place / "file", "", "/"):
        result = agent.run("posture", "--sysroot", path, check=False)
        assert result.returncode == 1
        assert "is not a folder" in result.stderr, path
        assert "hint:" in result.stderr


def test_explanation_tells_meaning_source_and_what_to_do(agent):
    text = agent.run("posture", "--explain", "diskEncryptionType").stdout
    for word in ("Disk encryption", "read from", "read at", "docs/signals.md"):
        assert word in text
    entries = signals(agent.run("posture", "--explain", "osName", "--json"))
    assert entries.keys() == {"osName"}


def test_signal_that_is_not_there_is_told_with_those_that_are_near(agent):
    result = agent.run("posture", "--explain", "diskenc", check=False)
    assert result.returncode == 1
    assert "diskEncryptionType" in result.stderr


def test_policy_that_is_met_and_one_that_is_not(agent, place, root):
    met = agent.run("posture", "--json", "--sysroot", root, "--policy", policy(place, LENIENT))
    assert document(met)["verdict"]["verdict"] == "compliant"
    missed = agent.run("posture", "--json", "--sysroot", root, "--policy", policy(place, STRICT), check=False)
    assert missed.returncode == 1
    verdict = document(missed)["verdict"]
    assert verdict["verdict"] == "notCompliant"
    assert [item["outcome"] for item in verdict["items"]] == ["notMet"]
    both = agent.run(
        "posture", "--sysroot", root, "--policy", policy(place, STRICT), "--policy", policy(place, LENIENT)
    )
    assert "meets the policy" in both.stdout


def test_unknown_never_meets_a_policy(agent, place, root):
    secure = {"name": "TPM", "platform": "LINUX", "secureHardwarePresent": True}
    result = agent.run("posture", "--json", "--sysroot", root, "--policy", policy(place, secure), check=False)
    assert result.returncode == 1
    assert [item["outcome"] for item in document(result)["verdict"]["items"]] == ["indeterminate"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"name": "x", "platform": "AMIGA"}', b" " * 70000],
    ids=["empty", "cut", "array", "object", "binary", "platform", "huge"],
)
def test_bad_policy_is_a_clear_error(agent, place, content):
    path = place / "bad.json"
    path.write_bytes(content)
    result = agent.run("posture", "--policy", path, check=False)
    assert result.returncode == 1
    assert "bad.json" in result.stderr
    assert len(result.stderr.splitlines()) <= 3


def test_policy_in_a_pipe_is_not_waited_for(agent, place):
    path = place / "pipe"
    os.mkfifo(path)
    result = agent.run("posture", "--policy", path, check=False, timeout=10)
    assert result.returncode == 1
    assert "is not a plain file" in result.stderr


def test_redaction_leaves_no_name_of_person_home_or_host(agent):
    text = agent.run("posture", "--json", "--redact").stdout
    jsonschema.validate(json.loads(text), SCHEMA)
    assert str(agent.directory / "home") not in text
    host = os.uname().nodename
    assert len(host) < 3 or host not in text


def test_redaction_names_no_organisation(world):
    origin = world.verifier.issuer
    assert origin in world.agent.run("posture", "--json", "--explain", "browserLoopbackPolicies").stdout
    assert origin not in world.agent.run("posture", "--json", "--redact").stdout


def test_watch_ends_when_nobody_reads_it(agent):
    process = subprocess.Popen(
        agent.command("posture", "--watch", "--json"), stdout=subprocess.PIPE, text=True, env=agent.environment,
        cwd=agent.directory, start_new_session=True,
    )
    try:
        process.stdout.readline()
        process.stdout.close()
        (agent.directory / "home" / ".config").mkdir(exist_ok=True)
        wait_until(lambda: touched(agent) and process.poll() is not None, 60, interval=0.5, what="the end of the watch")
    finally:
        process.kill()
        process.wait()


def touched(agent):
    """Changes a setting that a signal is made of, so that a watch has something to tell."""
    folder = agent.directory / "home" / ".ssh"
    folder.mkdir(exist_ok=True)
    key = folder / f"id_{len(list(folder.iterdir()))}"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return True


def test_options_that_do_not_go_together_are_refused(agent, root):
    for options in (["--watch", "--sysroot", root], ["--watch", "--explain", "osName"]):
        result = agent.run("posture", *options, check=False)
        assert result.returncode == 64
        assert "--watch" in result.stderr


@pytest.fixture
def watching(agent):
    """`agent posture --watch --json`, once it has told all signals."""
    process = subprocess.Popen(
        agent.command("posture", "--watch", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=agent.environment | {"XDG_CURRENT_DESKTOP": "KDE", "XDG_SESSION_TYPE": "wayland"}, cwd=agent.directory,
        start_new_session=True,
    )
    alarm = threading.Timer(120, process.kill)
    alarm.start()
    first = json.loads(process.stdout.readline())
    jsonschema.validate(first, SCHEMA)
    yield process
    alarm.cancel()
    process.kill()
    process.communicate()


def test_watch_tells_a_setting_that_changes_and_ends_by_ctrl_c(agent, watching):
    settings = agent.directory / "home" / ".config"
    # The folder of the settings is made while it is watched from above.
    settings.mkdir()
    (settings / "kscreenlockerrc").write_text("[Daemon]\nAutolock=false\n")
    change = json.loads(watching.stdout.readline())
    jsonschema.validate(change, SCHEMA)
    while "screenLockType" not in {entry["id"] for entry in change["signals"]}:
        change = json.loads(watching.stdout.readline())
    entry = next(entry for entry in change["signals"] if entry["id"] == "screenLockType")
    assert entry["value"] == "NONE"
    watching.send_signal(signal.SIGINT)
    assert watching.wait(10) == 0


def test_watch_sleeps_while_nothing_changes(watching):
    """Another program may change a file at any time, so one quiet stretch has to do: who polls has none."""

    def slept():
        before = switches(watching.pid)
        time.sleep(2.5)
        return switches(watching.pid) == before

    wait_until(slept, 60, what="a quiet stretch")
