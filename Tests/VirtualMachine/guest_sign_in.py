# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""One sign-in, in the machine: what the page's script and the app do. Prints the claims of the ID token."""

import base64
import hashlib
import json
import secrets
import sys
from urllib.parse import parse_qs, urlencode, urlsplit

from harness.http import Browserless
from harness.page import SignInWithoutBrowser

ISSUER = "http://localhost:8800"
CALLBACK = "http://localhost:9000/callback"


def claims_of(token):
    """What a token of the verifier's says; it came from the verifier itself, over loopback."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def sign_in(user, ports, client, secret):
    """From the app's redirect to the claims."""
    state, nonce, proof = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(proof.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    page = SignInWithoutBrowser(f"{ISSUER}/oauth2/v1/authorize?{urlencode(query)}")
    returned = parse_qs(urlsplit(page.complete(user, ports)).query)
    assert returned["state"] == [state], returned
    assert "code" in returned, returned
    basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
    answer = Browserless().post_form(
        f"{ISSUER}/oauth2/v1/token",
        {
            "grant_type": "authorization_code",
            "code": returned["code"][0],
            "redirect_uri": CALLBACK,
            "code_verifier": proof,
        },
        headers={"Authorization": f"Basic {basic}"},
    )
    assert answer.status == 200, answer.text
    claims = claims_of(answer.json()["id_token"])
    assert claims["nonce"] == nonce, claims
    return claims


print(json.dumps(sign_in(sys.argv[1], [int(port) for port in sys.argv[2].split(",")], sys.argv[3], sys.argv[4])))
