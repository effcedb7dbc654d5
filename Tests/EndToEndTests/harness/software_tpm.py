# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A TPM in software, with an endorsement certificate of a maker of its own."""

import shutil
import socket
import subprocess

from .isolation import is_root, two_free_ports
from .processes import wait_until

LOCAL_CA = """\
statedir = {0}/ca
signingkey = {0}/ca/signkey.pem
issuercert = {0}/ca/issuercert.pem
certserial = {0}/ca/certserial
"""
SETUP = """\
create_certs_tool = /usr/bin/swtpm_localca
create_certs_tool_config = {0}/localca.conf
create_certs_tool_options = {0}/localca.options
"""


def obstacle():
    """Why there can be no TPM here, or nothing."""
    for name in ("swtpm", "swtpm_setup"):
        if not shutil.which(name):
            return f"{name} is not installed"
    return None


class SoftwareTPM:
    """A TPM; its certificate's issuers are in `makers`, in PEM."""

    def __init__(self, place):
        self.place = place
        for folder in ("state", "ca"):
            (place / folder).mkdir(parents=True)
        (place / "localca.conf").write_text(LOCAL_CA.format(place))
        (place / "localca.options").write_text("")
        (place / "setup.conf").write_text(SETUP.format(place))
        setup = ["swtpm_setup", "--tpm2", "--tpmstate", place / "state", "--create-ek-cert"]
        # Root alone becomes another user for it by default, and nobody else may ask for one.
        runas = ["--runas", "root"] if is_root else []
        subprocess.run(
            [*map(str, setup), "--config", str(place / "setup.conf"), *runas],
            check=True,
            capture_output=True,
            timeout=120,
        )
        self.makers = place / "makers.pem"
        roots = [path for path in (place / "ca").glob("*rootca-cert.pem")]
        self.makers.write_text("".join(path.read_text() for path in [*roots, place / "ca/issuercert.pem"]))
        self.port = two_free_ports()
        self._log = (place / "swtpm.log").open("wb")
        self._process = subprocess.Popen(
            [
                *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.place}/state"),
                *("--server", f"type=tcp,port={self.port},bindaddr=127.0.0.1"),
                *("--ctrl", f"type=tcp,port={self.port + 1},bindaddr=127.0.0.1"),
                *("--flags", "not-need-init,startup-clear"),
            ],
            stdout=self._log,
            stderr=self._log,
        )
        wait_until(self._listens, what="the TPM to listen")

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port + 1)) == 0

    @property
    def environment(self):
        """What leads the agent here."""
        return {"COUNTERSIGN_TPM_TCTI": f"swtpm:host=127.0.0.1,port={self.port}"}

    def clear(self):
        """Clears it, as a person does in the firmware's menu: its keys are worth nothing any more."""
        subprocess.run(
            ["tpm2_clear", "-c", "p", "-T", f"swtpm:host=127.0.0.1,port={self.port}"],
            check=True,
            capture_output=True,
            timeout=30,
        )

    def stop(self):
        """Switches it off."""
        self._process.kill()
        self._process.wait()
        self._log.close()
