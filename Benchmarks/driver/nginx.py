# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""nginx, as the floor and as the stub in the verifier's place."""

import os
import shutil
import socket
import subprocess

from harness.processes import Daemon, wait_until


class Nginx:
    """An nginx of the run's own, with one server a port; it answers without looking at anything."""

    def __init__(self, directory, servers, workers=1):
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
        if not program:
            raise RuntimeError("nginx is not installed: scripts/install-dependencies.sh --tests installs it")
        self.directory = directory
        self.ports = list(servers)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "nginx.conf").write_text(self._configuration(program, servers, workers))
        self.command = [program, "-e", "stderr", "-p", str(directory), "-c", str(directory / "nginx.conf")]
        self.daemon = Daemon(self.command, directory / "nginx.log")

    @staticmethod
    def _configuration(program, servers, workers):
        built = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stderr
        folders = "".join(
            f"    {name}_temp_path {name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            if f"--without-http_{name}_module" not in built
        )
        blocks = "".join(
            f"    server {{\n        listen 127.0.0.1:{port};\n        location / {{\n{body}        }}\n    }}\n"
            for port, body in servers.items()
        )
        user = "user root;\n" if os.geteuid() == 0 else ""
        return (
            f"{user}daemon off;\nworker_processes {workers};\npid nginx.pid;\nerror_log stderr crit;\n"
            "events {\n    worker_connections 512;\n}\n"
            "http {\n    access_log off;\n    keepalive_requests 1000000000;\n    keepalive_timeout 3600s;\n"
            f"{folders}{blocks}}}\n"
        )

    def start(self):
        """Starts it and waits until all ports answer."""
        self.daemon.start()
        for port in self.ports:
            wait_until(lambda port=port: not self.daemon.running or listens(port), what=f"nginx on port {port}")
        if not self.daemon.running:
            raise RuntimeError(f"nginx ended:\n{self.daemon.output()[-2000:]}")
        return self

    def stop(self):
        """Ends it."""
        self.daemon.stop()


def listens(port):
    """Whether somebody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(text="", headers=None, content_type="application/json"):
    """What a server answers: 200, with a text."""
    lines = [f"            default_type {content_type};\n"]
    lines += [f"            add_header {name} {value} always;\n" for name, value in (headers or {}).items()]
    lines.append(f"            return 200 '{text}';\n")
    return "".join(lines)
