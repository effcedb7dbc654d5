# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The posture helper behind its socket, asked by root, people and others."""

import shutil
import subprocess
import time

import pytest
from harness.isolation import needs_root
from harness.posture_helper import SOCKET, ActivatedHelper, as_user, client, readings

pytestmark = [
    needs_root,
    pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd is not installed"),
]

PERSON, OTHER_PERSON, SERVICE, NOBODY, MOMENT = 1000, 1001, 33, 65534, 64001
BOTH = b"1tb\n"


@pytest.fixture
def helper(programs, place):
    """A helper whose socket listens."""
    helper = ActivatedHelper(programs, place)
    yield helper.start()
    helper.stop()


@pytest.mark.parametrize("uid", [0, PERSON, OTHER_PERSON, 1_234_600_001])
def test_people_and_root_are_answered(helper, uid):
    """One line with a reading for each signal of the questions, made with root's rights."""
    answered = helper.ask(uid, BOTH)["readings"]
    assert sorted(answered) == ["secureBoot", "secureHardwarePresent"]
    for reading in answered.values():
        assert reading["privilege"] == "root"
        assert reading["state"] in ("known", "unknown", "notApplicable")
        assert abs(reading["collectedAt"] - time.time()) < 60
    assert f"told the user {uid} " in helper.log() and ": tb" in helper.log()


@pytest.mark.parametrize("uid", [1, SERVICE, 999, NOBODY, MOMENT])
def test_services_and_users_without_a_name_are_not(helper, uid):
    assert helper.ask(uid, BOTH) == {"refused": "notServed"}
    assert f"refused the user {uid} " in helper.log()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\n", b"1\n", b"1b", b"b\n", b"1bb\n", b"1b\n1b\n", b"1b /etc/shadow\n", b"1/etc/shadow\n", b"1b\0\n",
        b"\0" * 64, b"\xff" * 4096, b"1" + b"b" * 50_000, b"GET / HTTP/1.1\r\n\r\n",
        b'{"question":"secureBoot"}\n', b"1\xc3\xa9\n",
    ],
    ids=lambda value: repr(value)[:24],
)  # fmt: skip
def test_what_is_no_request_is_refused_and_the_helper_lives(helper, request_bytes):
    assert helper.ask(PERSON, request_bytes) == {"refused": "malformed"}
    assert "readings" in helper.ask(PERSON, BOTH)


def test_who_says_nothing_at_all_gets_nothing(helper):
    """The end of the connection before a line feed is no request."""
    assert helper.ask(PERSON) == {"refused": "malformed"}


def test_another_version_is_told_as_such(helper):
    assert helper.ask(PERSON, b"2b\n") == {"refused": "otherVersion"}


def test_a_question_that_is_not_on_the_menu_is_passed_over(helper):
    assert sorted(helper.ask(PERSON, b"1bZ\n")["readings"]) == ["secureBoot"]
    assert helper.ask(PERSON, b"1Z\n")["readings"] == {}


def test_a_slow_request_ends_after_a_second(helper):
    slow = helper.popen(*client(PERSON, SOCKET, b"1", "sleep=6", b"b\n"))
    dribble = helper.popen(*client(PERSON, SOCKET, *[part for _ in range(30) for part in (b"b", "sleep=0.2")]))
    refused = '{"refused":"tooSlow","version":1}\n'
    assert [process.communicate(timeout=30)[0] for process in (slow, dribble)] == [refused] * 2


def test_those_who_are_slow_keep_nobody_waiting(helper):
    """One after the other they would take six seconds."""
    helper.ask(OTHER_PERSON, BOTH)
    slow = [helper.popen(*client(uid, SOCKET, "sleep=8")) for uid in (2000, 2000, 2001, 2001, 2002, 2002)]
    time.sleep(0.5)
    began = time.monotonic()
    assert "readings" in helper.ask(OTHER_PERSON, BOTH)
    assert time.monotonic() - began < 4
    for process in slow:
        process.kill()
        process.wait()


def test_a_user_has_two_connections_and_others_have_theirs(helper):
    code = (
        "import socket\n"
        "def c():\n"
        f" s = socket.socket(socket.AF_UNIX); s.connect({SOCKET!r}); return s\n"
        "a, b = c(), c(); print(c().recv(999).decode(), end='', flush=True); a.recv(999); b.recv(999)\n"
    )
    holder = helper.popen(*as_user(PERSON, "/usr/bin/python3", "-c", code))
    assert holder.stdout.readline() == '{"refused":"busy","version":1}\n'
    assert "readings" in helper.ask(OTHER_PERSON, BOTH)
    holder.communicate(timeout=30)
    assert "readings" in helper.ask(PERSON, BOTH)


def test_who_asks_too_often_has_to_wait_and_nobody_else(helper):
    flood = ";".join(["c()"] * 60)
    code = (
        "import socket\n"
        "def c():\n"
        f" s = socket.socket(socket.AF_UNIX); s.connect({SOCKET!r})\n"
        " try: s.sendall(b'1b\\n')\n"
        " except OSError: pass\n"
        " print(s.recv(9999).decode(), end='')\n"
        f"{flood}\n"
    )
    began = time.monotonic()
    lines = helper.run(*as_user(PERSON, "/usr/bin/python3", "-c", code)).stdout.splitlines()
    seconds = time.monotonic() - began
    assert len(lines) == 60
    answered = sum('"readings"' in line for line in lines)
    assert 18 <= answered <= 21 + seconds, lines
    assert answered + sum('"tooOften"' in line or '"busy"' in line for line in lines) == 60, lines
    assert helper.log().count("tooOften") == 1
    assert "readings" in helper.ask(OTHER_PERSON, BOTH)


def test_it_is_gone_when_nobody_has_asked_for_a_while(helper):
    """By itself and with success, so that the service manager starts it for the next."""
    assert "readings" in helper.ask(PERSON, BOTH)
    assert helper.activation.wait(timeout=25) == 0


def test_without_a_socket_it_says_who_starts_it(programs):
    result = subprocess.run([programs / "posture-helper"], capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode == 64
    assert "countersign-posture-helper.socket" in result.stderr


def test_arguments_and_standard_input_are_not_read(programs):
    """There is no argument: the program is the same whatever stands on its command line."""
    command = [programs / "posture-helper", "--help", "/etc/shadow"]
    result = subprocess.run(command, input=BOTH, capture_output=True, timeout=20, check=False)
    assert result.returncode == 64 and result.stdout == b""


# MARK: The agent


def posture(helper, programs, uid):
    """What the agent of a user says."""
    result = helper.run(*as_user(uid, "env", "HOME=/proc/nonexistent", programs / "agent", "posture", "--json"))
    assert result.returncode == 0, result.stderr
    return readings(result.stdout)


@pytest.mark.parametrize("uid", [0, PERSON])
def test_the_agent_shows_what_root_reads(helper, programs, uid):
    """The helper's reading stands before the person's own of the same signal."""
    shown = posture(helper, programs, uid)
    for name in ("secureBoot", "secureHardwarePresent"):
        assert shown[name]["privilege"] == "root", shown[name]
    assert f"told the user {uid} " in helper.log()
    if uid:
        assert shown["kernelVersion"]["privilege"] == "user"


def test_the_agent_works_without_the_helper(helper, programs):
    helper.run("rm", SOCKET)
    shown = posture(helper, programs, PERSON)
    assert shown["kernelVersion"]["state"] == "known"
    assert shown["secureBoot"]["privilege"] == "user"


def squat(helper, uid, code):
    """A program of a user on the helper's path, which that user could not get by itself."""
    helper.run("rm", "-f", SOCKET)
    helper.run("chown", str(uid), "/run/countersign")
    script = (
        "import os, socket, time\n"
        f"s = socket.socket(socket.AF_UNIX); s.bind({SOCKET!r}); os.chmod({SOCKET!r}, 0o666); s.listen(5)\n"
        "print('up', flush=True)\n"
        "c = s.accept()[0]; got = c.recv(99); print(got, flush=True)\n"
        f"{code}\n"
    )
    process = helper.popen(*as_user(uid, "/usr/bin/python3", "-c", script))
    assert process.stdout.readline() == "up\n"
    return process


LIE = (
    'c.sendall(b\'{"version":1,"readings":{"secureBoot":{"state":"known","value":true,"source":"lie","collectedAt":5,'
    '"privilege":"root"}}}\\n\'); time.sleep(5)'
)


def test_the_agent_does_not_believe_another_users_program(helper, programs):
    """A stranger's socket is not connected to; one that became root's, with a stranger behind it, is told nothing."""
    squatter = squat(helper, OTHER_PERSON, LIE)
    assert posture(helper, programs, PERSON)["secureBoot"]["source"] != "lie"
    helper.run("chown", "0", SOCKET)
    assert posture(helper, programs, PERSON)["secureBoot"]["source"] != "lie"
    assert squatter.stdout.readline() == "b''\n"
    squatter.kill()
    squatter.wait()


def test_the_agent_believes_root_so_the_lie_would_be_seen(helper, programs):
    """The same program as root's: what keeps it out above is whose it is."""
    squatter = squat(helper, 0, LIE)
    assert posture(helper, programs, PERSON)["secureBoot"]["source"] == "lie"
    squatter.kill()
    squatter.wait()


def test_the_agent_does_not_wait_for_a_helper_that_hangs(helper, programs):
    squatter = squat(helper, 0, "time.sleep(60)")
    began = time.monotonic()
    shown = posture(helper, programs, PERSON)
    assert time.monotonic() - began < 4
    assert shown["secureBoot"]["privilege"] == "user"
    squatter.kill()
    squatter.wait()
