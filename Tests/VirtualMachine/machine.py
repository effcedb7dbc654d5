#!/usr/bin/env python3
# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The virtual machine: QEMU with firmware that verifies what starts, a TPM, an encrypted disk, a port for commands."""

import argparse
import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd")
# With Microsoft's keys, by which Debian's shim is signed.
VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
ACCELERATOR = os.environ.get("COUNTERSIGN_VM_ACCEL", "tcg")
# Emulated without help of the processor everything takes ten to thirty times as long.
PATIENCE = 1.0 if ACCELERATOR == "kvm" else 6.0
# Serial ports beside the one for commands.
DEVICES = ("key", "card")

# The maker of the TPM, who certifies it.
LOCAL_CA = """\
statedir = {0}
signingkey = {0}/signkey.pem
issuercert = {0}/issuercert.pem
certserial = {0}/certserial
"""
SETUP = """\
create_certs_tool = /usr/bin/swtpm_localca
create_certs_tool_config = {0}/localca.conf
create_certs_tool_options = {0}/localca.options
"""


@dataclass
class Result:
    """How a command ended."""

    status: int | None
    output: str
    errors: str

    @property
    def said(self):
        """All that it printed, for the message of a check."""
        return f"status {self.status}\n{self.output}{self.errors}"


class Lines:
    """A socket on which a JSON object is a line each way."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._rest = b""

    def send(self, message):
        """Sends an object."""
        self._socket.settimeout(None)
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def end_line(self):
        """Ends a line that somebody else may have begun."""
        self._socket.sendall(b"\n")

    def receive(self, timeout):
        """The next object; TimeoutError where none comes."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self._rest:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            data = self._socket.recv(1 << 20)
            if not data:
                raise ConnectionError("the machine has ended")
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return json.loads(line)


class Machine:
    """A machine whose disk is laid over the built one, so that each run finds the same."""

    def __init__(self, disk, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        # The path of a socket may have no more than 107 characters.
        self._sockets = Path(tempfile.mkdtemp(prefix="countersign-vm-"))
        self._disk = Path(disk).resolve()
        self.console = self.directory / "console.log"
        self._processes = []
        self._channel = self._monitor = None
        self._number = os.getpid() << 20

    def start(self):
        """Starts it, and waits until it takes commands."""
        self._lay_out()
        self._start_tpm()
        self._start_machine()
        # For whoever attaches to it later.
        (self.directory / "sockets").write_text(str(self._sockets))
        self._talk()
        self.wait_until_ready()
        return self

    @classmethod
    def attach(cls, directory):
        """A machine that another process started and keeps."""
        machine = cls("/", directory)
        machine._sockets.rmdir()
        machine._sockets = Path((machine.directory / "sockets").read_text())
        machine._talk()
        return machine

    def _talk(self):
        self._channel = self._connect("channel")
        # An empty line ends what another run may have left half said.
        self._channel.end_line()
        self._monitor = self._connect("monitor")
        self._monitor.receive(30)
        self.control("qmp_capabilities")

    def _lay_out(self):
        subprocess.run(
            [
                *("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2"),
                "-b",
                self._disk,
                self.directory / "disk.qcow2",
            ],
            check=True,
        )
        shutil.copy(VARIABLES, self.directory / "variables.fd")

    def _start_tpm(self):
        place = self.directory.resolve() / "tpm"
        shutil.rmtree(place, ignore_errors=True)
        for folder in ("state", "ca"):
            (place / folder).mkdir(parents=True)
        (place / "localca.conf").write_text(LOCAL_CA.format(place / "ca"))
        (place / "localca.options").write_text("")
        (place / "setup.conf").write_text(SETUP.format(place))
        setup = [
            "swtpm_setup",
            "--tpm2",
            "--tpmstate",
            place / "state",
            "--create-ek-cert",
            "--config",
            place / "setup.conf",
        ]
        # Root alone becomes another user for it by default, and nobody else may ask for one.
        runas = ["--runas", "root"] if os.geteuid() == 0 else []
        subprocess.run([*setup, *runas], check=True, capture_output=True, timeout=120)
        with (self.directory / "tpm.log").open("wb") as log:
            server = ("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={place}/state")
            self._processes.append(
                subprocess.Popen([*server, "--ctrl", f"type=unixio,path={self._sockets}/tpm"], stdout=log, stderr=log)
            )
        self._wait_for(self._sockets / "tpm")

    def _start_machine(self):
        command = [
            *("nice", "-n", "19", "qemu-system-x86_64"),
            *("-M", "q35,smm=on", "-accel", ACCELERATOR, "-cpu", "max,la57=off", "-m", "2560", "-smp", "1"),
            *("-nodefaults", "-display", "none", "-no-reboot", "-serial", f"file:{self.console}"),
            *("-global", "driver=cfi.pflash01,property=secure,value=on"),
            *("-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={FIRMWARE}"),
            *("-drive", f"if=pflash,format=raw,unit=1,file={self.directory}/variables.fd"),
            *("-drive", f"file={self.directory}/disk.qcow2,if=virtio,cache=unsafe,discard=unmap"),
            *("-chardev", f"socket,id=tpm,path={self._sockets}/tpm", "-tpmdev", "emulator,id=tpm,chardev=tpm"),
            *("-device", "tpm-crb,tpmdev=tpm"),
            *("-device", "virtio-serial-pci"),
            *("-chardev", f"socket,id=channel,path={self._sockets}/channel,server=on,wait=off"),
            *("-device", "virtserialport,chardev=channel,name=org.countersign.test"),
            # What plays a security key and a card outside, for the drivers inside.
            *(part for name in DEVICES for part in self._port(name)),
            *("-qmp", f"unix:{self._sockets}/monitor,server=on,wait=off"),
            # Where disks are plugged in: a USB port, and a slot inside.
            *("-device", "qemu-xhci,id=usb", "-device", "pcie-root-port,id=inside,chassis=1,slot=1"),
            *("-smbios", "type=1,serial=a-serial-of-the-tests,uuid=c0dec0de-0000-4000-8000-0000000000aa"),
            # A network that leads nowhere, so that the packet filter has an interface to guard.
            *("-netdev", "user,id=net,restrict=on", "-device", "virtio-net-pci,netdev=net,romfile="),
            *("-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"),
        ]
        with (self.directory / "qemu.log").open("wb") as log:
            self._processes.append(subprocess.Popen(command, stdout=log, stderr=log))

    def _port(self, name):
        return [
            *("-chardev", f"socket,id={name},path={self.port(name)},server=on,wait=off"),
            *("-device", f"virtserialport,chardev={name},name=org.countersign.{name}"),
        ]

    def port(self, name):
        """The socket of a further serial port; inside the machine it is /dev/virtio-ports/org.countersign.NAME."""
        return self._sockets / name

    def _wait_for(self, path):
        deadline = time.monotonic() + 30
        while not path.exists():
            if time.monotonic() > deadline or any(process.poll() is not None for process in self._processes):
                raise RuntimeError(f"no {path.name}: {self.directory}/*.log")
            time.sleep(0.05)

    def _connect(self, name):
        path = self._sockets / name
        self._wait_for(path)
        return Lines(path)

    def wait_until_ready(self, timeout=100 * PATIENCE):
        """Waits until the system has started and takes commands."""
        try:
            while not self._channel.receive(timeout).get("ready"):
                pass
        except TimeoutError as error:
            end = self.console.read_text(errors="replace")[-2000:] if self.console.exists() else "nothing"
            raise TimeoutError(f"the machine did not start in {timeout:g} s; its console:\n{end}") from error

    @property
    def tpm_makers(self):
        """The certificates of the TPM's maker, in PEM."""
        folder = self.directory / "tpm/ca"
        return "".join(path.read_text() for path in [*folder.glob("*rootca-cert.pem"), folder / "issuercert.pem"])

    def control(self, command, **arguments):
        """A command for QEMU itself."""
        self._monitor.send({"execute": command, "arguments": arguments})
        while True:
            answer = self._monitor.receive(60)
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def run(self, script, *, user=None, check=True, timeout=20, stdin=b"", environment=None):
        """Runs a shell script as root, or as a user who has logged in; `timeout` in seconds of a real machine."""
        command = ["bash", "-euo", "pipefail", "-c", script]
        environment = dict(environment or {})
        if user:
            uid = {"alice": 1000, "bob": 1001}[user]
            environment |= {
                "XDG_RUNTIME_DIR": f"/run/user/{uid}",
                "DBUS_SESSION_BUS_ADDRESS": f"unix:path=/run/user/{uid}/bus",
            }
            # As a login does: the user's own groups, home and name, and nothing of root's.
            names = ",".join(environment)
            command = [
                "runuser",
                "--login",
                user,
                f"--whitelist-environment={names}",
                # Within the session of the channel's, so that what takes too long is killed as a whole.
                "--session-command",
                '"$0" "$@"',
                "--",
                *command,
            ]
        self._number += 1
        self._channel.send(
            {
                "id": self._number,
                "command": command,
                "timeout": timeout * PATIENCE,
                "input": base64.b64encode(stdin).decode(),
                "environment": environment,
            }
        )
        answer = {}
        while answer.get("id") != self._number:
            answer = self._channel.receive(timeout * PATIENCE + 60)
        texts = (base64.b64decode(answer[name]).decode("utf-8", "replace") for name in ("output", "errors"))
        result = Result(answer["status"], *texts)
        if check and result.status != 0:
            raise AssertionError(f"{script}\n{result.said}")
        return result

    def get(self, path):
        """The content of a file."""
        return base64.b64decode(self.run(f"base64 '{path}'", timeout=60).output)

    def put(self, path, content, mode=0o644):
        """Writes a file of root's; folders are made."""
        script = f"install -D -m {mode:o} /dev/stdin '{path}'"
        self.run(script, stdin=content.encode() if isinstance(content, str) else content, timeout=60)

    def keep(self, folder):
        """Keeps the system's journal and the console in a folder."""
        shutil.copy(self.console, folder / "console.log")
        (folder / "journal.log").write_text(self.run("journalctl --no-pager --output=short-precise", timeout=60).output)

    def stay(self):
        """Leaves it running for others to attach to, until Ctrl-C or until it ends by itself."""
        self._channel = self._monitor = None
        with contextlib.suppress(KeyboardInterrupt):
            self._processes[-1].wait()

    def stop(self):
        """Ends it; what is on its disk is lost."""
        if not self._processes:
            return
        for process in reversed(self._processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        for name in ("disk.qcow2", "variables.fd"):
            (self.directory / name).unlink(missing_ok=True)
        shutil.rmtree(self._sockets, ignore_errors=True)


def main():
    """Runs a command in the machine that another run keeps."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--user", choices=["alice", "bob"], help="run it as this person instead of root")
    parser.add_argument("--timeout", type=float, default=20, help="seconds, of a real machine")
    parser.add_argument("script")
    options = parser.parse_args()
    machine = Machine.attach(Path(__file__).resolve().parents[2] / ".build/virtual-machine/run")
    result = machine.run(options.script, user=options.user, check=False, timeout=options.timeout)
    sys.stdout.write(result.output)
    sys.stderr.write(result.errors)
    sys.exit(1 if result.status is None else result.status)


if __name__ == "__main__":
    main()
