# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What programs of others say of enrolments and sign-ins: OpenSSL, tpm2-tools. Nothing here decides by itself."""

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from raw_jose import decode, parts

CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}


@dataclass
class Recorded:
    """One enrolment and one sign-in, as they went over the wire."""

    enrolment: dict
    response: str

    @classmethod
    def by(cls, recorder):
        """What a proxy wrote down."""
        enrolments = [
            item for item in recorder.matching("POST", "/app-authenticators") if item.path.endswith("-authenticators")
        ]
        assert [item.status for item in enrolments] == [200], enrolments
        answers = recorder.matching("POST", "/verify")
        assert [item.status for item in answers] == [200], answers
        return cls(json.loads(enrolments[0].body), json.loads(answers[0].body)["challengeResponse"])

    @property
    def attestations(self):
        """What the hardware said of its keys."""
        return self.enrolment["methods"]["signed_nonce"]["attestations"]

    def statement(self, purpose):
        """What it said of the key of a purpose: the parts as bytes, and the certificates."""
        statement = self.attestations[purpose]
        return {name: decode(text) for name, text in statement["parts"].items()}, statement.get("x5c", [])

    def jwk(self, purpose):
        """The enrolled key of a purpose."""
        return self.enrolment["methods"]["signed_nonce"]["keys"][purpose]

    @property
    def challenge(self):
        """The verifier's bytes that the hardware certified its keys over."""
        return decode(self.attestations["challenge"])

    @property
    def signed(self):
        """What the sign-in's response signs, and its signature."""
        head, payload, signature = self.response.split(".")
        assert parts(self.response)[0]["kid"] in {key["kid"] for key in self._keys()}
        return f"{head}.{payload}".encode(), decode(signature)

    def _keys(self):
        return [key for key in self.enrolment["methods"]["signed_nonce"]["keys"].values() if key]


def with_a_byte_changed(data, at=-1, by=1):
    """The same bytes but for one."""
    changed = bytearray(data)
    changed[at] ^= by
    return bytes(changed)


def jwk_pem(jwk):
    """A public key in PEM."""
    if jwk["kty"] == "EC":
        x, y = (int.from_bytes(decode(jwk[name]), "big") for name in "xy")
        key = ec.EllipticCurvePublicNumbers(x, y, CURVES[jwk["crv"]]).public_key()
    else:
        exponent, modulus = (int.from_bytes(decode(jwk[name]), "big") for name in "en")
        key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def der_signature(raw):
    """A JOSE signature of an elliptic curve (RFC 7518 §3.4) as OpenSSL reads it."""
    half = len(raw) // 2
    return utils.encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


class OpenSSL:
    """The command line of OpenSSL, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def file(self, name, content):
        """Writes a file."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run(self, *arguments):
        """Runs a command to its end."""
        command = ["openssl", *map(str, arguments)]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=30, check=False)

    def certificate(self, name, der):
        """A certificate in PEM."""
        path = self.folder / f"{name}.pem"
        result = self.run("x509", "-inform", "DER", "-in", self.file(f"{name}.der", der), "-out", path)
        assert result.returncode == 0, result.stderr
        return path

    def public_key(self, certificate):
        """The key of a certificate, in PEM."""
        result = self.run("x509", "-in", certificate, "-pubkey", "-noout")
        assert result.returncode == 0, result.stderr
        return result.stdout.encode()

    def trusts(self, leaf, root, *between):
        """Whether a chain leads from a certificate to a root."""
        untrusted = [part for path in between for part in ("-untrusted", path)]
        return self.run("verify", "-CAfile", root, *untrusted, leaf).returncode == 0

    def verifies(self, pem, data, signature, digest="sha256"):
        """Whether a signature is a key's over some bytes."""
        files = ("key", pem), ("data", data), ("signature", signature)
        key, message, signed = (self.file(name, content) for name, content in files)
        result = self.run("dgst", f"-{digest}", "-verify", key, "-signature", signed, message)
        assert result.returncode == 0 or "erification failure" in result.stdout.capitalize(), result.stderr
        return result.returncode == 0


class TPMTools:
    """tpm2-tools, with a TPM that only computes for them."""

    def __init__(self, folder, tpm):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._environment = os.environ | {"TPM2TOOLS_TCTI": tpm.environment["COUNTERSIGN_TPM_TCTI"]}

    def run(self, *command):
        """Runs a tool to its end."""
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def succeed(self, *command):
        """Runs a tool that has to succeed, and gives its output."""
        result = self.run(*command)
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout

    def file(self, name, content):
        """Writes a file."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def load(self, name, area):
        """Loads a public area (TPMT_PUBLIC); gives its context and the name that the TPM gives it."""
        sized = self.file(f"{name}.pub", len(area).to_bytes(2, "big") + area)
        context, named = self.folder / f"{name}.ctx", self.folder / f"{name}.name"
        self.succeed("tpm2_loadexternal", "-Q", "-C", "n", "-u", sized, "-c", context, "-n", named)
        self.succeed("tpm2_flushcontext", "-t")
        return context, named.read_bytes()

    def pem(self, name, area):
        """A public area as a key in PEM."""
        path = self.file(f"{name}.area", area)
        pem = self.succeed("tpm2_print", "-t", "TPMT_PUBLIC", "-f", "pem", path)
        return pem[pem.index("-----BEGIN") :].encode()

    def attested(self, attest):
        """What a TPMS_ATTEST says before it comes to what was certified, of which tpm2_print knows quotes alone."""
        result = self.run("tpm2_print", "-t", "TPMS_ATTEST", self.file("attest", attest))
        assert result.returncode == 0 or "unsupported type" in result.stderr, result.stderr
        return dict(line.strip().split(": ", 1) for line in result.stdout.splitlines() if ": " in line)

    def verifies(self, context, attest, signature):
        """Whether a TPMT_SIGNATURE is a key's over what was attested."""
        message, signed = self.file("message", attest), self.file("signature", signature)
        tool = ("tpm2_verifysignature", "-Q", "-c", context, "-g", "sha256", "-m", message, "-s", signed)
        result = self.run(*tool)
        self.succeed("tpm2_flushcontext", "-t")
        assert result.returncode == 0 or "ignature" in result.stderr, result.stderr
        return result.returncode == 0


def sha256(data):
    """SHA-256."""
    return hashlib.sha256(data).digest()
