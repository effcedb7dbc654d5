# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Spare keys and lost keys at the verifier, asked for as protocol.md §9 says by a device that is not the agent."""

import pytest
from harness.page import SignInWithoutBrowser
from raw_device import RawDevice, RawKey


@pytest.fixture
def device(make_verifier, make_app):
    """An enrolled device, with its verifier and an app."""
    verifier = make_verifier(
        sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"}, enrollment={"user_verification": "none"}
    )
    app = make_app(verifier, None)
    verifier.start()
    verifier.add_user("alice", "Alice Example")
    device = RawDevice(verifier).enroll(verifier.code("alice"))
    device.verifier, device.app = verifier, app
    return device


def begin(device):
    """A sign-in that waits for an answer."""
    page = SignInWithoutBrowser(device.app.authorize_url())
    page.begin()
    page.identify("alice")
    assert page.view["state"] == "challenge", page.view
    return page


def sign_in(device, key):
    """Signs in with a key; answers the page when it is done."""
    page = begin(device)
    answer = device.answer(page.challenge, key)
    assert answer.status == 200, answer.text
    assert page.poll()["state"] == "success"
    return page


def test_a_spare_signs_in_and_a_lost_key_does_not(device):
    """Added with a code, listed, used; then the administrator removes the first key, and all that it began ends."""
    spare = RawKey("spare/1")
    code = device.verifier.code("alice")
    added = device.add_key(spare, f"OTDT {code}")
    assert (added.status, added.json()) == (200, {"id": "spare/1", "attested": False}), added.text
    assert [key["id"] for key in device.list_keys().json()["keys"]] == ["first", "spare/1"]
    listed = device.verifier.run_json("enrollment", "keys", device.enrolment["id"])
    assert [(key["id"], key["keyType"], key["isAttested"]) for key in listed] == [
        ("first", "proofOfPossession", False),
        ("spare/1", "proofOfPossession", False),
    ]
    assert device.app.finish_url(sign_in(device, spare).follow())["claims"]["sub"]
    signed_in, under_way = sign_in(device, device.possession), begin(device)
    at_the_app = sign_in(device, device.possession).follow()
    removed = device.verifier.run("enrollment", "remove-key", device.enrolment["id"], "first")
    assert "removed" in removed.stdout
    refused = device.answer(under_way.challenge)
    assert refused.status == 401, refused.text
    redirect = signed_in.view["redirect"]
    taken = signed_in.http.get(signed_in.origin + redirect if redirect.startswith("/") else redirect)
    assert (taken.status, taken.location) == (400, None)
    assert device.app.finish_url(at_the_app).get("error") == "token endpoint 400"
    assert device.answer(under_way.challenge, spare).status == 200
    assert under_way.poll()["state"] == "success"
    assert device.list_keys(device.possession).status == 401
    assert [key["id"] for key in device.list_keys(spare).json()["keys"]] == ["spare/1"]
    [event] = device.verifier.audit("user.mfa.factor.activate")
    assert event["debugContext"]["debugData"]["keyId"] == "spare/1"


def test_the_last_key_stays_and_the_hint_says_what_to_do(device):
    """The administrator is told to delete the enrolment and to give a code."""
    refused = device.verifier.run("enrollment", "remove-key", device.enrolment["id"], "first", check=False)
    assert refused.returncode == 1
    assert "last proof-of-possession key" in refused.stderr
    assert "verifier enrollment delete" in refused.stderr and "verifier code" in refused.stderr
    unknown = device.verifier.run("enrollment", "remove-key", device.enrolment["id"], "none", check=False)
    assert unknown.returncode == 1 and "verifier enrollment keys" in unknown.stderr
    answer = device.remove_key("first")
    assert (answer.status, answer.json()["errorCode"]) == (400, "E0000001")


def test_a_device_removes_its_spare(device):
    """By its own word, once; the key is never taken again."""
    spare = RawKey("spare")
    assert device.add_key(spare, f"OTDT {device.verifier.code('alice')}").status == 200
    assert device.remove_key("spare").status == 204
    gone = device.remove_key("spare")
    assert (gone.status, gone.json()["errorCode"]) == (404, "E0000007")
    again = device.add_key(spare, f"OTDT {device.verifier.code('alice')}")
    assert (again.status, again.json()["errorCode"]) == (400, "E0000001")


def test_nobody_adds_a_key_alone(device):
    """Neither the device without the person, nor the person without the device, nor another person."""
    device.verifier.add_user("mallory")
    attempts = {
        "no authority": ("", None, 401),
        "the device's token as authority": (f"SSWS {device.update()}", None, 401),
        "a code without the device": (f"OTDT {device.verifier.code('alice')}", "e30.e30.AA", 401),
        "another person's code": (f"OTDT {device.verifier.code('mallory')}", None, 403),
    }
    for name, (authorization, update, status) in attempts.items():
        answer = device.add_key(RawKey(name.replace(" ", "-")), authorization, update)
        assert answer.status == status, (name, answer.text)
    assert [key["id"] for key in device.list_keys().json()["keys"]] == ["first"]
