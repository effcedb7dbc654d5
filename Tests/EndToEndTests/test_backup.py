# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Backup of the store while the verifier works, restoration, and kill -9 in the middle of both."""

import sqlite3
import stat
import subprocess
import sys
import threading

import pytest

from kill_rig import TRACER, AtStep, seed

# Of the calls that change something: all of the last ones, and some of those that write pages.
LAST = 20
SOME = 12


def people(path):
    """The names in a store's file, as SQLite itself reads it."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = database.execute(
            "SELECT json_extract(CAST(body AS TEXT), '$.username') FROM record WHERE collection = 'users'"
        )
        return {name for (name,) in rows}
    finally:
        database.close()


class Writer:
    """Somebody who adds people all the time, by commands beside the server."""

    def __init__(self, verifier):
        self.verifier = verifier
        self.done = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._ends.is_set():
            name = f"person{len(self.done)}"
            self.verifier.run("user", "add", name)
            self.done.append(name)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join()


def test_backup_under_writes_is_restored(make_verifier, make_agent, make_app, place):
    """Each copy has all that was confirmed before it began; a restored one signs people in."""
    from harness.page import SignInWithoutBrowser

    verifier = make_verifier(sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"})
    app = make_app(verifier)
    verifier.start()
    verifier.add_user("alice")
    agent = make_agent()
    agent.enroll(verifier.issuer, verifier.code("alice"))
    agent.start()
    copies = []
    with Writer(verifier) as writer:
        for number in range(5):
            before = set(writer.done)
            file = place / f"copy-{number}.sqlite"
            report = verifier.run_json("backup", str(file))
            assert report["path"] == str(file) and report["bytes"] == file.stat().st_size
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert before | {"alice"} <= people(file)
            copies.append(file)
            assert "claims" in app.finish_url(SignInWithoutBrowser(app.authorize_url()).complete("alice"))
    assert len(people(copies[0])) < len(people(copies[-1])), "nobody was added meanwhile"

    refused = verifier.run("restore", str(copies[0]), check=False)
    assert refused.returncode == 1 and "in use" in refused.stderr, refused.stderr
    assert "stop the verifier first" in refused.stderr
    verifier.stop()
    everybody = people(verifier.directory / "verifier.sqlite")
    restored = verifier.run_json("restore", str(copies[0]))
    assert people(verifier.directory / "verifier.sqlite") == people(copies[0])
    assert people(restored["kept"]) == everybody
    verifier.start()
    assert "claims" in app.finish_url(SignInWithoutBrowser(app.authorize_url()).complete("alice"))
    assert {user["username"] for user in verifier.run_json("user", "list")} == people(copies[0])


def test_backup_needs_no_server_and_says_what_is_wrong(make_verifier, place):
    """Names that exist, folders that do not and files that are none of its own are refused plainly."""
    verifier = make_verifier()
    verifier.write_configuration()
    nothing = verifier.run("backup", str(place / "copy"), check=False)
    assert nothing.returncode == 1 and "there is no store" in nothing.stderr, nothing.stderr
    verifier.add_user("alice")
    file = place / "copy"
    verifier.run("backup", str(file))
    again = verifier.run("backup", str(file), check=False)
    assert again.returncode == 1 and "exists already" in again.stderr and "--replace" in again.stderr
    verifier.run("backup", "--replace", str(file))
    nowhere = verifier.run("backup", str(place / "none" / "copy"), check=False)
    assert nowhere.returncode == 1 and "No such file" in nowhere.stderr, nowhere.stderr
    other = place / "text"
    other.write_text("no database at all, but long enough to be read as one" * 10)
    strange = verifier.run("restore", str(other), check=False)
    assert strange.returncode == 1 and "not the store of a verifier" in strange.stderr, strange.stderr
    key = verifier.directory / "verifier.sqlite.key"
    key.rename(key.with_suffix(".away"))
    keyless = verifier.run("restore", str(file), check=False)
    assert keyless.returncode == 1 and "does not open the keys" in keyless.stderr, keyless.stderr
    assert people(verifier.directory / "verifier.sqlite") == {"alice"}


class Killed:
    """Commands of a verifier that end before the n-th call that changes something."""

    def __init__(self, verifier, place):
        self.verifier = verifier
        self.place = place
        self.at = AtStep(place)

    def run(self, step, *arguments):
        """Runs a command; how it ended."""
        self.at.step = step
        self.at.arm()
        prefix = [str(part) for part in self.at.prefix(self.place)]
        command = [str(self.verifier.program), *arguments, "--config", str(self.verifier.config_path)]
        assert TRACER.exists()
        return subprocess.run(
            [sys.executable if part == sys.executable else part for part in prefix] + command,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def steps(self, *arguments):
        """At which calls of a command to kill it."""
        result = self.run(1 << 62, *arguments)
        assert result.returncode == 0, result.stderr
        count = len(self.at.steps())
        assert count > LAST, self.at.steps()
        chosen = set(range(count - LAST, count + 1))
        chosen |= {seed().randrange(1, count - LAST + 1) for _ in range(SOME)}
        return sorted(chosen)


@pytest.fixture
def killed(make_verifier, place):
    """A verifier with people, and one who kills its commands."""
    verifier = make_verifier()
    verifier.write_configuration()
    for name in ("alice", "bob"):
        verifier.add_user(name)
    return Killed(verifier, place)


def test_killed_backup_leaves_the_earlier_copy_or_a_whole_one(killed, place):
    """Whatever call it is killed before, the file of its name is whole, and the next backup works."""
    store = place / "verifier" / "verifier.sqlite"
    file = place / "copy"
    killed.verifier.run("backup", str(file))
    killed.verifier.add_user("carol")
    old, new = {"alice", "bob"}, people(store)
    older = (place / "copy").read_bytes()
    seen = set()
    for step in killed.steps("backup", "--replace", str(file)):
        file.write_bytes(older)
        result = killed.run(step, "backup", "--replace", str(file))
        found = people(file)
        assert found in (old, new), f"killed before step {step}: {found}"
        assert result.returncode == 0 or found == old or step > 1, result.stderr
        seen.add(frozenset(found))
        killed.verifier.run("backup", "--replace", str(file))
        assert people(file) == new
        fresh = place / f"fresh-{step}"
        killed.run(step, "backup", str(fresh))
        assert not fresh.exists() or people(fresh) == new
    assert seen == {frozenset(old), frozenset(new)}, "no kill came before and none after the copy took its place"


def test_killed_restoration_leaves_one_of_the_two_stores(killed, place):
    """Whatever call it is killed before, the store is the old one or the copy, opens, and can be restored again."""
    store = place / "verifier" / "verifier.sqlite"
    file = place / "copy"
    killed.verifier.run("backup", str(file))
    old, new = {"alice", "bob", "carol"}, {"alice", "bob"}
    killed.verifier.add_user("carol")
    newer = place / "newer"
    killed.verifier.run("backup", str(newer))
    seen = set()
    for step in killed.steps("restore", str(file)):
        killed.verifier.run("restore", str(newer))
        assert people(store) == old
        killed.run(step, "restore", str(file))
        # Through the program, which opens whatever is there, and as SQLite reads it.
        found = {user["username"] for user in killed.verifier.run_json("user", "list")}
        assert found in (old, new), f"killed before step {step}: {found}"
        assert people(store) == found
        seen.add(frozenset(found))
        # Reading a file that was opened since lays others beside it.
        for kept in sorted(store.parent.glob("verifier.sqlite.before-*[Z-]")):
            assert people(kept) in (old, new), kept
        for beside in list(store.parent.glob("verifier.sqlite.before-*")):
            beside.unlink()
    assert seen == {frozenset(old), frozenset(new)}, "no kill came before and none after the copy took its place"
