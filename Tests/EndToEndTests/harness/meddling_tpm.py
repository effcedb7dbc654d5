# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Stands between the agent and a TPM in software, and answers commands in the TPM's place."""

import socket
import threading

from .isolation import two_free_ports

# TPM_ST_NO_SESSIONS, ten bytes, TPM_RC_RETRY (TPM 2.0 Part 2 §6.6.3): the command was not begun, and may be sent again.
RETRY = bytes.fromhex("80010000000a00000922")
_HEADER = 10


class MeddlingTPM:
    """A TPM that may be busy; as `virtual` TPMs do, it has one port for commands and the next for its control."""

    def __init__(self, tpm):
        self.port = two_free_ports()
        self.is_busy = False
        self.refused = 0
        ways = (tpm.port, self._serve), (tpm.port + 1, _carry)
        self._sockets = [self._listen(self.port + number, *way) for number, way in enumerate(ways)]

    @property
    def environment(self):
        """What leads the agent here."""
        return {"COUNTERSIGN_TPM_TCTI": f"swtpm:host=127.0.0.1,port={self.port}"}

    @staticmethod
    def _listen(port, target, serve):
        listener = socket.create_server(("127.0.0.1", port))

        def accept():
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_between, args=(client, target, serve), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return listener

    def _serve(self, client, server):
        while command := _message(client):
            if self.is_busy:
                self.refused += 1
                client.sendall(RETRY)
                continue
            server.sendall(command)
            client.sendall(_message(server))

    def stop(self):
        """Takes no more connections."""
        for listener in self._sockets:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def _between(client, target, serve):
    try:
        with client, socket.create_connection(("127.0.0.1", target)) as server:
            serve(client, server)
    except OSError:
        pass


def _carry(client, server):
    """Passes on what is asked and answered, in turns."""
    while asked := client.recv(4096):
        server.sendall(asked)
        client.sendall(server.recv(4096))


def _message(stream):
    """A command or an answer, whose length is in its header (TPM 2.0 Part 1 §18); nothing at the end."""
    data = b""
    while len(data) < _HEADER or len(data) < int.from_bytes(data[2:6], "big"):
        more = stream.recv(4096)
        if not more:
            return b""
        data += more
    return data
