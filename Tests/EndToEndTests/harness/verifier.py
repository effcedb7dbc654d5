# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The verifier under test."""

import atexit
import functools
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from . import toml
from .isolation import free_port
from .processes import Daemon

STORE = "verifier.sqlite"


@dataclass
class Client:
    """An app that is registered at the verifier."""

    id: str = "test-app"
    name: str = "Test app"
    secret: str = "a-secret-of-the-tests-0123456789abcdef"
    redirect_uris: list = field(default_factory=list)
    extra: dict = field(default_factory=dict)

    def table(self):
        """Its table in the configuration."""
        table = {
            "id": self.id,
            "name": self.name,
            "type": "confidential",
            "auth": "client_secret_basic",
            "secret": self.secret,
            "redirect_uris": self.redirect_uris,
        }
        table.update(self.extra)
        return {key: value for key, value in table.items() if value is not None}


@functools.cache
def first_store(program):
    """A folder with a store that a verifier made, of which the RSA key is left: such a key takes its time."""
    made = Verifier(program, tempfile.mkdtemp(prefix="countersign-first-store-"), store={"path": STORE})
    atexit.register(shutil.rmtree, made.directory, ignore_errors=True)
    made.write_configuration()
    made.run("user", "list")
    with closing(sqlite3.connect(made.directory / STORE)) as store, store:
        store.execute("DELETE FROM record WHERE collection <> 'signing_keys' OR key_first <> 'tokenRS256'")
    return made.directory


class Verifier:
    """A verifier with a directory, a configuration and a port of its own."""

    def __init__(self, program, directory, host="localhost", issuer=None, port=None, certificate=None, **sections):
        self.program = Path(program)
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        scheme = "https" if certificate else "http"
        self.issuer = issuer or f"{scheme}://{host}:{self.port}"
        self.clients = []
        self.configuration = {
            "issuer": self.issuer,
            "organization": {"id": "00oTest", "name": "Test organisation"},
            "listen": {"address": "127.0.0.1", "port": self.port},
            "store": {"path": str(self.directory / STORE)},
            "audit": {"path": str(self.directory / "audit.jsonl")},
        }
        if certificate:
            self.configuration["tls"] = {"certificate": str(certificate.certificate), "key": str(certificate.key)}
        for name, values in sections.items():
            self.configure(name, **values)
        self.daemon = Daemon(
            [self.program, "serve", "--config", self.config_path],
            self.directory / "verifier.log",
            env=self._environment(),
        )

    @staticmethod
    def _environment():
        environment = {key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR") if key in os.environ}
        environment["SWIFT_BACKTRACE"] = "enable=no"
        return environment

    @property
    def config_path(self):
        """Where the configuration is written."""
        return self.directory / "verifier.toml"

    def configure(self, section, **values):
        """Sets values of a section."""
        self.configuration.setdefault(section, {}).update(values)

    def register(self, client):
        """Registers an app; counts from the next start."""
        self.clients = [known for known in self.clients if known.id != client.id] + [client]
        return client

    def write_configuration(self):
        """Writes the configuration to its file."""
        document = dict(self.configuration)
        if self.clients:
            document["clients"] = [client.table() for client in self.clients]
        self.config_path.write_text(toml.dumps(document))

    def start(self, environment=None):
        """Starts it and waits until it answers. A new store has its RSA key from ``first_store``."""
        self.write_configuration()
        store = self.directory / STORE
        if self.configuration["store"] == {"path": str(store)} and not store.exists():
            for name in (STORE, f"{STORE}.key"):
                shutil.copy2(first_store(self.program) / name, self.directory / name)
        self.daemon.start(environment)
        self.wait_until_alive()
        return self

    def wait_until_alive(self, timeout=30.0):
        """Waits until it answers `GET /livez`."""
        from .http import Browserless
        from .processes import wait_until

        def alive():
            if not self.daemon.running:
                raise RuntimeError(f"the verifier ended:\n{self.daemon.output()[-4000:]}")
            try:
                scheme = "https" if "tls" in self.configuration else "http"
                address = f"{scheme}://127.0.0.1:{self.port}"
                return Browserless().get(f"{address}/livez").status == 200
            except OSError:
                return False

        wait_until(alive, timeout, what="the verifier")

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

    def run(self, *arguments, check=True):
        """Runs a command of the program."""
        result = subprocess.run(
            [str(self.program), *arguments, "--config", str(self.config_path)],
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=60,
            check=False,
        )
        if check and result.returncode != 0:
            raise RuntimeError(f"verifier {' '.join(arguments)}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def run_json(self, *arguments):
        """Runs a command with `--json` and answers what it printed."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def add_user(self, name, display_name=None):
        """Adds a person."""
        self.run("user", "add", name, "--name", display_name or name.capitalize())

    def code(self, user):
        """Makes a one-time code for a person."""
        return self.run_json("code", user)["code"]

    def enrollments(self, user=None):
        """The enrolments, of one person or of all."""
        listed = self.run_json("enrollment", "list", *(["--user", user] if user else []))
        return listed["enrollments"] if isinstance(listed, dict) else listed

    def audit(self, event_type=None):
        """The events of the audit log, of one type or all."""
        path = Path(self.configuration["audit"]["path"])
        lines = path.read_text().splitlines() if path.exists() else []
        events = [json.loads(line) for line in lines if line.strip()]
        return [event for event in events if event_type in (None, event.get("eventType"))]
