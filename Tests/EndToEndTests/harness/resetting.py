# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Resets TCP connections to a port of this machine, as a failing network stack would. Needs root."""

import socket
import struct
import threading

_ALL = 0x0003
_IPV4, _IPV6 = 0x0800, 0x86DD
_RST, _SYN, _FIN = 0x04, 0x02, 0x01


def _checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _parse(frame):
    """The family, addresses, ports, flags and next sequence number of a frame that holds TCP."""
    (kind,) = struct.unpack("!H", frame[12:14])
    packet = frame[14:]
    if kind == _IPV4 and packet[9] == socket.IPPROTO_TCP:
        header = (packet[0] & 15) * 4
        length = struct.unpack("!H", packet[2:4])[0] - header
        source, target = packet[12:16], packet[16:20]
    elif kind == _IPV6 and packet[6] == socket.IPPROTO_TCP:
        header = 40
        length = struct.unpack("!H", packet[4:6])[0]
        source, target = packet[8:24], packet[24:40]
    else:
        return None
    segment = packet[header:]
    from_port, to_port, sequence, _, offset, flags = struct.unpack("!HHIIBB", segment[:14])
    consumed = length - (offset >> 4) * 4 + bool(flags & _SYN) + bool(flags & _FIN)
    return kind, source, target, from_port, to_port, flags, (sequence + consumed) & 0xFFFFFFFF


def _reset_frame(kind, source, target, from_port, to_port, sequence):
    """A reset segment in a frame for the loopback device."""
    segment = struct.pack("!HHIIBBHHH", from_port, to_port, sequence, 0, 5 << 4, _RST, 0, 0, 0)
    if kind == _IPV4:
        pseudo = source + target + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(segment))
        header = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, socket.IPPROTO_TCP, 0, source, target
        )
        header = header[:10] + struct.pack("!H", _checksum(header)) + header[12:]
    else:
        pseudo = source + target + struct.pack("!IHBB", len(segment), 0, 0, socket.IPPROTO_TCP)
        header = struct.pack("!IHBB16s16s", 6 << 28, len(segment), socket.IPPROTO_TCP, 64, source, target)
    segment = segment[:16] + struct.pack("!H", _checksum(pseudo + segment)) + segment[18:]
    return bytes(12) + struct.pack("!H", kind) + header + segment


class ConnectionCutter:
    """Watches the loopback device from its making, and resets on request what it saw."""

    def __init__(self, port):
        self.port = port
        self._next = {}
        self._open = True
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
        self._socket.bind(("lo", 0))
        self._socket.settimeout(0.1)
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while self._open:
            try:
                frame = self._socket.recv(65535)
            except (TimeoutError, OSError):
                continue
            parsed = _parse(frame)
            if parsed and self.port in parsed[3:5]:
                *endpoints, flags, following = parsed
                if flags & (_RST | _FIN):
                    self._next.pop(tuple(endpoints), None)
                else:
                    self._next[tuple(endpoints)] = following

    def cut(self):
        """Resets every connection of the port on both sides; answers how many ends were reset."""
        endings = dict(self._next)
        for endpoints, following in endings.items():
            self._socket.send(_reset_frame(*endpoints, following))
        return len(endings)

    def close(self):
        """Stops watching."""
        self._open = False
        self._socket.close()
