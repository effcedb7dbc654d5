#!/usr/bin/env python3
# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Writes inputs to begin with: a folder a target, from the test vectors, the fixtures and a few of its own."""

import base64
import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
KEY = {"kty": "EC", "crv": "P-256", "x": "jBamsb26eh8JtXVTGY3e6eAShR0z_lEL3YQiwUvOI3s",
       "y": "MlkmdOm3yhnPmz9xDiiSrljS1Lz6K1yfSXNwX8biUhI", "kid": "key-1", "alg": "ES256", "use": "sig",
       "okta:kpr": "SOFTWARE"}
CHALLENGE = {
    "iss": "https://id.example.com", "aud": "https://id.example.com", "iat": 1, "nbf": 1, "exp": 301, "jti": "j", "nonce": "n",
    "transactionId": "ft1", "orgId": "00o1", "userId": "00u1",
    "verificationUri": "https://id.example.com/idp/authenticators/aut1/transactions/ft1/verify", "method": "signed_nonce",
    "keyTypes": ["proofOfPossession"], "userVerification": "NONE", "userMediation": "NONE", "signals": ["platform", "osName"],
    "signalProviders": [{"name": "p"}], "loginHint": "alice", "appInstanceName": "App",
    "allowedOrigins": ["https://id.example.com"], "bindings": ["LOOPBACK"], "keyProtection": "ANY", "devicePostureChecks": []}
READINGS = {
    "osName": {"state": "known", "value": "debian", "source": "/etc/os-release", "collectedAt": 1, "privilege": "user"},
    "secureBoot": {"state": "unknown", "reason": "no", "source": "s", "collectedAt": 1, "privilege": "root", "evidence": ["e"]},
    "model": {"state": "notApplicable", "reason": "r", "source": "s", "collectedAt": 1, "privilege": "user"}}
RESPONSE = {
    "iss": "enr1", "aud": "https://id.example.com", "sub": "00u1", "iat": 1000, "nbf": 700, "exp": 1300, "jti": "j", "tx": "ft1",
    "nonce": "n", "challengeHash": "h", "amr": [], "methodEnrollmentId": "m", "keyType": "proofOfPossession",
    "deviceSignals": {"id": "d", "clientInstanceId": "c", "osName": "debian", "readings": READINGS},
    "challengeResponseContext": {"userConsent": "NONE", "originHeader": "https://id.example.com", "transactionType": "LOGIN",
                                 "bindingType": "LOOPBACK"},
    "integrations": None, "signalProviders": None}
KEY_SET = {"iss": "https://id.example.com", "orgId": "00o1", "seq": 2, "iat": 1, "keys": [KEY],
           "allowedOrigins": ["https://id.example.com"]}
ENROLLMENT = {
    "authenticatorId": "aut1", "requestId": "r", "device": {
        "displayName": "laptop", "platform": "LINUX", "osVersion": "12", "manufacturer": "m", "model": "m",
        "clientInstanceVersion": "1", "clientInstanceKey": KEY},
    "methods": {"signed_nonce": {"keys": {"proofOfPossession": KEY, "userVerification": KEY}}}}
ENROLLED = {"id": "enr1", "user": {"id": "00u1", "username": "alice"}, "device": {"id": "d", "clientInstanceId": "c"},
            "methods": {"signed_nonce": {"id": "m"}}}
CONFIGURATION = {
    "authenticatorId": "aut1", "orgId": "00o1", "name": "Example", "key": "countersign", "issuer": "https://id.example.com",
    "settings": {"userVerification": "none", "oauthClientId": "countersign-agent"},
    "appAuthenticatorEnrollEndpoint": "https://id.example.com/idp/myaccount/app-authenticators",
    "pinnedKeySet": {"sequence": 1, "keys": [KEY], "allowedOrigins": ["https://id.example.com"]}}


def encode(value):
    """base64url of JSON."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jws(claims, kind):
    """A compact JWS of nobody."""
    header = encode({"alg": "ES256", "typ": kind, "kid": "key-1"})
    return f"{header}.{encode(claims)}.{base64.urlsafe_b64encode(bytes(range(64))).rstrip(b'=').decode()}"


def wire():
    """Inputs for what comes over the network."""
    vectors = json.loads((TESTS / "WireProtocolTests/Vectors/jws.json").read_text())
    bind = "okta-devicebind+jwt"
    rsa = next(vector["jwk"] for vector in vectors if vector["jwk"]["kty"] == "RSA")
    yield "jws", [vector["jws"] for vector in vectors] + [jws(KEY_SET, "countersign-keyset+jwt")]
    yield "challenge", [jws(CHALLENGE, bind)]
    yield "response", [jws(RESPONSE, bind)]
    yield "base64url", ["", "AA", "AAA", "AAAA", "_-8", vectors[0]["jws"].split(".")[2]]
    yield "jwk", [json.dumps(KEY), json.dumps(rsa)] + [json.dumps(vector["jwk"]) for vector in vectors]
    yield "challenge-claims", [json.dumps(CHALLENGE)]
    yield "response-claims", [json.dumps(RESPONSE)]
    yield "key-set-claims", [json.dumps(KEY_SET)]
    yield "enrollment-request", [json.dumps(ENROLLMENT)]
    yield "enrollment-response", [json.dumps(ENROLLED)]
    yield "configuration", [json.dumps(CONFIGURATION)]
    yield "challenge-request", [json.dumps({"challengeRequest": vectors[0]["jws"]})]
    yield "error-envelope", [json.dumps({"errorCode": "E0000003", "errorSummary": "s", "errorLink": "E0000003",
                                         "errorId": "i", "errorCauses": [{"errorSummary": "c"}]})]
    yield "posture", [json.dumps(READINGS)]
    yield "origin", ["https://id.example.com", "http://localhost:8080", "http://[::1]:61711/challenge?x#y",
                     "https://EXAMPLE.com:443", "http://user@host/"]
    yield "signature", [bytes(range(64)), bytes(64), b"\xff" * 64]
    yield "version", ["12", "22.04", "1.2.3.4.5.6.7.8", "12.0", "0012"]


def device():
    """Inputs for what the device's files and programs say."""
    return []


def write(directory, target, inputs):
    """Writes a target's folder."""
    folder = directory / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(inputs):
        (folder / str(number)).write_bytes(content if isinstance(content, bytes) else content.encode())


def main():
    """Writes all folders below the one of the command line."""
    directory = pathlib.Path(sys.argv[1])
    for target, inputs in [*wire(), *device()]:
        write(directory, target, inputs)


if __name__ == "__main__":
    main()
