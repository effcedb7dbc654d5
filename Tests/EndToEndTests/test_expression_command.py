# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""`verifier expression`: values, errors with their place, checks."""

import json
import subprocess

import pytest

CONTEXT = {
    "user": {"id": "00u1", "profile": {"department": "Engineering", "title": None}},
    "device": {"profile": {"managed": True}},
    "groups": [{"id": "00g1", "name": "Everyone", "type": "BUILT_IN"}],
    "now": "2026-09-05T12:00:00Z",
}


@pytest.fixture
def verifier(programs):
    """Runs the command with arguments and an input."""

    def run(*arguments, stdin=""):
        return subprocess.run(
            [str(programs / "verifier"), "expression", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    return run


@pytest.fixture
def evaluate(verifier, tmp_path):
    """Evaluates an expression for the context."""
    path = tmp_path / "context.json"
    path.write_text(json.dumps(CONTEXT), "utf-8")
    return lambda *arguments: verifier("eval", "--context", str(path), *arguments)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("device.profile.managed && user.profile.department == 'Engineering'", True),
        ("user.profile.title", None),
        ("user.getGroups().![id]", ["00g1"]),
        ("{a: 1, b: 'x'}", {"a": 1, "b": "x"}),
        ("1 + '2'", "12"),
        ("DateTime.now().plusDays(1)", "2026-09-06T12:00:00.000Z"),
    ],
)
def test_value_is_printed_as_json(evaluate, expression, value):
    result = evaluate(expression)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout) == value
    assert json.loads(evaluate("--json", expression).stdout) == {"value": value}


def test_error_has_its_place_and_exit_code_1(evaluate):
    result = evaluate("user.profile.department ==\n  user.profile.departmnt")
    assert result.returncode == 1
    assert result.stdout == ""
    assert "line 2, column 15: user.profile.departmnt is not known" in result.stderr
    assert "hint: " in result.stderr
    result = evaluate("--json", "user.id = 'x'")
    assert result.returncode == 1
    error = json.loads(result.stdout)["error"]
    assert (error["kind"], error["line"], error["column"]) == ("assignment", 1, 9)


def test_context_comes_from_standard_input(verifier):
    result = verifier("eval", "--context", "-", "user.id", stdin='{"user": {"id": "00u1"}}')
    assert (result.returncode, json.loads(result.stdout)) == (0, "00u1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[1]", "is no context"),
        (b"{", "is no context: not JSON"),
        (b'{"now": "yesterday"}', "is no context"),
        (b'{"user": "' + b"x" * (1 << 20) + b'"}', "is longer than 1048576 bytes"),
        (b"[" * 5000 + b"]" * 5000, "is no context"),
    ],
    ids=["list", "torn", "time", "long", "deep"],
)
def test_context_that_is_none_is_refused(verifier, tmp_path, content, words):
    path = tmp_path / "context.json"
    path.write_bytes(content)
    result = verifier("eval", "--context", str(path), "true")
    assert result.returncode == 1
    assert words in result.stderr


def test_context_that_is_missing_is_told(verifier, tmp_path):
    result = verifier("eval", "--context", str(tmp_path / "none"), "true")
    assert result.returncode == 1
    assert "No such file" in result.stderr


def test_check_tells_errors_and_warnings(verifier):
    result = verifier("check", "user.profil.department == 'Sales'")
    assert result.returncode == 1
    assert "error: line 1, column 5: there is no property profil here" in result.stdout
    assert "did you mean profile?" in result.stdout
    result = verifier("check", "--json", "user.id == 'a' || user.id == 'b' && device.profile.managed")
    assert result.returncode == 0
    assert [warning["kind"] for warning in json.loads(result.stdout)["warnings"]] == ["mixedAndOr"]
    result = verifier("check", "device.profile.managed")
    assert (result.returncode, result.stdout) == (0, "nothing found\n")
