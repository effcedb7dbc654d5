# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""
systemd as the manager of a machine's services: the first process of a machine that is made for the test.

A manager of system services starts, for whatever is started, what the start of a machine takes: that empties /tmp, sets
the rights of devices, writes to /var. So this one gets a root of its own, in which of the real machine programs and
configuration alone are seen, read-only, and no unit but those of the test.
"""

import contextlib
import os
import subprocess
import threading
from pathlib import Path

from .processes import wait_until
from .service_manager import hierarchies, obstacle, remove_group

__all__ = ["SystemManager", "obstacle"]

# The units that every unit wants, as nothing.
_TARGETS = ("nothing", "sysinit", "basic", "sockets", "shutdown", "umount", "local-fs", "paths", "slices", "timers")

_STACK = r"""
set -eu
root=$1 files=$2 groups=$3 console=$4
shift 4
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs "$root"
cd "$root"
mkdir -m 0755 dev proc sys run var var/log home root srv mnt media files old
mkdir -m 1777 tmp var/tmp
echo private > root/private
read_only() {
    mkdir -p "$2"
    mount --bind "$1" "$2"
    mount -o remount,bind,ro "$2"
}
for name in bin sbin lib lib32 lib64 libx32 usr etc; do
    if [ -L "/$name" ]; then cp -P "/$name" "$name"; elif [ -d "/$name" ]; then read_only "/$name" "$name"; fi
done
read_only "$files" files
# The distribution's units and what makes some are not there.
for name in usr/lib/systemd/system usr/lib/systemd/system-generators etc/systemd/system usr/lib/tmpfiles.d; do
    if [ -d "$name" ]; then mount -t tmpfs -o ro tmpfs "$name"; fi
done
mount -t tmpfs -o mode=0755 tmpfs usr/libexec
mount -t tmpfs -o mode=0755 tmpfs dev
for name in null zero full random urandom tty; do
    touch "dev/$name"
    mount --bind "/dev/$name" "dev/$name"
done
ln -s pts/ptmx dev/ptmx
touch dev/console
mount --bind "$console" dev/console
mount -t tmpfs -o mode=0755 tmpfs run
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount --rbind /sys sys
mount -o remount,bind,ro sys
mkdir -p run/systemd/system run/lock
for target in "$@"; do
    printf '[Unit]\nDescription=nothing\nDefaultDependencies=no\n' > "run/systemd/system/$target.target"
done
for group in $groups; do mkdir "$group"; echo $$ > "$group/cgroup.procs"; done
pivot_root . old
umount --lazy /old
# Nothing is started unless the real machine is out of reach.
for name in /usr /etc /bin /files; do
    if touch "$name/countersign-test" 2> /dev/null; then echo "$name can be written to"; exit 1; fi
done
cd /
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=test SYSTEMD_UNIT_PATH=/run/systemd/system \
    /lib/systemd/systemd --system --unit=nothing.target --log-target=console --show-status=0
"""


class SystemManager:
    """A manager of system units, which the test writes to `units`. It sees the folder `files` as /files."""

    units = Path("/run/systemd/system")

    def __init__(self, place, files):
        (place / "root").mkdir(parents=True)
        self.log = place / "manager.log"
        self._groups = [path / f"countersign-system-{os.getpid()}" for path in hierarchies()]
        # The first process of a machine says what it has to say on its console, which must be a terminal.
        self._console, terminal = os.openpty()
        arguments = [place / "root", files, " ".join(map(str, self._groups)), os.ttyname(terminal), *_TARGETS]
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--net"]
            + ["bash", "-c", _STACK, "manager", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        threading.Thread(target=self._keep_log, daemon=True).start()
        try:
            wait_until(self._is_up, 20, what=self._log)
        except BaseException:
            self.stop()
            raise

    def _keep_log(self):
        """Writes to a file what comes on the console, to its end."""
        with self.log.open("wb", buffering=0) as log, contextlib.suppress(OSError):
            while block := os.read(self._console, 65536):
                log.write(block)

    def _log(self):
        return f"the manager of the system's services: {self.log.read_text() if self.log.exists() else ''}"

    def _is_up(self):
        if self._process.poll() is not None:
            raise TimeoutError(self._log())
        if not self._children():
            return False
        state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
        return state in ("running", "degraded")

    def _children(self):
        return Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()

    def run(self, *command, check=True, stdin=None):
        """Runs a command in its namespaces."""
        inside = ["nsenter", "--target", self._children()[0], "--mount", "--pid", "--uts", "--ipc", "--net"]
        result = subprocess.run(
            [*inside, *map(str, command)], capture_output=True, text=True, timeout=60, check=False, input=stdin, cwd="/"
        )
        if check and result.returncode != 0:
            words = " ".join(map(str, command))
            raise RuntimeError(f"{words}: {result.stdout}{result.stderr}\n{self.log.read_text()[-2000:]}")
        return result

    def write(self, path, text):
        """Writes a file of this machine's."""
        self.run("sh", "-c", 'mkdir -p "$(dirname "$1")" && cat > "$1"', "write", path, stdin=text)

    def control(self, *arguments, check=True):
        """Runs systemctl."""
        return self.run("systemctl", *arguments, check=check).stdout.strip()

    def property(self, unit, name):
        """A property of a unit."""
        return self.control("show", unit, "--property", name, "--value")

    def stop(self):
        """Ends it with all that it started."""
        self._process.kill()
        self._process.wait()
        os.close(self._console)
        for group in self._groups:
            wait_until(lambda group=group: remove_group(group), what=f"{group} to be empty")
