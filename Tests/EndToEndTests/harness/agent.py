# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The agent under test, and the person before it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .processes import Daemon, stop_group, wait_until

PORTS = [61711, 61712, 61713, 61714, 61715, 61716]


class Person:
    """Who answers the prompts: a scripted pinentry and what it was shown."""

    def __init__(self, directory, uid=None):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._uid = uid
        self.answers = {"consent": "approve", "pins": ["739156"]}
        shutil.copy(Path(__file__).with_name("scripted_pinentry.py"), self.directory / "scripted_pinentry.py")
        interpreter = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
        self.program = self.directory / "pinentry"
        self.program.write_text(
            "#!/bin/sh\n"
            f"exec {interpreter} -I '{self.directory}/scripted_pinentry.py' '{self.directory}' \"$@\"\n")
        self.program.chmod(0o755)
        self._write()
        (self.directory / "shown.jsonl").touch()
        if uid is not None:
            for path in (self.directory, *self.directory.iterdir()):
                os.chown(path, uid, uid)

    def will(self, **answers):
        """Says what the person does from now on: `consent`, `pins`, `pin_action`, `delay`."""
        self.answers.update(answers)
        self._write()

    def _write(self):
        fresh = self.directory / "answers.json.new"
        fresh.write_text(json.dumps(self.answers))
        if self._uid is not None:
            os.chown(fresh, self._uid, self._uid)
        fresh.replace(self.directory / "answers.json")

    def shown(self, event=None):
        """What prompts were shown: dialogs that started, questions, PIN entries, answers."""
        events = [json.loads(line) for line in (self.directory / "shown.jsonl").read_text().splitlines()]
        return [item for item in events if event in (None, item["event"])]

    def wait_for(self, event, count=1, timeout=15.0):
        """Waits until something was shown so many times."""
        return wait_until(lambda: len(self.shown(event)) >= count and self.shown(event), timeout,
                          what=f"{count} × {event} of the pinentry")


class Agent:
    """An agent of one user: state, runtime directory, home and pinentry of its own."""

    def __init__(self, program, directory, uid=None, environment=None):
        self.directory = Path(directory)
        self.uid = uid
        self.program = Path(program)
        for name in ("home", "state", "run"):
            path = self.directory / name
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o700)
            if uid is not None:
                os.chown(path, uid, uid)
        self.person = Person(self.directory / "person", uid)
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8",
            "HOME": str(self.directory / "home"),
            "COUNTERSIGN_STATE_DIR": str(self.state),
            "COUNTERSIGN_RUNTIME_DIR": str(self.directory / "run"),
            "COUNTERSIGN_PINENTRY": str(self.person.program),
            "SWIFT_BACKTRACE": "enable=no",
        } | (environment or {})
        options = {"user": uid, "group": uid, "extra_groups": []} if uid is not None else {}
        self._options = options
        self.daemon = Daemon([self.program, "run"], self.directory / "agent.log", env=self.environment,
                             cwd=self.directory, **options)
        self.port = None

    @property
    def state(self):
        """Its state directory."""
        return self.directory / "state"

    def start(self, prefix=()):
        """Starts it and waits until it listens."""
        self.daemon.start(prefix)
        ready = self.daemon.wait_for_output(r"ready: listening on 127\.0\.0\.1:(\d+)")
        self.port = int(ready.group(1))
        return self

    def stop(self):
        """Ends it."""
        self.daemon.stop()

    def kill(self):
        """Ends it as a power cut would."""
        self.daemon.kill()

    def restart(self):
        """Stops it and starts it anew."""
        self.stop()
        return self.start()

    def command(self, *arguments, prefix=()):
        """A command of the program, as a list for `subprocess`."""
        return [*map(str, prefix), str(self.program), *map(str, arguments)]

    def run(self, *arguments, check=True, timeout=60, prefix=(), **environment):
        """Runs a command of the program to its end."""
        process = subprocess.Popen(
            self.command(*arguments, prefix=prefix), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=self.environment | environment, cwd=self.directory,
            start_new_session=True, **self._options)
        try:
            output, errors = process.communicate(timeout=timeout)
        finally:
            stop_group(process)
        result = subprocess.CompletedProcess(process.args, process.returncode, output, errors)
        if check and result.returncode != 0:
            raise RuntimeError(f"agent {' '.join(map(str, arguments))}: {result.returncode}\n{output}{errors}")
        return result

    def enroll(self, issuer, code, *options, **keywords):
        """Enrols this device by a one-time code."""
        return self.run("enroll", issuer, "--code", code, *options, **keywords)

    def status(self):
        """What `agent status --json` tells."""
        return json.loads(self.run("status", "--json").stdout)

    def enrollments(self):
        """The enrolments that it tells of."""
        return self.status()["enrollments"]

    def log(self):
        """Its log, without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.daemon.output())
