# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What shells offer on the Tab key, laid out as the packages do, under the long name and the short one."""

import fcntl
import os
import pty
import shutil
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
# What is typed behind the name, and some of what has to be offered then.
CASES = [
    ("agent", "", {"enroll", "status", "keys", "browser-policy"}),
    ("agent", "enroll --", {"--key", "--add-key", "--no-browser"}),
    ("agent", "enroll --key ", {"software", "fido2", "piv", "tpm"}),
    ("agent", "keys ", {"list", "test", "rename", "remove"}),
    ("verifier", "", {"serve", "user", "policy", "backup"}),
    ("verifier", "policy ", {"check", "diff", "explain"}),
    ("verifier", "user add --", {"--config", "--help"}),
]
NAMES = ["countersign-{}", "{}"]


@pytest.fixture(scope="module")
def share(programs, tmp_path_factory):
    """A folder like /usr/share, with the completions as packages have them."""
    folder = tmp_path_factory.mktemp("completions")
    command = [ROOT / "scripts" / "write-manual", folder / "written", programs, "countersign-"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for name in ("agent", "verifier"):
        places = {
            f"countersign-{name}.bash": ("bash-completion/completions", f"countersign-{name}", name),
            f"_countersign-{name}": ("zsh/vendor-completions", f"_countersign-{name}", None),
            f"countersign-{name}.fish": ("fish/vendor_completions.d", f"countersign-{name}.fish", f"{name}.fish"),
        }
        for written, (place, installed, alternative) in places.items():
            target = folder / "share" / place
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / "written/completions" / written, target / installed)
            if alternative:
                (target / alternative).symlink_to(installed)
    return folder / "share"


@pytest.fixture
def environment(share, tmp_path):
    """What a shell of the test's own sees: no settings, the completions, and programs of both names that do nothing."""
    for name in ("agent", "verifier"):
        for installed in (name, f"countersign-{name}"):
            (tmp_path / installed).write_text("#!/bin/sh\n")
            (tmp_path / installed).chmod(0o755)
    return {
        "HOME": str(tmp_path),
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "XDG_DATA_HOME": str(tmp_path / "none"),
        "XDG_DATA_DIRS": f"{share}:/usr/share",
    }


class Terminal:
    """A shell at a terminal, so large that it lists everything at once."""

    def __init__(self, command, environment):
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 500, 200, 0, 0))
        self.shown = ""

    def type(self, text):
        """Types it; what was shown before is forgotten."""
        self.shown = ""
        os.write(self._terminal, text.encode())

    def wait_for(self, *words):
        """Reads until all of them stand there."""
        deadline = time.monotonic() + 120
        while not set(words) <= set(self.shown.split()):
            assert time.monotonic() < deadline, f"{words} in {self.shown}"
            os.set_blocking(self._terminal, False)
            try:
                self.shown += os.read(self._terminal, 1 << 16).decode(errors="replace").replace("\r", "\n")
            except BlockingIOError:
                time.sleep(0.02)

    def end(self):
        """Ends the shell."""
        os.close(self._terminal)
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)


def listed(command, settings, typed, expected, environment):
    """Has an interactive shell complete a line, and waits for what is expected."""
    terminal = Terminal(command, environment)
    try:
        # Quotes, so that the echo of the line is not taken for the answer.
        terminal.type(f"{settings}; echo rea''dy\n")
        terminal.wait_for("ready")
        terminal.type(f"{typed}\t")
        terminal.wait_for(*expected)
    finally:
        terminal.end()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("program", "typed", "expected"), CASES)
def test_bash_offers_what_can_follow(environment, name, program, typed, expected):
    if not BASH_COMPLETION.exists():
        pytest.skip("bash-completion is not installed")
    settings = ("show-all-if-ambiguous on", "page-completions off", "completion-query-items 0")
    listed(
        ["bash", "--noprofile", "--norc", "-i"],
        "; ".join([*(f"bind 'set {setting}'" for setting in settings), f". {BASH_COMPLETION}"]),
        f"{name.format(program)} {typed}",
        expected,
        environment,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("program", "typed", "expected"), CASES)
def test_zsh_offers_what_can_follow(share, environment, tmp_path, name, program, typed, expected):
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed")
    settings = f"fpath=({share}/zsh/vendor-completions $fpath); LISTMAX=10000"
    listed(
        ["zsh", "-f", "-i"],
        f"{settings}; autoload -Uz compinit; compinit -u -d {tmp_path}/dump",
        f"{name.format(program)} {typed}",
        expected,
        environment,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("program", "typed", "expected"), CASES)
def test_fish_offers_what_can_follow(environment, name, program, typed, expected):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    done = subprocess.run(
        ["fish", "--command", 'complete --do-complete "$argv[1]"', f"{name.format(program)} {typed}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    offered = {line.split("\t")[0] for line in done.stdout.splitlines()}
    assert expected <= offered, done.stdout + done.stderr
