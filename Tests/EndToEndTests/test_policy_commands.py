# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""`verifier policy explain` and `diff` over the sign-ins that the verifier keeps, and who decides about a password."""

import json

from harness import signin_page
from test_policies import SILENT, folder, policy, rule


def test_sign_in_is_explained_and_a_change_compared(make_world, place, chromium):
    """What was decided is kept; another policy is asked about the same sign-in, and says what it would change."""
    documents = folder(place, "policies", policy("Apps", rule("All", 1), rule("Rest", 2, "DENY")))
    world = make_world(sign_in=SILENT, policies={"directory": documents, "default": "rstApps"})
    signin_page.sign_in(chromium, world.app, "alice")
    [event] = world.verifier.audit("user.authentication.auth_via_mfa")
    sign_in = event["debugContext"]["debugData"]["transactionId"]
    told = world.verifier.run("policy", "explain", "--sign-in", sign_in).stdout
    assert told.startswith("Recorded ") and "decision: ALLOW" in told
    assert "ALLOW: the rule All (rulAll) of the policy Apps (rstApps) matches" in told
    assert world.verifier.run_json("policy", "explain", "--sign-in", sign_in)["access"] == "ALLOW"
    stricter = place / "stricter.json"
    stricter.write_text(json.dumps(policy("Apps", rule("Nobody", 1, "DENY"))))
    explained = world.verifier.run("policy", "explain", "--sign-in", sign_in, "--policy", str(stricter)).stdout
    assert "DENY: the rule Nobody" in explained
    # Of the same id it takes the place of the one that counts.
    changed = world.verifier.run("policy", "diff", str(stricter), "--days", "1", check=False)
    assert changed.returncode == 1
    assert "1 requests: 1 nowDenied" in changed.stdout
    same = place / "same.json"
    same.write_text(json.dumps(policy("Apps", rule("All", 1), rule("Rest", 2, "DENY"))))
    assert world.verifier.run("policy", "diff", str(same), "--days", "1").returncode == 0
    missing = world.verifier.run("policy", "explain", "--sign-in", "ft-none", check=False)
    assert missing.returncode == 1 and "is not kept" in missing.stderr
    both = ["explain", "--sign-in", "x", "--request", "y"]
    for wrong in (both, ["explain"], ["diff", "x"], ["diff", "x", "--days", "0"]):
        assert world.verifier.run("policy", *wrong, check=False).returncode == 64, wrong
    # What the session answers is kept as well.
    chromium.open(f"{world.app.origin}/login")
    assert "claims" in world.app.wait_for_result(2)
    answered = world.verifier.audit("policy.evaluate_sign_on")[-1]["debugContext"]["debugData"]["transactionId"]
    assert ", answered by a session: decision: ALLOW" in world.verifier.run(
        "policy", "explain", "--sign-in", answered
    ).stdout
    changed = world.verifier.run("policy", "diff", str(stricter), "--days", "1", check=False)
    assert "2 requests: 2 nowDenied" in changed.stdout


def test_password_policy_says_who_decides(make_verifier, place):
    """Rules of a password policy hand a recovery over, keep it, or deny it."""
    verifier = make_verifier()
    verifier.write_configuration()
    request = place / "request.json"
    request.write_text(json.dumps({"now": 1, "accessRequest": {"operation": "recover"}}))

    def explain(access, control):
        requirement = {"accessControl": control} if control else {}
        document = place / "password.json"
        document.write_text(
            json.dumps(
                {
                    "name": "Reset", "type": "PASSWORD", "priority": 1, "status": "ACTIVE",
                    "conditions": {"people": {"users": {"exclude": []}}, "network": {"connection": "ANYWHERE"}},
                    "actions": {
                        "passwordChange": {"access": "ALLOW"}, "selfServiceUnlock": {"access": "ALLOW"},
                        "selfServicePasswordReset": {"access": access, "requirement": requirement},
                    },
                }
            )
        )
        return verifier.run("policy", "explain", "--policy", str(document), "--request", str(request)).stdout

    assert "account management policy decides (AUTH_POLICY)" in explain("ALLOW", "AUTH_POLICY")
    assert "own requirement holds (LEGACY)" in explain("ALLOW", "LEGACY")
    assert "nobody may do it by themselves" in explain("DENY", None)
