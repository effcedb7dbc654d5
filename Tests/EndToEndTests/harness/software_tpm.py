# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A TPM in software, with an endorsement certificate of a maker of its own."""

import os
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
        return {"COUNTERSIGN_TPM_TCTI": self._tcti}

    @property
    def _tcti(self):
        return f"swtpm:host=127.0.0.1,port={self.port}"

    def mix_nonce(self):
        """Has the maker mix a nonce into the RSA endorsement key, certify that one, and leave the nonce beside it.

        Templates and indices: TCG EK Credential Profile §2.2.1.4, B.3.3.
        """
        nonce = bytes(range(1, 21))
        policy = "837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"
        (self.place / "nonce").write_bytes(nonce)
        (self.place / "policy").write_bytes(bytes.fromhex(policy))
        # The tool reads its own structure: a size and the bytes.
        (self.place / "unique").write_bytes(b"\x00\x01" + nonce + bytes(256 - len(nonce)))
        model = "--tpm-manufacturer id:00001014 --tpm-model swtpm --tpm-version id:20191023"
        level = "--tpm-spec-family 2.0 --tpm-spec-level 0 --tpm-spec-revision 164"
        attributes = "fixedtpm|fixedparent|sensitivedataorigin|adminwithpolicy|restricted|decrypt"
        script = f"""
            tpm2_createprimary -Q -C e -g sha256 -G rsa2048:aes128cfb -u unique -L policy -a '{attributes}' \\
                -c ek.ctx -o ek.pem -f pem
            tpm2_flushcontext -t
            modulus=$(openssl rsa -pubin -in ek.pem -noout -modulus | cut -d= -f2)
            swtpm_localca --type ek --ek "$modulus" --dir . --tpm2 {level} {model} --vmid a \\
                --configfile localca.conf --optsfile localca.options
            define() {{
                tpm2_nvdefine -Q -C p -s "$(stat -c %s "$2")" -a 'ppwrite|ownerread|authread|no_da|platformcreate' "$1"
                tpm2_nvwrite -Q -C p -i "$2" "$1"
            }}
            tpm2_nvundefine -Q -C p 0x01c00002
            define 0x01c00002 ek.cert
            define 0x01c00003 nonce
        """
        environment = os.environ | {"TPM2TOOLS_TCTI": self._tcti}
        command = ["bash", "-ec", script]
        subprocess.run(command, cwd=self.place, env=environment, check=True, capture_output=True, timeout=60)

    def run(self, *command):
        """Runs one of tpm2-tools, which has to succeed."""
        environment = os.environ | {"TPM2TOOLS_TCTI": self._tcti}
        return subprocess.run(
            command, cwd=self.place, env=environment, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    def clear(self):
        """Clears it, as a person does in the firmware's menu: its keys are worth nothing any more."""
        subprocess.run(
            ["tpm2_clear", "-c", "p", "-T", self._tcti],
            check=True,
            capture_output=True,
            timeout=30,
        )

    def stop(self):
        """Switches it off."""
        self._process.kill()
        self._process.wait()
        self._log.close()
