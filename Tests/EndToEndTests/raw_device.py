# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A device that speaks protocol.md to the verifier, in code that shares nothing with the agent."""

import hashlib
import secrets
import time
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import ec
from harness.http import Browserless
from raw_jose import compact, encode, es256, parts


class RawKey:
    """A key on P-256 with its name."""

    def __init__(self, name):
        self.name = name
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self):
        """The public half."""
        numbers = self.key.public_key().public_numbers()
        coordinates = {name: encode(getattr(numbers, name).to_bytes(32, "big")) for name in "xy"}
        return {"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": self.name, **coordinates}

    def sign(self, kind, claims):
        """A compact JWS."""
        return compact({"alg": "ES256", "typ": kind, "kid": self.name}, claims, es256(self.key))


class RawDevice:
    """An enrolment with a possession key and a client instance key."""

    def __init__(self, verifier):
        self.issuer = verifier.issuer
        self.http = Browserless()
        self.possession = RawKey("first")
        self.instance = RawKey("instance")
        self.enrolment = None

    @property
    def endpoint(self):
        """Where devices are enrolled."""
        return f"{self.issuer}/idp/myaccount/app-authenticators"

    @property
    def keys_url(self):
        """Where this enrolment's keys are."""
        return f"{self.endpoint}/{self.enrolment['id']}/keys"

    def enroll(self, code):
        """Enrols by a one-time code."""
        [configuration] = self.http.get(f"{self.issuer}/.well-known/app-authenticator-configuration").json()
        body = {
            "authenticatorId": configuration["authenticatorId"],
            "requestId": secrets.token_urlsafe(16),
            "device": {
                "displayName": "raw",
                "platform": "LINUX",
                "clientInstanceVersion": "1",
                "clientInstanceKey": self.instance.jwk,
            },
            "methods": {"signed_nonce": {"keys": {"proofOfPossession": self.possession.jwk}}},
        }
        answer = self.http.post_json(self.endpoint, body, headers={"Authorization": f"OTDT {code}"})
        assert answer.status == 200, answer.text
        self.enrolment = answer.json()
        return self

    def update(self, key=None):
        """A token by which this device speaks of its enrolment."""
        now = int(time.time())
        claims = {
            "iss": self.enrolment["id"],
            "aud": self.issuer,
            "sub": self.enrolment["user"]["id"],
            "iat": now,
            "exp": now + 300,
            "jti": secrets.token_urlsafe(16),
        }
        return (key or self.instance).sign("okta-enrollmentupdate+jwt", claims)

    def add_key(self, key, authorization, update=None):
        """Asks to add a possession key."""
        body = {
            "requestId": secrets.token_urlsafe(16),
            "update": update or self.update(),
            "keyType": "proofOfPossession",
            "key": key.jwk,
        }
        return self.http.post_json(self.keys_url, body, headers={"Authorization": authorization})

    def list_keys(self, key=None):
        """Asks for the keys."""
        return self.http.get(self.keys_url, headers={"Authorization": f"SSWS {self.update(key)}"})

    def remove_key(self, name):
        """Asks to remove a key."""
        url = f"{self.keys_url}/{quote(name, safe='')}"
        return self.http.request("DELETE", url, headers={"Authorization": f"SSWS {self.update()}"})

    def answer(self, challenge, key=None):
        """Answers a challenge, silently."""
        _, asked = parts(challenge)
        now = int(time.time())
        claims = {
            "iss": self.enrolment["id"],
            "aud": asked["iss"],
            "sub": asked["userId"],
            "iat": now,
            "nbf": now - 300,
            "exp": now + 300,
            "jti": secrets.token_urlsafe(16),
            "tx": asked["transactionId"],
            "nonce": asked["nonce"],
            "challengeHash": encode(hashlib.sha256(challenge.encode()).digest()),
            "amr": [],
            "methodEnrollmentId": self.enrolment["methods"]["signed_nonce"]["id"],
            "keyType": "proofOfPossession",
            "deviceSignals": {
                "id": self.enrolment["device"]["id"],
                "clientInstanceId": self.enrolment["device"]["clientInstanceId"],
            },
            "challengeResponseContext": {
                "userConsent": "NONE",
                "originHeader": self.issuer,
                "transactionType": "LOGIN",
                "bindingType": "LOOPBACK",
            },
        }
        response = (key or self.possession).sign("okta-devicebind+jwt", claims)
        body = {"method": "signed_nonce", "challengeResponse": response}
        return self.http.post_json(asked["verificationUri"], body)
