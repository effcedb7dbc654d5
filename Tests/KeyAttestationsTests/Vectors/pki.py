# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Certificates for the vectors, made by the Python library `cryptography`."""

import base64
import datetime
import pathlib
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

BEGIN = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
END = datetime.datetime(2055, 1, 1, tzinfo=datetime.timezone.utc)
# The time at which the vectors are checked, unless they say another.
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone.utc)
TIME = int(NOW.timestamp())


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def p256():
    return ec.generate_private_key(ec.SECP256R1())


def rsa2048():
    return rsa.generate_private_key(65537, 2048)


def der(certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(*certificates) -> str:
    return "".join(c.public_bytes(serialization.Encoding.PEM).decode() for c in certificates)


def spki(key) -> bytes:
    public = key.public_key() if hasattr(key, "public_key") else key
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def name(common, **others):
    attributes = [x509.NameAttribute(getattr(NameOID, oid), value) for oid, value in others.items()]
    return x509.Name(attributes + [x509.NameAttribute(NameOID.COMMON_NAME, common)])


def raw_extension(oid: str, value: bytes, critical: bool = False):
    return (x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), critical)


class Party:
    """A key with its certificate."""

    def __init__(self, subject, key=None, issuer=None, ca=None, extensions=(), begin=BEGIN, end=END, issuer_key=None):
        self.key = key or p256()
        self.subject = subject if isinstance(subject, x509.Name) else name(subject)
        signer = issuer or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(signer.subject)
            .public_key(self.key.public_key() if hasattr(self.key, "public_key") else self.key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
        )
        if ca is not None:
            is_ca, length = ca if isinstance(ca, tuple) else (ca, None)
            builder = builder.add_extension(x509.BasicConstraints(is_ca, length), True)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        signing = issuer_key or signer.key
        digest = None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        if isinstance(signing, ec.EllipticCurvePrivateKey) and signing.curve.key_size == 384:
            digest = hashes.SHA384()
        self.certificate = builder.sign(signing, digest)

    @property
    def der(self) -> bytes:
        return der(self.certificate)


class OldParty(Party):
    """A key with a certificate of version 1, which the Python library does not make; by OpenSSL's command line."""

    def __init__(self, subject, key, issuer, digest="sha256"):
        self.key, self.subject = key, subject
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "ca").write_text(pem(issuer.certificate))
            for file, party in (("ca.key", issuer.key), ("key", key)):
                (folder / file).write_bytes(
                    party.private_bytes(
                        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                    )
                )
            run = {"check": True, "capture_output": True, "cwd": folder}
            subprocess.run(["openssl", "req", "-new", "-key", "key", "-out", "request", "-subj", subject], **run)
            sign = f"openssl x509 -req -in request -{digest} -CA ca -CAkey ca.key -days 9000 -out certificate"
            subprocess.run(sign.split(), **run)
            self.certificate = x509.load_pem_x509_certificate((folder / "certificate").read_bytes())
        assert self.certificate.version == x509.Version.v1
