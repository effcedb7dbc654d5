# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The running agent connects to nobody itself: a process of its own does, to verifiers that it is enrolled at."""

import fcntl
import os
import signal
from pathlib import Path

import pytest
from harness.page import SignInWithoutBrowser
from harness.processes import wait_until

SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}
INTERNET = {"AF_INET": "tcp", "AF_INET6": "tcp6"}


@pytest.fixture
def signed_in(make_verifier, make_agent, make_app):
    """An enrolled agent that runs, its verifier, and how to sign in to an app."""
    verifier = make_verifier(sign_in=SILENT)
    app = make_app(verifier)
    verifier.start()
    verifier.add_user("alice")
    agent = make_agent()
    agent.enroll(verifier.issuer, verifier.code("alice"))
    agent.start()

    def sign_in():
        return app.finish_url(SignInWithoutBrowser(app.authorize_url()).complete("alice"))

    return agent, verifier, sign_in


def proxy(agent):
    """The process that makes the agent's connections."""
    pid = agent.daemon.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [int(child) for child in children if Path(f"/proc/{child}/comm").read_text() == "verifier-proxy\n"]
    assert len(found) == 1, children
    return found[0]


def connections(pid):
    """The established TCP connections of a process, each as local and remote port."""
    mine = {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}
    found = []
    for kind in INTERNET.values():
        for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "01" and f"socket:[{words[9]}]" in mine:
                found.append(tuple(int(words[place].rsplit(":", 1)[1], 16) for place in (1, 2)))
    return found


def listed(agent):
    """The list of verifiers, in lines."""
    return (agent.state / "verifiers").read_text().splitlines()


def test_the_running_agent_makes_no_internet_socket(signed_in):
    """The kernel has its word, and the connection to the verifier is the other process's."""
    agent, verifier, sign_in = signed_in
    assert "claims" in sign_in()
    status = Path(f"/proc/{agent.daemon.process.pid}/status").read_text()
    assert "\nSeccomp:\t2\n" in status and "\nNoNewPrivs:\t1\n" in status
    port = int(verifier.issuer.rsplit(":", 1)[1])
    assert port in {remote for _, remote in connections(proxy(agent))}
    assert {local for local, _ in connections(agent.daemon.process.pid)} <= {agent.port}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can put another table of hosts in place")
@pytest.mark.parametrize("table", ["", "192.0.2.1 localhost\n"], ids=["no-name", "another-address"])
def test_the_machines_own_name_is_not_looked_up(make_verifier, make_agent, make_app, tmp_path, table):
    """A verifier on this machine is reached where no table of hosts knows the name, and nobody else where one lies."""
    verifier = make_verifier(sign_in=SILENT)
    app = make_app(verifier)
    verifier.start()
    verifier.add_user("alice")
    agent = make_agent()
    agent.enroll(verifier.issuer, verifier.code("alice"))
    hosts = tmp_path / "hosts"
    hosts.write_text(table)
    agent.daemon.command = [
        *("unshare", "--mount", "--propagation=private", "sh", "-c"),
        *(f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh"),
        *agent.daemon.command,
    ]
    agent.start()
    assert "claims" in app.finish_url(SignInWithoutBrowser(app.authorize_url()).complete("alice"))


def test_enrolling_and_unenrolling_keep_the_list(signed_in):
    agent, verifier, _ = signed_in
    assert listed(agent) == [verifier.issuer]
    assert (agent.state / "verifiers").stat().st_mode & 0o777 == 0o600
    refused = agent.run("enroll", "http://localhost:1", "--code", "7KQ2-M4XD", check=False)
    assert refused.returncode == 3
    assert listed(agent) == [verifier.issuer]
    agent.run("unenroll", verifier.issuer)
    assert listed(agent) == []


def test_a_command_that_fails_leaves_what_another_is_about_to_need(signed_in):
    """While another enrolment is under way, which is listed and not kept yet, nothing is taken off the list."""
    agent, verifier, _ = signed_in
    both = sorted([verifier.issuer, "https://id.example.com"])
    (agent.state / "verifiers").write_text("".join(f"{origin}\n" for origin in both))
    with (agent.state / "enroll.lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert agent.run("enroll", verifier.issuer, "--code", "7KQ2-M4XD", check=False).returncode == 1
        assert listed(agent) == both
    assert agent.run("enroll", "http://localhost:1", "--code", "7KQ2-M4XD", check=False).returncode == 3
    assert listed(agent) == [verifier.issuer]


def test_what_is_not_listed_is_not_connected_to(signed_in):
    """Whoever could have the agent believe in another verifier would not have it answer there."""
    agent, _, sign_in = signed_in
    (agent.state / "verifiers").write_text("https://id.example.com\n")
    agent.restart()
    with pytest.raises(AssertionError, match="the agent answered 504"):
        sign_in()
    assert "no connection was made to" in agent.log()


def test_a_state_without_a_list_gets_one_at_the_start(signed_in):
    """As after an upgrade from a version that kept none."""
    agent, verifier, sign_in = signed_in
    agent.stop()
    (agent.state / "verifiers").unlink()
    agent.start()
    assert listed(agent) == [verifier.issuer]
    assert "claims" in sign_in()


def test_a_start_during_an_enrolment_leaves_the_list_to_it(signed_in):
    """What is about to be listed would be lost; until there is a list, this start knows its verifiers without."""
    agent, verifier, sign_in = signed_in
    agent.stop()
    (agent.state / "verifiers").unlink()
    with (agent.state / "enroll.lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        agent.start()
        assert not (agent.state / "verifiers").exists()
    assert "the list of verifiers cannot be made yet: an enrolment is under way" in agent.log()
    assert "claims" in sign_in()
    agent.restart()
    assert listed(agent) == [verifier.issuer]


def test_enrolling_on_a_state_without_a_list_lists_what_is_enrolled(signed_in, make_verifier):
    """The list that the command makes has the older enrolments as well."""
    agent, verifier, sign_in = signed_in
    (agent.state / "verifiers").unlink()
    other = make_verifier(name="other", sign_in=SILENT).start()
    other.add_user("bob")
    agent.enroll(other.issuer, other.code("bob"))
    assert listed(agent) == sorted([verifier.issuer, other.issuer])
    assert "claims" in sign_in()


def test_both_processes_end_together(signed_in):
    """Neither is any good without the other."""
    agent, _, _ = signed_in
    pid = proxy(agent)
    agent.daemon.process.send_signal(signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20, what="the end of the proxy")
    agent.daemon.process.wait()
    agent.start()
    os.kill(proxy(agent), signal.SIGKILL)
    wait_until(lambda: not agent.daemon.running, 20, what="the end of the agent")
    assert agent.daemon.process.returncode == 1
    assert "the process that connects to verifiers is gone" in agent.log()


def test_the_proxy_outlives_what_is_meant_for_the_agent(signed_in):
    """A terminal and a service manager send their signals to both; the agent ends first, and takes the proxy along."""
    agent, _, sign_in = signed_in
    pid = proxy(agent)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    assert "claims" in sign_in()
    agent.stop()
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20, what="the end of the proxy")
    assert agent.daemon.process.returncode == 0
