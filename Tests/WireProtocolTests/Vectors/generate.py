#!/usr/bin/env python3
# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Writes jws.json: compact JWSs made by an independent library, and what a reader must say of each.

Needs joserfc. Keys are new at each run; the vectors do not depend on them.
"""

import base64
import json
import pathlib

from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

TYPE = "okta-devicebind+jwt"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(key, payload: bytes, **header) -> str:
    members = {"alg": "ES256", "typ": TYPE, "kid": "key-1", **header}
    registry = jws.JWSRegistry(algorithms=["ES256", "RS256", "HS256", "ES384"], strict_check_header=False)
    return jws.serialize_compact(members, payload, key, registry=registry)


def flip(text: str, index: int) -> str:
    letters = list(text)
    letters[index] = "A" if letters[index] != "A" else "B"
    return "".join(letters)


def main() -> None:
    ec, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    rsa, small = RSAKey.generate_key(2048), RSAKey.generate_key(1024)
    public, public_rsa = ec.as_dict(private=False), rsa.as_dict(private=False)
    payload = json.dumps({"hello": "world"}).encode()
    good = sign(ec, payload)
    header, body, signature = good.split(".")
    none_header = b64(json.dumps({"alg": "none", "typ": TYPE}).encode())
    raw_public = ec.as_pem(private=False)
    wide = b64(base64.urlsafe_b64decode(signature + "==") + b"\0")
    vectors = [
        ("genuine ES256", good, public, "success"),
        ("genuine RS256", sign(rsa, payload, alg="RS256"), public_rsa, "success"),
        ("alg none without signature", f"{none_header}.{body}.", public, "unsupported"),
        ("alg none with a signature", f"{none_header}.{body}.{signature}", public, "unsupported"),
        (
            "HS256 keyed with the public key",
            sign(OctKey.import_key(raw_public), payload, alg="HS256"),
            public,
            "unsupported",
        ),
        ("RS256 signature under an EC key", sign(rsa, payload, alg="RS256"), public, "unsupported"),
        ("ES256 header under an RSA key", good, public_rsa, "unsupported"),
        ("ES384", sign(ECKey.generate_key("P-384"), payload, alg="ES384"), public, "unsupported"),
        ("another key", sign(other, payload), public, "signatureMismatch"),
        ("payload changed", f"{header}.{b64(payload + b' ')}.{signature}", public, "signatureMismatch"),
        ("signature changed", f"{header}.{body}.{flip(signature, 5)}", public, "signatureMismatch"),
        ("signature one byte longer", f"{header}.{body}.{wide}", public, "signatureMismatch"),
        ("signature empty", f"{header}.{body}.", public, "signatureMismatch"),
        ("signature all zero", f"{header}.{body}.{b64(bytes(64))}", public, "signatureMismatch"),
        (
            "header changed",
            f"{b64(json.dumps({'alg': 'ES256', 'typ': TYPE, 'kid': 'key-2'}).encode())}.{body}.{signature}",
            public,
            "signatureMismatch",
        ),
        ("type of another token", sign(ec, payload, typ="JWT"), public, "unexpectedType"),
        ("no type", sign(ec, payload, typ="okta-pushbind+jwt"), public, "unexpectedType"),
        (
            "critical extension",
            f"{b64(json.dumps({'alg': 'ES256', 'typ': TYPE, 'crit': ['exp']}).encode())}.{body}.{signature}",
            public,
            "unsupported",
        ),
        (
            "unencoded payload option",
            f"{b64(json.dumps({'alg': 'ES256', 'typ': TYPE, 'b64': False, 'crit': ['b64']}).encode())}.{body}.{signature}",
            public,
            "unsupported",
        ),
        ("no algorithm", f"{b64(json.dumps({'typ': TYPE}).encode())}.{body}.{signature}", public, "malformed"),
        ("header is an array", f"{b64(b'[]')}.{body}.{signature}", public, "malformed"),
        ("header is not JSON", f"{b64(b'hello')}.{body}.{signature}", public, "malformed"),
        ("two parts", f"{header}.{body}", public, "malformed"),
        ("four parts", f"{good}.", public, "malformed"),
        ("five parts, as a JWE", f"{good}.a.b", public, "malformed"),
        ("empty", "", public, "malformed"),
        ("padding", f"{header}.{body}.{signature}==", public, "malformed"),
        ("standard alphabet", f"{header}.{body}.{signature[:-2]}+/", public, "malformed"),
        ("line feed", f"{header}.{body}.{signature}\n", public, "malformed"),
        (
            "unused bits set",
            f"{header}.{body}.{signature[:-1]}B" if signature[-1] != "B" else f"{header}.{body}.{signature[:-1]}C",
            public,
            "malformed",
        ),
        ("RSA of 1024 bits", sign(small, payload, alg="RS256"), small.as_dict(private=False), "invalidKey"),
        ("private key where a public one belongs", good, ec.as_dict(private=True), "invalidKey"),
        ("point off the curve", good, {**public, "y": b64(bytes(32))}, "invalidKey"),
        ("coordinate too short", good, {**public, "x": b64(bytes(31))}, "invalidKey"),
        ("symmetric key", good, {"kty": "oct", "k": "AAAA"}, "invalidKey"),
        ("algorithm of the key is another", good, {**public, "alg": "ES384"}, "invalidKey"),
    ]
    rows = [{"name": n, "jws": t, "jwk": k, "typ": TYPE, "expect": e} for n, t, k, e in vectors]
    target = pathlib.Path(__file__).with_name("jws.json")
    target.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
