# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Challenge and response as they pass on the wire, verified by a JOSE library that nobody here wrote."""

import base64
import hashlib
import json

from harness import signin_page
from joserfc import jws
from joserfc.jwk import ECKey, KeySet


def test_challenge_and_response_verify_independently(make_world, recorder, chromium):
    """Both are ES256 or RS256 JWS of type `okta-devicebind+jwt`, and the response belongs to that challenge alone."""
    world = make_world(
        enroll=None,
        sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"},
        issuer=f"http://localhost:{recorder.port}",
        proxies={"trusted": ["127.0.0.1/32"]},
    )
    recorder.start(world.verifier.port)
    world.enroll()
    result = signin_page.sign_in(chromium, world.app, "alice")
    assert "claims" in result, result

    configuration = json.loads(recorder.matching("GET", "app-authenticator-configuration")[0].answer)[0]
    challenge_keys = KeySet.import_key_set({"keys": configuration["pinnedKeySet"]["keys"]})
    challenge = next(
        view["challenge"]["challengeRequest"]
        for view in (json.loads(exchange.answer) for exchange in recorder.matching("POST", "/idp/idx/"))
        if view.get("challenge")
    )
    parsed = jws.deserialize_compact(challenge, challenge_keys, algorithms=["ES256", "RS256"])
    assert parsed.headers()["typ"] == "okta-devicebind+jwt"
    asked = json.loads(parsed.payload)
    assert asked["exp"] - asked["iat"] == 300
    assert asked["verificationUri"].startswith(world.verifier.issuer + "/idp/authenticators/")
    assert asked["allowedOrigins"] == [world.verifier.issuer]
    assert asked["bindings"] == ["LOOPBACK"] and asked["method"] == "signed_nonce"

    enrolment = json.loads(recorder.matching("POST", "/idp/myaccount/app-authenticators")[0].body)
    key = ECKey.import_key(enrolment["methods"]["signed_nonce"]["keys"]["proofOfPossession"])
    response = json.loads(recorder.matching("POST", "/verify")[0].body)
    assert response["method"] == "signed_nonce"
    parsed = jws.deserialize_compact(response["challengeResponse"], key, algorithms=["ES256"])
    assert parsed.headers()["typ"] == "okta-devicebind+jwt"
    answered = json.loads(parsed.payload)
    digest = base64.urlsafe_b64encode(hashlib.sha256(challenge.encode()).digest()).rstrip(b"=").decode()
    assert answered["challengeHash"] == digest
    assert answered["nonce"] == asked["nonce"] and answered["tx"] == asked["transactionId"]
    assert answered["sub"] == asked["userId"] and answered["aud"] == asked["iss"]
    assert answered["challengeResponseContext"]["originHeader"] == world.verifier.issuer
    assert answered["exp"] - answered["iat"] == 300 and answered["iat"] - answered["nbf"] == 300
    assert answered["deviceSignals"]["platform"] == "LINUX"


def test_response_is_accepted_once(make_world, recorder):
    """The very response again gets the answer of the first, and no more comes of it; one that differs is refused."""
    world = make_world(
        enroll=None,
        sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"},
        issuer=f"http://localhost:{recorder.port}",
        proxies={"trusted": ["127.0.0.1/32"]},
    )
    recorder.start(world.verifier.port)
    world.enroll()
    world.sign_in()
    exchange = recorder.matching("POST", "/verify")[0]
    assert exchange.status == 200
    url = f"{world.verifier.issuer}{exchange.path}"
    json_type = {"Content-Type": "application/json"}
    again = world.app.http.request("POST", url, body=exchange.body, headers=json_type)
    assert (again.status, again.text) == (200, "{}")
    changed = json.loads(exchange.body)
    changed["challengeResponse"] = changed["challengeResponse"].rpartition(".")[0] + "." + "A" * 86
    other = world.app.http.post_json(url, changed)
    assert other.status == 410 and other.json()["errorCode"] == "C0000002", other.text
    accepted = [
        event
        for event in world.verifier.audit("user.authentication.auth_via_mfa")
        if event["outcome"]["result"] == "SUCCESS"
    ]
    assert len(accepted) == 1, accepted
