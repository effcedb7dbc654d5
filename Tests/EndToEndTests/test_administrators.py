# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Administrators sign in with their own devices, and apps ask the management API for them, or for themselves."""

import asyncio
import json

import pytest
from harness import signin_page
from harness.http import Browserless
from harness.page import SignInWithoutBrowser
from harness.verifier import Client
from test_policies import SILENT, folder, policy, rule

okta_client = pytest.importorskip("okta.client")
from joserfc.jwk import RSAKey  # noqa: E402
from okta import models  # noqa: E402

SCOPES = ["okta.users.manage", "okta.groups.read"]


@pytest.fixture
def ask(monkeypatch):
    """Runs a function with Okta's client as it comes; its switch for tests lets it use http."""
    monkeypatch.setenv("OKTA_TESTING_TESTINGDISABLEHTTPSCHECK", "true")

    def run(verifier, function, **configuration):
        async def within():
            async with okta_client.Client({"orgUrl": verifier.issuer, **configuration}) as client:
                return await function(client)

        return asyncio.run(within())

    return run


def console():
    """The client of an app for administrators."""
    return Client(id="console", name="Console", extra={"scopes": SCOPES})


def profile(login):
    """A user's profile."""
    return models.UserProfile(login=login, email=login, first_name="New", last_name="Comer")


def error_of(result):
    """The status and code of what a call of Okta's client was refused with."""
    assert result[-1] is not None
    return result[-1].status, result[-1].error_code


def test_administrator_signs_in_and_the_app_asks_for_them(make_world, place, chromium, ask):
    """No role, no scope; with it the person's own device opens the API, by the policy, until the role is taken away."""
    documents = folder(place, "policies", policy("Apps", rule("All", 1), rule("Rest", 2, "DENY")))
    world = make_world(client=console(), sign_in=SILENT, policies={"directory": documents, "default": "rstApps"})
    world.app.parameters = {"scope": " ".join(["openid profile", *SCOPES])}
    refused = signin_page.sign_in(chromium, world.app, "alice")
    assert refused["error"] == "access_denied"
    world.verifier.run("administrator", "add", "alice", *(f"--scope={scope}" for scope in SCOPES))
    [listed] = world.verifier.run_json("administrator", "list")
    assert (listed["username"], listed["scopes"]) == ("alice", SCOPES)
    signin_page.sign_in(chromium, world.app, "alice")
    # Their session is enough for this policy: nobody is challenged again.
    chromium.open(f"{world.app.origin}/login")
    result = world.app.wait_for_result(3)
    assert result["claims"]["preferred_username"] == "alice"
    assert set(SCOPES) < set(result["tokens"]["scope"].split())
    bearer = {"authorizationMode": "Bearer", "token": result["tokens"]["access_token"]}

    async def work(client):
        made, _, error = await client.create_user(models.CreateUserRequest(profile=profile("new@example.com")))
        assert error is None, error
        users, _, error = await client.list_users()
        assert error is None and {user.id for user in users} >= {made.id, result["claims"]["sub"]}
        groups, _, error = await client.list_groups()
        assert error is None and groups
        assert error_of(await client.list_policies(type="ACCESS_POLICY")) == (403, "E0000006")
        assert error_of(await client.list_log_events()) == (403, "E0000006")

    ask(world.verifier, work, **bearer)
    made = world.verifier.audit("user.lifecycle.create")[-1]
    assert made["actor"]["id"] == result["claims"]["sub"]
    world.verifier.run("administrator", "remove", "alice")

    async def refused_now(client):
        return error_of(await client.list_users())

    assert ask(world.verifier, refused_now, **bearer) == (401, "E0000011")
    chromium.open(f"{world.app.origin}/login")
    assert world.app.wait_for_result(4)["error"] == "access_denied"


def test_app_without_those_scopes_does_not_get_them(make_world):
    """The app's configuration bounds what it may ask for, whoever signs in."""
    world = make_world(client=console(), sign_in=SILENT)
    world.verifier.run("administrator", "add", "alice", "--all-scopes")
    page = SignInWithoutBrowser(world.app.authorize_url(scope="openid okta.policies.manage"))
    answer = page.begin()
    assert answer.location.startswith(world.app.origin) and "error=invalid_scope" in answer.location
    result = world.app.finish_url(world.page(scope="openid okta.users.read").complete("alice"))
    headers = {"Authorization": f"Bearer {result['tokens']['access_token']}", "Content-Type": "application/json"}
    users = f"{world.verifier.issuer}/api/v1/users"
    assert Browserless().get(users, headers=headers).status == 200
    refused = Browserless().post_json(users, {"profile": {"login": "bob"}}, headers=headers)
    assert refused.status == 403 and refused.json()["errorCode"] == "E0000006"
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


def test_service_has_a_token_of_its_own(make_verifier, place, ask):
    """Okta's client with a private key gets tokens for itself, and does what its scopes say."""
    key = RSAKey.generate_key(2048, {"kid": "service"})
    keys = place / "service.jwks"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) | {"alg": "RS256", "use": "sig"}]}))
    verifier = make_verifier()
    verifier.register(
        Client(
            id="provisioning", name="Provisioning", secret=None,
            extra={
                "auth": "private_key_jwt", "jwks_file": str(keys), "redirect_uris": None,
                "service_scopes": ["okta.groups.manage"],
            },
        )
    )
    verifier.start()

    async def work(client):
        made, _, error = await client.add_group(
            models.AddGroupRequest(profile=models.OktaUserGroupProfile(name="staff"))
        )
        assert error is None, error
        assert error_of(await client.list_users()) == (403, "E0000006")
        return made

    configuration = {
        "authorizationMode": "PrivateKey", "clientId": "provisioning", "scopes": ["okta.groups.manage"],
        "privateKey": key.as_pem(private=True).decode(), "kid": "service",
    }
    made = ask(verifier, work, **configuration)
    [event] = verifier.audit("group.lifecycle.create")
    assert event["actor"]["id"] == "provisioning" and event["target"][0]["id"] == made.id
