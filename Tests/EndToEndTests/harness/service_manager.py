# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""systemd's manager of one person's services, in namespaces and control groups of its own."""

import os
import shutil
import subprocess
from pathlib import Path

from .isolation import is_root
from .processes import wait_until

SYSTEMD = Path("/lib/systemd/systemd")
# Where control groups may be, by the version of the hierarchy.
_HIERARCHIES = [Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup")]

# A manager of a person's services starts only where the machine's services have one, too.
_STACK = """
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
for group in $1; do mkdir "$group"; echo $$ > "$group/cgroup.procs"; done
# As the first process of its namespace it would be the machine's own.
"$2" --user > "$3" 2>&1 &
wait
"""


def obstacle():
    """Why there can be none here, or nothing."""
    if not is_root:
        return "needs root: control groups of the test's own"
    if not SYSTEMD.exists() or not shutil.which("systemctl"):
        return "systemd is not installed"
    return None if hierarchies() else "there are no control groups that can be written to"


def hierarchies():
    """The hierarchies of control groups in which there can be a group for a test."""
    return [path for path in _HIERARCHIES if os.access(path / "cgroup.procs", os.W_OK)]


class ServiceManager:
    """A manager whose configuration, state and sockets are below a folder."""

    def __init__(self, place):
        self.place = place
        for name in ("run", "home", "config/systemd/user"):
            (place / name).mkdir(parents=True)
        (place / "run").chmod(0o700)
        self.units = place / "config/systemd/user"
        self._environment = os.environ | {
            "XDG_RUNTIME_DIR": str(place / "run"),
            "XDG_CONFIG_HOME": str(place / "config"),
            "HOME": str(place / "home"),
        }
        self._groups = [path / f"countersign-test-{os.getpid()}" for path in hierarchies()]
        groups = " ".join(map(str, self._groups))
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", _STACK, "manager"]
            + [groups, str(SYSTEMD), str(place / "manager.log")],
            env=self._environment,
        )
        try:
            wait_until((place / "run/systemd/private").exists, 20, what="the service manager")
        except BaseException:
            self.stop()
            raise

    def control(self, *arguments, check=True):
        """Runs systemctl."""
        result = subprocess.run(
            ["nsenter", "--target", self._inside(), "--mount", "--pid", "systemctl", "--user", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if check and result.returncode != 0:
            raise RuntimeError(f"systemctl {' '.join(arguments)}: {result.stdout}{result.stderr}")
        return result.stdout.strip()

    def property(self, unit, name):
        """A property of a unit."""
        return self.control("show", unit, "--property", name, "--value")

    def signal(self, unit, name):
        """Sends the main process of a unit a signal."""
        self.control("kill", "--kill-who=main", f"--signal={name}", unit)

    def _inside(self):
        """A process that lives in its namespaces."""
        return Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()[0]

    def stop(self):
        """Ends it with all that it started."""
        self._process.kill()
        self._process.wait()
        for group in self._groups:
            wait_until(lambda group=group: remove_group(group), what=f"{group} to be empty")


def remove_group(group):
    """Removes a control group with those below it; whether it is gone."""
    for folder, _, _ in os.walk(group, topdown=False):
        try:
            os.rmdir(folder)
        except OSError:
            return False
    return not group.exists()
