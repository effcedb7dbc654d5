# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""nginx and Caddy before a verifier, with the files that administrators are given."""

import os
import shutil
import subprocess
from pathlib import Path

from .http import Browserless
from .processes import Daemon, wait_until

EXAMPLES = Path(__file__).resolve().parents[3] / "packaging" / "examples"
NAME = "id.example.com"
# Where the files say that the verifier listens.
PORT = 8800


def program(name):
    """Where a program is that an administrator has in the path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


def _replaced(text, changes):
    for old, new in changes.items():
        assert old in text, f"the file does not say {old}"
        text = text.replace(old, new)
    return text


class ReverseProxy:
    """A proxy on the ports of the web."""

    def __init__(self, directory, identity):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True)
        self.identity = identity
        self.environment = {**os.environ, "HOME": str(self.directory), "XDG_DATA_HOME": str(self.directory / "data")}
        self._daemon = None

    def start(self):
        """Starts it and waits until it answers."""
        command = self.configure()
        self._daemon = Daemon(command, self.directory / "error.log", env=self.environment)
        self._daemon.start()
        origin = f"https://{self.identity.host}"

        def answers():
            if not self._daemon.running:
                raise RuntimeError(f"{command[0]} ended:\n{self._daemon.output()[-4000:]}")
            try:
                return Browserless().get(f"{origin}/livez").status == 200
            except OSError:
                return False

        wait_until(answers, 20, what=command[0])
        return self

    def stop(self):
        """Ends it."""
        if self._daemon:
            self._daemon.stop()

    def _check(self, *command):
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=False, env=self.environment
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr


class Nginx(ReverseProxy):
    """nginx with `packaging/examples/nginx.conf` as its site."""

    def configure(self):
        """Writes the site, and a file around it as distributions have it; answers the command."""
        site = _replaced(
            (EXAMPLES / "nginx.conf").read_text(),
            {
                NAME: self.identity.host,
                "/etc/ssl/countersign/fullchain.pem": str(self.identity.certificate.certificate),
                "/etc/ssl/countersign/privkey.pem": str(self.identity.certificate.key),
            },
        )
        (self.directory / "site.conf").write_text(site)
        main = self.directory / "nginx.conf"
        temporary = "".join(
            f"    {kind}_temp_path {self.directory}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main.write_text(
            f"user root;\ndaemon off;\nworker_processes 1;\npid {self.directory}/nginx.pid;\nerror_log stderr warn;\n"
            f"events {{ worker_connections 256; }}\nhttp {{\n    access_log off;\n{temporary}"
            f"    include {self.directory}/site.conf;\n}}\n"
        )
        nginx = program("nginx")
        said = self._check(nginx, "-t", "-c", str(main))
        assert "[warn]" not in said, said
        return [nginx, "-c", str(main)]


class Caddy(ReverseProxy):
    """Caddy with `packaging/examples/Caddyfile`, and a certificate of the test's in the place of one by ACME."""

    def configure(self):
        """Writes the file; answers the command."""
        certificate = self.identity.certificate
        text = _replaced(
            (EXAMPLES / "Caddyfile").read_text(),
            {f"{NAME} {{": f"{self.identity.host} {{\n\ttls {certificate.certificate} {certificate.key}"},
        )
        file = self.directory / "Caddyfile"
        file.write_text("{\n\tadmin off\n}\n\n" + text)
        caddy = program("caddy")
        said = self._check(caddy, "validate", "--adapter", "caddyfile", "--config", str(file))
        warnings = [line for line in said.splitlines() if '"level":"warn"' in line and "OCSP" not in line]
        assert not warnings, warnings
        return [caddy, "run", "--adapter", "caddyfile", "--config", str(file)]
