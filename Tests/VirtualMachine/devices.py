# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A security key and a card for the virtual machine: played out here, below the real drivers in there."""

import contextlib
import socket
import subprocess
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".build/debug"
STAYS = "/run/systemd/system/pcscd.service.d"
GUEST = Path(__file__).with_name("guest")
REPORT = 64


def missing():
    """What is not built, or nothing."""
    names = [name for name in ("virtual-devices", "virtual-piv-card") if not (PROGRAMS / name).exists()]
    return f"{', '.join(names)} not built: swift build --build-tests" if names else None


def pem(der):
    """A certificate file's content in PEM."""
    command = ["openssl", "x509", "-inform", "DER", "-in", der]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def _program(name, log, *arguments):
    """One of the programs that play devices, which ends with its input; answers it."""
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [PROGRAMS / name, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def _inside(machine, name, wait):
    """The driver's side in the machine, as a service; `wait` is a script that succeeds once the device is there."""
    machine.put(f"/var/tmp/countersign-test/{name}", (GUEST / name).read_bytes(), mode=0o755)
    port = f"/dev/virtio-ports/org.countersign.{'card' if name == 'card' else 'key'}"
    unit = f"countersign-test-{name}"
    machine.run(f"systemd-run --quiet --unit={unit} /var/tmp/countersign-test/{name} {port}")
    try:
        machine.run(f"until {wait}; do systemctl --quiet is-active {unit}; sleep 0.5; done", timeout=30)
        yield
    finally:
        machine.run(f"systemctl stop {unit}; systemctl reset-failed {unit} 2>/dev/null || true", check=False)


def _start(*loops):
    for loop in loops:
        threading.Thread(target=loop, daemon=True).start()


@contextlib.contextmanager
def security_key(machine, pin):
    """Plugs a security key with a PIN in, which touches itself; answers its maker's certificate in PEM."""
    root = machine.directory / "key-root.der"
    log = machine.directory / "key.log"
    with (
        _program("virtual-devices", log, "fido2", "--pin", pin, "--root", root) as program,
        socket.socket(socket.AF_UNIX) as port,
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as key,
    ):
        word, number = program.stdout.readline().split()
        assert word == "ready"
        key.connect(f"\0countersign-virtual-key-{number}")
        port.connect(str(machine.port("key")))

        def to_key():
            rest = b""
            with contextlib.suppress(OSError):
                while data := port.recv(65536):
                    rest += data
                    while len(rest) >= REPORT:
                        report, rest = rest[:REPORT], rest[REPORT:]
                        key.send(report)

        def from_key():
            with contextlib.suppress(OSError):
                while report := key.recv(REPORT):
                    port.sendall(report)

        _start(to_key, from_key)
        with _inside(machine, "security-key", "[ -e /dev/hidraw0 ] && udevadm settle"):
            yield pem(root)


@contextlib.contextmanager
def card(machine):
    """Puts an empty YubiKey for PIV into pcscd's virtual reader; answers its maker's certificate in PEM."""
    root = machine.directory / "card-root.der"
    with socket.create_server(("127.0.0.1", 0)) as reader, socket.socket(socket.AF_UNIX) as port:
        number = reader.getsockname()[1]
        options = ("--firmware", "5.4.3", "--root", root, "--port", number)
        with _program("virtual-piv-card", machine.directory / "card.log", *options):
            inserted, _ = reader.accept()
            inserted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            port.connect(str(machine.port("card")))

            def copy(source, target):
                with contextlib.suppress(OSError):
                    while data := source.recv(65536):
                        target.sendall(data)

            _start(lambda: copy(port, inserted), lambda: copy(inserted, port))
            # The reader's driver listens as soon as pcscd runs, which else ends when nobody has asked it for a minute.
            machine.put(f"{STAYS}/stays.conf", b"[Service]\nExecStart=\nExecStart=/usr/sbin/pcscd --foreground\n")
            machine.run("systemctl daemon-reload && systemctl restart pcscd.socket pcscd.service", timeout=60)
            machine.run("until (: </dev/tcp/127.0.0.1/35964) 2>/dev/null; do sleep 0.5; done", timeout=30)
            with _inside(machine, "card", "systemctl --quiet is-active countersign-test-card"), inserted:
                yield pem(root)
            machine.run(
                f"systemctl stop pcscd.service pcscd.socket; rm -r {STAYS} && systemctl daemon-reload", check=False
            )
