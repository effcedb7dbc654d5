# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A virtual PIV card in the real pcscd, in namespaces of its own."""

import subprocess
import sys

from harness import pcscd
from harness.processes import wait_until

READER = "Virtual PCD 00 00"
# A transaction of another program's.
_HOLDER = """
import sys, time
from smartcard.scard import *
_, context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)
_, readers = SCardListReaders(context, [])
result, card, _ = SCardConnect(context, readers[0], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1)
assert result == 0 and SCardBeginTransaction(card) == 0
print("held", flush=True)
time.sleep(float(sys.argv[1]))
SCardEndTransaction(card, SCARD_LEAVE_CARD)
"""

# A program that shows the PIN, and is at something with it.
_SHOWER = """
import sys, time
from smartcard.scard import *
_, context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)
_, readers = SCardListReaders(context, [])
result, card, _ = SCardConnect(context, readers[0], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1)
assert result == 0 and SCardBeginTransaction(card) == 0
block = list(sys.argv[1].encode().ljust(8, bytes([255])))
for command in ([0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8], [0, 0x20, 0, 0x80, 8] + block):
    result, answer = SCardTransmit(card, SCARD_PCI_T1, command)
    assert result == 0 and answer[-2:] == [0x90, 0], answer
print("shown", flush=True)
time.sleep(60)
"""


def obstacle(programs):
    """Why there can be no stack here, or nothing."""
    if reason := pcscd.obstacle("yubico-piv-tool", "opensc-tool", "pkcs15-tool"):
        return reason
    if not (programs / "virtual-piv-card").exists():
        return f"virtual-piv-card is not in {programs}: build the tests first"
    return None


class SmartCardStack:
    """pcscd with one virtual card; options are those of `virtual-piv-card`."""

    def __init__(self, programs, place, *options):
        self.place = place
        self.root = place / "root.der"
        wrapper, self.environment = pcscd.beside(place)
        self._log = (place / "card.log").open("wb")
        self._process = subprocess.Popen(
            [*wrapper, str(programs / "virtual-piv-card"), "--root", str(self.root), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        wait_until(self.is_in, 30, what="the card in its reader")

    def run(self, *command, input=None):
        """Runs a program that speaks to the card."""
        return subprocess.run(
            [str(part) for part in command],
            env=self.environment,
            cwd=self.place,
            input=input,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def succeed(self, *command, input=None):
        """Runs a program that has to succeed, and gives its output."""
        result = self.run(*command, input=input)
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout + result.stderr

    def piv_tool(self, *arguments, **options):
        """Runs yubico-piv-tool; all has to succeed."""
        return self.succeed("yubico-piv-tool", "--reader", "Virtual", *arguments, **options)

    def is_in(self):
        """Whether the card is in its reader."""
        return "Yes" in self.run("opensc-tool", "--list-readers").stdout

    def tell(self, command):
        """Tells the card something: pull, insert, pull-at N, or pull-at alone to plan nothing more."""
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()

    def restart_service(self, kill=False):
        """Ends pcscd, which is started anew, and puts the card into the reader that comes with it."""
        pcscd.end(self._process, kill)
        self.tell("insert")

    def stop_service(self):
        """Ends pcscd for a while."""
        (self.place / "no-pcscd").touch()
        pcscd.end(self._process)

    def start_service(self):
        """Starts pcscd again, with the card in its reader."""
        (self.place / "no-pcscd").unlink()
        self.tell("insert")

    def hold(self, seconds):
        """Starts another program that has the card for itself for a while; gives it once it has."""
        program = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, str(seconds)], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert program.stdout.readline() == "held\n"
        return program

    def show_pin(self, pin):
        """Starts another program that has shown the PIN in a transaction that it does not end; gives it once it has."""
        program = subprocess.Popen(
            [sys.executable, "-c", _SHOWER, pin], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert program.stdout.readline() == "shown\n"
        return program

    def commands(self):
        """How many commands and signatures there were since the last time, and whether the PIN is still known."""
        self.tell("commands")
        commands, signatures, verified = self._process.stdout.readline().split()
        return int(commands), int(signatures), verified == b"true"

    def stop(self):
        """Takes everything down."""
        self._process.kill()
        self._process.wait()
        self._log.close()
