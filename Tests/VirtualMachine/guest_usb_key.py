# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Plugs a security key that speaks UDP into the kernel as a USB one, by uhid, until it is killed."""

import select
import socket
import struct
import sys

DESTROY, OUTPUT, CREATE2, INPUT2 = 1, 6, 11, 12
BUS_USB = 3
# CTAP 2.1 §11.2.8.2: usage page of FIDO, reports of 64 bytes each way.
DESCRIPTOR = bytes.fromhex("06d0f10901a10109201500 26ff00750895408102 09211500 26ff00750895409102c0")


def create(name):
    """The request for a device (linux/uhid.h)."""
    maker, model, version, country = 0x1209, 0x0001, 1, 0
    return struct.pack(
        "<I128s64s64sHHIIII4096s",
        *(CREATE2, name.encode(), b"countersign-test", b"", len(DESCRIPTOR), BUS_USB),
        *(maker, model, version, country, DESCRIPTOR),
    )


def main():
    """Carries reports between the kernel and the key."""
    key = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    key.connect(("127.0.0.1", int(sys.argv[1])))
    with open("/dev/uhid", "r+b", buffering=0) as device:
        device.write(create("Virtual Key"))
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([device, key], [], [])
            if device in ready:
                event = device.read(4380)
                (kind,) = struct.unpack_from("<I", event)
                if kind == OUTPUT:
                    (size,) = struct.unpack_from("<H", event, 4 + 4096)
                    # The first byte is the number of the report, which has none.
                    key.send(event[5 : 4 + size].ljust(64, b"\0"))
            if key in ready:
                report = key.recv(64)
                if len(report) == 64:
                    device.write(struct.pack("<IH4096s", INPUT2, len(report), report))


main()
