#!/usr/bin/env python3
# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Writes tpm.json: keys certified by a TPM in software (swtpm), and what the verifier must say of them.

Needs swtpm, swtpm-tools, tpm2-tools and cryptography.
"""

import datetime
import hashlib
import json
import pathlib
import socket
import struct
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from fido import CHALLENGE, ISSUER, TODAY
from pki import TIME, OldParty, Party, b64, b64u, p256, pem, spki

HERE = pathlib.Path(__file__).resolve().parent
SECRET = hashlib.sha256(b"a secret").digest()
QUALIFIED = hashlib.sha256(CHALLENGE).hexdigest()
MANUFACTURER, MODEL, VERSION = "2.23.133.2.1", "2.23.133.2.2", "2.23.133.2.3"
EK_PURPOSE = "2.23.133.8.1"


class Session:
    """A TPM."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self("start")

    def __call__(self, *arguments):
        command = [HERE / "tpm-session", self.folder, *arguments]
        result = subprocess.run(command, check=False)
        assert result.returncode == 0, (arguments, (self.folder / "log").read_text()[-2000:])

    def run(self, text):
        self("run", *text.split())

    def read(self, name):
        return (self.folder / name).read_bytes()

    def area(self, name):
        """A TPMT_PUBLIC, from the TPM2B_PUBLIC that the tools write."""
        data = self.read(name)
        assert struct.unpack(">H", data[:2])[0] == len(data) - 2
        return data[2:]

    def key(self, name, attributes="", algorithm="ecc256:ecdsa-sha256", options=""):
        """A key under the owner hierarchy."""
        usual = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign"
        self.run("tpm2_createprimary -C o -g sha256 -G ecc -c srk.ctx")
        self.run(
            f"tpm2_create -C srk.ctx -g sha256 -G {algorithm} -u {name}.pub -r {name}.priv"
            f" -a {attributes or usual} {options}"
        )
        self.run(f"tpm2_load -C srk.ctx -u {name}.pub -r {name}.priv -c {name}.ctx")

    def certify(self, key, signer, qualification=QUALIFIED, pin=b""):
        """TPM2_Certify (TPM 2.0 Part 3 §18.2), sent by hand: the tools of some distributions cannot qualify it."""
        handles = {key: 0x81010011, signer: 0x81010012}
        for name, handle in handles.items():
            self.run(f"tpm2_evictcontrol -C o -c {name}.ctx {handle:#x}")
        passwords = b"".join(struct.pack(">IHBH", 0x40000009, 0, 0, len(p)) + p for p in (pin, b""))
        data = bytes.fromhex(qualification)
        body = struct.pack(">III", *handles.values(), len(passwords)) + passwords
        body += struct.pack(">H", len(data)) + data + b"\0\x10"
        answer = self.send(struct.pack(">HII", 0x8002, 10 + len(body), 0x148) + body)
        for handle in handles.values():
            self.run(f"tpm2_evictcontrol -C o -c {handle:#x}")
        tag, _, code, size, length = struct.unpack(">HIIIH", answer[:16])
        assert (tag, code) == (0x8002, 0), hex(code)
        return answer[16 : 16 + length], answer[16 + length : 14 + size]

    def send(self, command):
        with socket.create_connection(("127.0.0.1", int(self.read("port")))) as connection:
            connection.sendall(command)
            return connection.recv(4096)


def public_key(area):
    """The key of a TPMT_PUBLIC without symmetric algorithm."""
    kind = struct.unpack(">H", area[:2])[0]
    if kind == 1:
        return rsa.RSAPublicNumbers(65537, int.from_bytes(area[-256:], "big")).public_key()
    y, x = area[-32:], area[-66:-34]
    return ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
    ).public_key()


def alternative_name(manufacturer="id:53544D20", critical=True, one_set=False, more=(), before=()):
    values = [(MANUFACTURER, manufacturer), (MODEL, "ST33"), (VERSION, "id:00010102"), *more]
    attributes = [x509.NameAttribute(x509.ObjectIdentifier(oid), value) for oid, value in values if value]
    sets = [attributes] if one_set else [[a] for a in attributes]
    directory = x509.Name([x509.RelativeDistinguishedName(s) for s in sets])
    return (x509.SubjectAlternativeName([*before, x509.DirectoryName(directory)]), critical)


def purpose(oid=EK_PURPOSE):
    return (x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid)]), False)


def software_area(key, attributes, symmetric=b"\0\x10"):
    """The TPMT_PUBLIC that a key in a file claims to have."""
    numbers = key.public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return (
        struct.pack(">HHIH", 0x23, 0x0B, attributes, 0)
        + symmetric
        + struct.pack(">HHHHH", 0x18, 0x0B, 3, 0x10, 32)
        + x
        + b"\0\x20"
        + y
    )


def with_attributes(area, attributes):
    """A TPMT_PUBLIC with other attributes."""
    return area[:4] + struct.pack(">I", attributes) + area[8:]


def name_of(area):
    return b"\0\x0b" + hashlib.sha256(area).digest()


def attest(area, magic=0xFF544347, kind=0x8017, name=None, tail=b""):
    def sized(data):
        return struct.pack(">H", len(data)) + data

    body = struct.pack(">IH", magic, kind) + sized(b"\0\x0b" + bytes(32)) + sized(hashlib.sha256(CHALLENGE).digest())
    return body + bytes(25) + sized(name or name_of(area)) + sized(b"\0\x0b" + bytes(32)) + tail


def sign(key, message):
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    parts = [n.to_bytes((n.bit_length() + 7) // 8, "big") for n in (r, s)]
    return struct.pack(">HH", 0x18, 0x0B) + b"".join(struct.pack(">H", len(p)) + p for p in parts)


def make(tpm):
    for kind in ("rsa", "ecc"):
        tpm("keys", kind)
    tpm.key("key")
    tpm.key("rsakey", algorithm="rsa2048:rsassa-sha256")
    tpm.key("other")
    tpm.key("pin", options="-p 1234")
    tpm.key("noda", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign|noda")
    tpm.key("movable", "sensitivedataorigin|userwithauth|sign")
    tpm.key("fakeak", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign")
    root = Party("Test TPM Maker", ca=True)
    stranger = Party("Test TPM Maker", ca=True)
    ecc_ek = tpm.area("ecc-ek.pub")
    usual = [alternative_name(), purpose()]

    def endorsed(extensions=usual, issuer=root, key=None, **more):
        return Party(x509.Name([]), key=key or public_key(ecc_ek), issuer=issuer, extensions=extensions, **more).der

    rsa_identity = {
        "endorsementCertificates": [tpm.read("ek-rsa.der")],
        "endorsementKey": tpm.area("rsa-ek.pub"),
        "attestationKey": tpm.area("rsa-ak.pub"),
    }
    identity = {
        "endorsementCertificates": [endorsed()],
        "endorsementKey": ecc_ek,
        "attestationKey": tpm.area("ecc-ak.pub"),
    }
    anchors = pem(root.certificate) + tpm.read("maker.pem").decode()
    good, rsa_good = tpm.certify("key", "ecc-ak"), tpm.certify("key", "rsa-ak")

    def vector(title, expect, certified=good, area="key", identity=identity, key=None, **options):
        area = tpm.area(f"{area}.pub") if isinstance(area, str) else area
        parts = {
            "certifyInfo": certified[0],
            "signature": certified[1],
            "publicArea": area,
            "attestationKey": options.pop("ak", identity["attestationKey"]),
            "activatedSecret": options.pop("activated", SECRET),
        }
        drop = options.pop("drop", None)
        return {
            "name": title,
            "format": "tpm",
            "publicKey": b64(spki(key or public_key(area))),
            "parts": {name: b64u(value) for name, value in parts.items() if name != drop},
            "x5c": [],
            "identity": {
                "endorsementCertificates": [b64(one) for one in identity["endorsementCertificates"]],
                "endorsementKey": b64u(identity["endorsementKey"]),
                "attestationKey": b64u(identity["attestationKey"]),
            },
            "secret": b64u(SECRET),
            "expect": expect,
            **options,
        }

    def with_certificate(title, expect, certificate, **options):
        return vector(title, expect, identity={**identity, "endorsementCertificates": certificate}, **options)

    def fake(title, expect, attributes=0x00050072, symmetric=b"\0\x10", area=None, changed=None, **attested):
        """An attestation key in a file."""
        key, ak = p256(), p256()
        area = area or software_area(key, 0x00040072)
        ak_area = software_area(ak, attributes, symmetric)
        message = attest(area, **attested)
        message = changed(message) if changed else message
        return vector(
            title,
            expect,
            (message, sign(ak, message)),
            area,
            {**identity, "attestationKey": ak_area},
            key=public_key(area),
        )

    tpm.run(f"tpm2_quote -c ecc-ak.ctx -l sha256:0 -q {QUALIFIED} -m out -s sig -g sha256")
    quote = (tpm.read("out"), tpm.read("sig"))
    flipped = good[1][:-1] + bytes([good[1][-1] ^ 1])
    ek_file = p256()
    movable_ek = bytearray(ecc_ek)
    movable_ek[7] &= ~0x02
    signing_ek = bytearray(ecc_ek)
    signing_ek[5] |= 0x04
    attesting, uv = {**identity, "attestationKey": tpm.area("fakeak.pub")}, {"purpose": "userVerification"}
    return [
        vector(
            "P-256 with P-256 keys of the maker",
            "hardware attca",
            manufacturer="STM",
            model="ST33",
            version="id:00010102",
        ),
        vector(
            "with RSA keys of the maker",
            "hardware attca",
            rsa_good,
            identity=rsa_identity,
            manufacturer="id:00001014",
            model="swtpm",
            version="id:20191023",
            time=TODAY,
        ),
        vector("RSA", "hardware attca", tpm.certify("rsakey", "ecc-ak"), "rsakey"),
        vector(
            "with a PIN, for user verification",
            "hardware attca",
            tpm.certify("pin", "ecc-ak", pin=b"1234"),
            "pin",
            **uv,
        ),
        with_certificate(
            "a name that is not critical",
            "hardware attca",
            [endorsed([alternative_name(critical=False), purpose()])],
            manufacturer="STM",
        ),
        with_certificate(
            "one set of attributes",
            "hardware attca",
            [endorsed([alternative_name(one_set=True), purpose()])],
            manufacturer="STM",
            model="ST33",
        ),
        with_certificate("no purpose named", "hardware attca", [endorsed([alternative_name()])]),
        vector("a key that does not count guesses", "hardware attca", tpm.certify("noda", "ecc-ak"), "noda"),
        vector(
            "a key that does not count guesses, for user verification",
            "tpm notProtectedAgainstGuessing",
            tpm.certify("noda", "ecc-ak"),
            "noda",
            **uv,
        ),
        vector("another challenge", "challengeMismatch", tpm.certify("key", "ecc-ak", "00" * 32)),
        vector(
            "the challenge itself in place of its digest",
            "challengeMismatch",
            tpm.certify("key", "ecc-ak", CHALLENGE.hex()),
        ),
        vector("another key certified", "tpm nameMismatch", tpm.certify("other", "ecc-ak")),
        vector("another public area", "tpm nameMismatch", area="other"),
        vector("another key enrolled", "keyMismatch", key=public_key(tpm.area("other.pub"))),
        vector("a key that can leave", "tpm keyAttributes", tpm.certify("movable", "ecc-ak"), "movable"),
        vector("signed by another attestation key", "signatureMismatch", rsa_good),
        vector("another signature", "signatureMismatch", (good[0], flipped)),
        vector("another secret", "tpm secretMismatch", activated=bytes(32)),
        vector("a part of the secret", "tpm secretMismatch", activated=SECRET[:31]),
        vector(
            "another attestation key than the one activated", "tpm attestationKeyMismatch", ak=tpm.area("rsa-ak.pub")
        ),
        vector(
            "an attestation key that is not restricted",
            "tpm attestationKeyAttributes",
            tpm.certify("key", "fakeak"),
            identity=attesting,
        ),
        vector("a quote", "tpm notACertification", quote),
        fake("a file that says the right things passes but for the secret", "hardware attca"),
        fake("not made by a TPM", "tpm notGeneratedByTPM", magic=0xFF544348),
        fake("an attestation of time", "tpm notACertification", kind=0x8019),
        fake("a name without its digest's number", "tpm nameMismatch", name=bytes(32)),
        fake("a byte behind what was signed", "malformed certifyInfo", tail=b"\0"),
        fake("what was signed ends too early", "malformed certifyInfo", changed=lambda message: message[:-1]),
        fake("a key that was imported", "tpm keyAttributes", area=software_area(p256(), 0x00040052)),
        fake("a key that does not sign", "tpm keyAttributes", area=software_area(p256(), 0x00020072)),
        fake("an attestation key that decrypts", "tpm attestationKeyAttributes", attributes=0x00070072),
        fake(
            "an attestation key that is not fixed to its parent", "tpm attestationKeyAttributes", attributes=0x00050062
        ),
        fake("an attestation key that was imported", "tpm attestationKeyAttributes", attributes=0x00050052),
        fake("an attestation key that can leave", "tpm attestationKeyAttributes", attributes=0x00050070),
        vector(
            "no certificate of the maker's",
            "tpm noEndorsementCertificate",
            identity={**identity, "endorsementCertificates": []},
        ),
        with_certificate(
            "a certificate for another key", "tpm endorsementKeyMismatch", [endorsed(key=p256().public_key())]
        ),
        with_certificate("a certificate of a stranger", "chain untrusted", [endorsed(issuer=stranger)]),
        with_certificate("an expired certificate", "chain expired", [endorsed(end=datetime.datetime(2026, 1, 1))]),
        with_certificate("no name of a TPM", "certificateProfile factsExtension", [endorsed([purpose()])]),
        with_certificate(
            "another name before",
            "hardware attca",
            [endorsed([alternative_name(before=[x509.DNSName("tpm.example.com")]), purpose()])],
            manufacturer="STM",
        ),
        with_certificate(
            "two manufacturers",
            "certificateProfile factsExtension",
            [endorsed([alternative_name(more=[(MANUFACTURER, "id:494E5443")]), purpose()])],
        ),
        with_certificate(
            "no manufacturer",
            "certificateProfile factsExtension",
            [endorsed([alternative_name(manufacturer=None), purpose()])],
        ),
        with_certificate(
            "another purpose",
            "certificateProfile purpose",
            [endorsed([alternative_name(), purpose("1.3.6.1.5.5.7.3.1")])],
        ),
        with_certificate("an authority's certificate", "certificateProfile isCA", [endorsed(ca=True)]),
        *[
            vector(
                f"an endorsement key without attribute {bit}",
                "tpm endorsementKeyAttributes",
                identity={**identity, "endorsementKey": with_attributes(ecc_ek, 0x000300B2 & ~(1 << bit))},
            )
            for bit in (1, 4, 5, 16, 17)
        ],
        vector(
            "an endorsement key that protects nothing",
            "tpm endorsementKeyAttributes",
            identity={**identity, "endorsementKey": software_area(p256(), 0x000300B2)},
        ),
        *[
            fake(
                f"an attestation key without attribute {bit}",
                "tpm attestationKeyAttributes",
                attributes=0x00050072 & ~(1 << bit),
            )
            for bit in (1, 4, 5, 16, 18)
        ],
        *[
            fake(
                f"a key without attribute {bit}",
                "tpm keyAttributes",
                area=software_area(p256(), 0x00040072 & ~(1 << bit)),
            )
            for bit in (1, 4, 5, 18)
        ],
        vector(
            "a certificate of version 1",
            "certificateProfile version",
            identity={
                **identity,
                "endorsementCertificates": [OldParty("/CN=TPM", ek_file, root).der],
                "endorsementKey": software_area(ek_file, 0x000300B2, b"\0\x06\0\x80\0\x43"),
            },
            time=TODAY,
        ),
        vector(
            "an endorsement key that can leave",
            "tpm endorsementKeyAttributes",
            identity={**identity, "endorsementKey": bytes(movable_ek)},
        ),
        vector(
            "an endorsement key that signs",
            "tpm endorsementKeyAttributes",
            identity={**identity, "endorsementKey": bytes(signing_ek)},
        ),
        vector(
            "an attestation key in the endorsement key's place",
            "tpm endorsementKeyAttributes",
            identity={**identity, "endorsementKey": tpm.area("ecc-ak.pub")},
        ),
        vector("no anchors", "noTrustAnchors", anchors=""),
        vector("no activation", "tpm notActivated", secret=None),
        {**vector("certificates beside", "unexpected x5c"), "x5c": [b64(endorsed())]},
        *[
            vector(f"without {name}", f"missing {name}", drop=name)
            for name in ("certifyInfo", "signature", "publicArea", "attestationKey", "activatedSecret")
        ],
        vector("a signature that is none", "malformed signature", (good[0], b"0")),
        vector(
            "a public area that is none",
            "malformed publicArea",
            area=tpm.area("key.pub") + b"\0",
            key=public_key(tpm.area("key.pub")),
        ),
    ], anchors


def main():
    with tempfile.TemporaryDirectory() as folder:
        tpm = Session(folder)
        try:
            made, anchors = make(tpm)
        finally:
            tpm("stop")
    document = {
        "time": TIME,
        "issuer": ISSUER,
        "challenge": b64u(CHALLENGE),
        "anchors": anchors,
        "vectors": made,
    }
    (HERE / "tpm.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
