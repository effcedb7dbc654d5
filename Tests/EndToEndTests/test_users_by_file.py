# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""People and groups by a file of comma-separated values, written and read by Python's own csv as the other side."""

import csv
import io

import pytest

COLUMNS = ["login", "email", "firstName", "lastName", "displayName", "status", "groups"]


@pytest.fixture
def verifier(make_verifier):
    """A verifier that is not served: the command line needs none."""
    verifier = make_verifier()
    verifier.write_configuration()
    return verifier


def write(path, rows, **dialect):
    """A table, as a spreadsheet saves it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, **dialect)
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def row(login, groups="", **more):
    """A person."""
    return {"login": login, "groups": groups, **more}


def test_import_and_export(verifier, tmp_path):
    """What was imported is exported, and changes nothing when it comes again."""
    people = [
        row("alice", "Staff;Night shift", firstName="Alice", lastName='O"Hara, Jr.', email="alice@example.com"),
        row("bob", displayName="Bob\u00e4", status="suspended"),
    ]
    file = write(tmp_path / "people.csv", people)
    assert verifier.run("user", "import", file, check=False).returncode == 1
    tried = verifier.run_json("user", "import", file, "--create-groups", "--dry-run")
    assert not tried["isApplied"] and [each["outcome"] for each in tried["rows"]] == ["created", "created"]
    assert verifier.run_json("user", "list") == []
    done = verifier.run("user", "import", file, "--create-groups")
    assert "created  alice" in done.stdout and "2 created" in done.stderr
    again = verifier.run_json("user", "import", file)
    assert [each["outcome"] for each in again["rows"]] == ["unchanged", "unchanged"]
    table = list(csv.DictReader(io.StringIO(verifier.run("user", "export").stdout, newline="")))
    assert [each["login"] for each in table] == ["alice", "bob"]
    assert table[0]["lastName"] == 'O"Hara, Jr.' and table[0]["groups"] == "Night shift;Staff"
    assert (table[1]["displayName"], table[1]["status"]) == ("Bob\u00e4", "suspended")
    exported = write(tmp_path / "exported.csv", table, quoting=csv.QUOTE_ALL)
    same = verifier.run_json("user", "import", exported)
    assert {each["outcome"] for each in same["rows"]} == {"unchanged"}


def test_mistakes_are_told_with_their_place(verifier, tmp_path):
    """One row that cannot be followed, and one byte of another encoding: nothing is changed."""
    file = write(tmp_path / "people.csv", [row("alice"), row("bob", status="gone"), row("c d")])
    refused = verifier.run("user", "import", file, check=False)
    assert refused.returncode == 1
    assert f"{file}:3:9: status:" in refused.stderr and f"{file}:4:1: login:" in refused.stderr
    assert "2 of 3 rows cannot be followed, so nothing was changed" in refused.stderr
    (tmp_path / "latin.csv").write_bytes("login,displayName\nalice,Gr\u00fc\u00df\n".encode("latin-1"))
    wrong = verifier.run("user", "import", str(tmp_path / "latin.csv"), check=False)
    assert wrong.returncode == 1 and "line 2, column 9: the text is not UTF-8" in wrong.stderr
    assert verifier.run_json("user", "list") == []


def test_whoever_is_missing_is_named_first(verifier, tmp_path):
    """Nobody is deactivated but by --deactivate-missing with --yes."""
    for name in ["alice", "bob"]:
        verifier.add_user(name)
    file = write(tmp_path / "people.csv", [row("alice", displayName="Alice")])
    verifier.run("user", "import", file)
    held = verifier.run("user", "import", file, "--deactivate-missing", check=False)
    assert held.returncode == 1 and "bob" in held.stdout and "1 people are not in it" in held.stderr
    states = {each["username"]: each["status"] for each in verifier.run_json("user", "list")}
    assert states == {"alice": "active", "bob": "active"}
    verifier.run("user", "import", file, "--deactivate-missing", "--yes")
    states = {each["username"]: each["status"] for each in verifier.run_json("user", "list")}
    assert states == {"alice": "active", "bob": "deactivated"}
    assert verifier.run("user", "import", file, "--yes", check=False).returncode == 64
