# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What the agent writes to the journal, what it reads back, and what of it leaves the machine in a report."""

import json
import os
import platform
import pty
import re
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest
from harness import journal
from harness.isolation import needs_root
from harness.processes import wait_until

SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}


@pytest.fixture
def kept():
    """A journal."""
    if reason := journal.obstacle():
        pytest.skip(reason)
    running = journal.Journal()
    yield running
    running.stop()


@pytest.fixture
def serve(kept):
    """Starts agents whose standard error is the journal's, as their service's is."""
    started = []

    def start(agent):
        stream, variable = kept.stream()
        with stream:
            process = subprocess.Popen(
                agent.command("run"), env=agent.environment | variable, cwd=agent.directory, stderr=stream,
                start_new_session=True,
            )
        started.append(process)
        wait_until(lambda: any("ready: listening" in item["message"] for item in entries(agent)), 20, what="an entry")
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


def entries(agent, *options):
    """The entries that `agent log` tells a program."""
    lines = agent.run("log", "--json", *options, check=False).stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_entries_have_fields_and_are_read_back(make_agent, serve):
    """Nothing of an entry is to be guessed from its text."""
    agent = make_agent()
    process = serve(agent)
    shown = subprocess.run(
        ["journalctl", "--output=json", "SYSLOG_IDENTIFIER=countersign-agent"],
        capture_output=True, text=True, check=True,
    )
    [first] = [json.loads(line) for line in shown.stdout.splitlines()]
    assert first["PRIORITY"] == "6"
    assert first["_TRANSPORT"] == "journal"
    [entry] = entries(agent)
    assert entry["priority"] == "info"
    assert entry["message"] == first["MESSAGE"]
    process.terminate()
    process.wait(20)
    wait_until(lambda: len(entries(agent)) == 2, 10, what="its last entry")
    assert "stopped" in agent.run("log").stdout


def say(message, priority, **fields):
    """Writes an entry as the agent of this user would."""
    lines = {"MESSAGE": message, "PRIORITY": priority, "SYSLOG_IDENTIFIER": "countersign-agent"} | fields
    text = "".join(f"{name}={value}\n" for name, value in lines.items())
    subprocess.run(["logger", "--journald"], input=text, text=True, check=True)


def test_entries_are_chosen_by_level_time_and_writer(make_agent, kept, second_user):
    """What another user's programs call themselves is nothing to this one."""
    agent = make_agent()
    say("old and bad", 3)
    say("old and plain", 6)
    say("not ours", 3, SYSLOG_IDENTIFIER="other")
    subprocess.run(
        ["logger", "--journald"], input="MESSAGE=forged\nPRIORITY=3\nSYSLOG_IDENTIFIER=countersign-agent\n",
        text=True, check=True, user=second_user, group=second_user, extra_groups=[],
    )
    wait_until(lambda: len(entries(agent)) == 2, 10, what="two entries")
    assert [item["message"] for item in entries(agent)] == ["old and bad", "old and plain"]
    assert [item["message"] for item in entries(agent, "--priority", "warning")] == ["old and bad"]
    assert len(entries(agent, "--since", "1h")) == 2
    nothing = agent.run("log", "--since", "2099-01-01", check=False)
    assert nothing.returncode == 1 and "of that time and level" in nothing.stderr
    assert agent.run("log", "--since", "yesterday", check=False).returncode == 64
    assert agent.run("log", "--priority", "loud", check=False).returncode == 64


def test_control_characters_do_not_reach_the_terminal(make_agent, kept):
    """What a verifier said may be in an entry."""
    agent = make_agent()
    say("harmless\x1b[2J", 5, COUNTERSIGN_ISSUER="https://id.example.com")
    wait_until(lambda: entries(agent), 10, what="the entry")
    shown = agent.run("log").stdout
    assert "\x1b" not in shown
    assert "issuer=https://id.example.com" in shown


def test_entries_are_followed(make_agent, kept):
    """New entries are shown as they come."""
    agent = make_agent()
    say("first", 5)
    wait_until(lambda: entries(agent), 10, what="the entry")
    following = subprocess.Popen(
        agent.command("log", "--follow"), env=agent.environment, stdout=subprocess.PIPE, text=True,
        # As in a terminal, also where these tests run in the background of a shell, which has Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert "first" in following.stdout.readline()
        say("second", 5)
        assert "second" in following.stdout.readline()
    finally:
        following.send_signal(signal.SIGINT)
        following.wait(10)


@needs_root
def test_without_a_journal_it_is_said_where_to_look(make_agent):
    """Nothing is not nothing to tell."""
    if Path("/run/systemd/journal/socket").exists():
        pytest.skip("this machine keeps a journal")
    refused = make_agent().run("log", check=False)
    assert refused.returncode == 1
    assert "keeps no journal" in refused.stderr and "standard error" in refused.stderr


def texts(path):
    """The files of a report."""
    with tarfile.open(path) as archive:
        return {item.name: archive.extractfile(item).read().decode() for item in archive.getmembers()}


def test_a_report_tells_nobody_from_others(make_world, kept, place):
    """Names, serial numbers, e-mail addresses, ids of keys and of the machine, and homes are not in it."""
    world = make_world(enroll=None, sign_in=SILENT)
    agent = world.agent
    world.verifier.add_user("grace.hopper@navy.example")
    agent.enroll(world.verifier.issuer, world.verifier.code("grace.hopper@navy.example"), "--user-verification")
    agent.enroll(world.verifier.issuer, world.verifier.code("alice"))
    [first, second] = agent.enrollments()
    keys = json.loads(agent.run("keys", "list", "--json").stdout)
    ids = set(find_ids(keys))
    assert len(ids) >= 2
    agent.run("keys", "rename", sorted(ids)[0], "mothers ring", check=False)
    home = agent.environment["HOME"]
    machine = Path("/etc/machine-id").read_text().strip()
    host = platform.node()
    for text in [f"in {home}/.ssh of /home/lovelace", f"machine {machine} is {host}", "serial number 12345678",
                 f"alice at {world.verifier.issuer}", f"enrolment {first['id']}", "mail to ada@example.org",
                 *(f"key {key} was removed" for key in ids)]:
        say(text, 5, COUNTERSIGN_ENROLLMENT=second["id"])
    wait_until(lambda: len(entries(agent)) == 6 + len(ids), 10, what="the entries")
    path = place / "report.tar"
    assert agent.run("report", path, check=False).returncode == 1
    assert not path.exists()
    listed = agent.run("report", path, "--yes")
    assert listed.stdout.strip() == str(path)
    assert "log.txt" in listed.stderr and "posture.json" in listed.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    found = texts(path)
    assert sorted(Path(name).name for name in found) == [
        "configuration.json", "doctor.json", "log.txt", "posture.json", "status.json", "versions.json"
    ]
    whole = "\n".join(found.values())
    for word in ["alice", "hopper", "navy", world.verifier.issuer, home, str(agent.state), machine,
                 "12345678", "ada@example.org", "lovelace", first["id"], second["id"], "mothers ring", *ids]:
        assert word.lower() not in whole.lower(), word
    # A short name may be within other words.
    assert not re.search(rf"(?<![a-z0-9]){re.escape(host)}(?![a-z0-9])", whole, re.IGNORECASE)
    log = found["countersign-report/log.txt"]
    assert "mail to (email)" in log and "(account) at (organisation 1)" in log and "serial number (serial)" in log
    assert len(json.loads(found["countersign-report/status.json"])["enrollments"]) == 2
    for name in ("doctor", "posture", "configuration", "versions"):
        json.loads(found[f"countersign-report/{name}.json"])
    again = agent.run("report", path, "--yes", check=False)
    assert again.returncode == 1 and "is not written" in again.stderr


def find_ids(value):
    """The ids of keys anywhere in a document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "id" and isinstance(inner, str):
                yield inner
            else:
                yield from find_ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from find_ids(inner)


def test_a_person_is_shown_a_report_and_asked(make_agent, place):
    """Nothing is written before they say so."""
    agent = make_agent()
    for answer, written in ((b"no\n", False), (b"show\nyes\n", True)):
        path = place / f"report-{written}.tar"
        child, terminal = pty.fork()
        if child == 0:
            os.execve(agent.program, agent.command("report", path), agent.environment)
        os.write(terminal, answer)
        seen = b""
        try:
            while part := os.read(terminal, 65536):
                seen += part
        except OSError:
            pass  # The other end is closed.
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == (0 if written else 1), seen
        os.close(terminal)
        assert b"doctor.json" in seen
        assert (b"==== doctor.json" in seen) is written
        assert path.exists() is written
