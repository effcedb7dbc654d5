# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Tokens that somebody forged."""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils


def encode(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    """The bytes of base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts(token):
    """Header and claims of a compact JWS, unverified."""
    header, payload, _ = token.split(".")
    return json.loads(decode(header)), json.loads(decode(payload))


def compact(header, claims, sign=lambda data: b""):
    """A compact JWS, signed somehow."""
    head, payload = (encode(json.dumps(item).encode()) for item in (header, claims))
    return f"{head}.{payload}.{encode(sign(f'{head}.{payload}'.encode()))}"


def es256(key):
    """Signs by ES256."""

    def sign(data):
        numbers = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return b"".join(number.to_bytes(32, "big") for number in numbers)

    return sign


def rs256(key):
    """Signs by RS256."""
    return lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def public_key_as_secret(jwk):
    """What a confused verifier would take for the secret of HS256: the public key's PEM."""
    numbers = ec.EllipticCurvePublicNumbers(
        *(int.from_bytes(decode(jwk[name]), "big") for name in "xy"), ec.SECP256R1()
    )
    return numbers.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def forgeries(token, jwk):
    """Forgeries of a token whose signer's public key is known: (what it is, the token, whether it is of our kind)."""
    header, claims = parts(token)
    own, own_rsa = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    head, payload, signature = token.split(".")
    secret = public_key_as_secret(jwk)
    own_numbers = own.public_key().public_numbers()
    own_jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": encode(own_numbers.x.to_bytes(32, "big")),
        "y": encode(own_numbers.y.to_bytes(32, "big")),
    }
    changed = claims | {"transactionId": "another"} if "transactionId" in claims else claims | {"tx": "another"}
    flipped = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]
    zeros = encode(bytes(64))
    return {
        "alg none": (compact(header | {"alg": "none"}, claims), False),
        "alg None": (compact(header | {"alg": "None"}, claims), False),
        "alg none, signed": (compact(header | {"alg": "none"}, claims, lambda data: decode(signature)), False),
        "HS256 by the public key": (
            compact(header | {"alg": "HS256"}, claims, lambda data: hmac.digest(secret, data, hashlib.sha256)),
            False,
        ),
        "no alg": (compact({key: value for key, value in header.items() if key != "alg"}, claims), False),
        "crit": (compact(header | {"crit": ["exp"], "exp": 1}, claims, es256(own)), False),
        "crit b64": (compact(header | {"crit": ["b64"], "b64": False}, claims, es256(own)), False),
        "another type": (compact(header | {"typ": "JWT"}, claims, es256(own)), False),
        "two parts": (f"{head}.{payload}", False),
        "four parts": (f"{token}.{signature}", False),
        "padding": (f"{head}=.{payload}.{signature}", False),
        "blanks": (f" {token}\n", False),
        "JWE": (f"{head}.{payload}.{signature}.{payload}.{signature}", False),
        "RS256 by another key": (compact(header | {"alg": "RS256"}, claims, rs256(own_rsa)), True),
        "ES256 by another key": (compact(header, claims, es256(own)), True),
        "its key in the header": (compact(header | {"jwk": own_jwk}, claims, es256(own)), True),
        "its key at a URL": (compact(header | {"jku": "http://127.0.0.1:9/keys"}, claims, es256(own)), True),
        "unknown kid": (compact(header | {"kid": "../../../etc/passwd"}, claims, es256(own)), True),
        "no signature": (f"{head}.{payload}.", True),
        "a signature of zeros": (f"{head}.{payload}.{zeros}", True),
        "a bit flipped": (f"{head}.{payload}.{flipped}", True),
        "another payload": (f"{head}.{encode(json.dumps(changed).encode())}.{signature}", True),
    }
