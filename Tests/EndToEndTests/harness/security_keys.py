# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Virtual security keys, for programs that are not changed for them."""

import os
import subprocess
import threading
from pathlib import Path

import pexpect
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

from harness import pcscd

ROOT = Path(__file__).resolve().parents[3]
READER_PORT = 35963


def build_preload(folder):
    """Builds the library that gives programs virtual keys."""
    subprocess.run([ROOT / "Tests/VirtualDevices/preload/build", str(folder)], check=True)
    return folder / "fido2.so"


class VirtualKey:
    """One key; options are those of `virtual-devices fido2`."""

    def __init__(self, program, place, *options, wrapper=()):
        place.mkdir(parents=True, exist_ok=True)
        self.place = place
        self.root = place / "root.der"
        self._log = (place / "key.log").open("wb")
        self._process = subprocess.Popen(
            [*wrapper, str(program), "fido2", "--root", str(self.root), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        word, number = self._process.stdout.readline().split()
        assert word == "ready"
        self.number = int(number)
        self.path = f"/tmp/countersign-virtual-key-{number}"

    def tell(self, command):
        """Tells the key or its person something, and gives the answer."""
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def stop(self):
        """Ends the key."""
        self._process.kill()
        self._process.wait()
        self._log.close()


class Programs:
    """Runs programs that find these keys where the machine's own would be."""

    def __init__(self, preload, *keys):
        self.environment = dict(
            os.environ, LD_PRELOAD=str(preload), COUNTERSIGN_VIRTUAL_KEYS=",".join(str(key.number) for key in keys)
        )

    def run(self, *command, input=None, timeout=60):
        """Runs a program to its end."""
        return subprocess.run(
            [str(part) for part in command],
            env=self.environment,
            input=input,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def succeed(self, *command, input=None):
        """Runs a program that has to succeed, and gives its output."""
        result = self.run(*command, input=input)
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout

    def converse(self, command, *answers):
        """Runs a program that asks on its terminal; gives its status and what it said last."""
        child = pexpect.spawn(command, env=self.environment, timeout=20, encoding="utf-8")
        for prompt, answer in answers:
            child.expect(prompt)
            child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        return child.exitstatus, child.before

    def start(self, *command):
        """Starts a program."""
        return subprocess.Popen(
            [str(part) for part in command],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


class _Connection(CtapHidConnection):
    def __init__(self, number):
        import socket

        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(20)
        self._socket.connect(f"\0countersign-virtual-key-{number}")

    def read_packet(self):
        return self._socket.recv(64)

    def write_packet(self, data):
        self._socket.send(data)

    def close(self):
        self._socket.close()


def python_device(key):
    """The key for python-fido2."""
    return CtapHidDevice(HidDescriptor(key.path, 0, 0, 64, 64, "Virtual Key", None), _Connection(key.number))


def key_on_reader(program, place, *options):
    """A key that lies on a reader of a pcscd of its own; gives the key and the environment of its programs."""
    wrapper, environment = pcscd.beside(place)
    return VirtualKey(program, place, "--reader", str(READER_PORT), *options, wrapper=wrapper), environment


def in_background(function, *arguments):
    """Runs a function beside the test, and gives what it returns or throws, when asked."""
    outcome = {}

    def body():
        try:
            outcome["value"] = function(*arguments)
        except Exception as error:  # handed to who waits
            outcome["error"] = error

    thread = threading.Thread(target=body)
    thread.start()

    def wait():
        thread.join(timeout=60)
        if "error" in outcome:
            raise outcome["error"]
        return outcome["value"]

    return wait
