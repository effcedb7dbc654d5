# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""`verifier policy`: sign-ins that are kept, who decides about a password, checks of files, versions of documents."""

import json
import subprocess

from harness import signin_page
from harness.http import Browserless
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
        command = ("policy", "explain", "--policy", str(document), "--request", str(request))
        return verifier.run(*command).stdout, verifier.run_json(*command)

    told, answer = explain("ALLOW", "AUTH_POLICY")
    assert "account management policy decides (AUTH_POLICY)" in told
    assert (answer["access"], answer["decidedBy"]) == ("DENY", "ACCOUNT_MANAGEMENT_POLICY")
    told, answer = explain("ALLOW", "LEGACY")
    assert "own requirement holds (LEGACY)" in told
    assert (answer["access"], answer["decidedBy"]) == ("ALLOW", "PASSWORD_POLICY")
    told, answer = explain("DENY", None)
    assert "nobody may do it by themselves" in told
    assert answer["access"] == "DENY"


def test_mistakes_are_found_in_files(programs, place):
    """What cannot be read, what nobody reaches and what is almost surely a mistake; nothing in what is right."""

    def check(*rules, options=()):
        document = place / "checked.json"
        document.write_text(json.dumps(policy("Apps", *rules)))
        command = [str(programs / "verifier"), "policy", "check", *options, str(document)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return done.returncode, done.stdout

    last = rule("Rest", 9, "DENY") | {"system": True}
    assert check(rule("All", 1, conditions={"riskScore": {"level": "LOW"}}), last) == (0, "nothing found\n")
    status, told = check(rule("All", 1), rule("Hidden", 2), last)
    assert status == 1 and "unreachable-rule" in told and "Hidden" in told
    mixed = "security.risk.level == 'LOW' || user.status == 'ACTIVE' && login.identifier == 'a'"
    found = check(rule("Mixed", 1, conditions={"elCondition": {"condition": mixed}}), last, options=["--json"])
    assert found[0] == 1 and any(each["code"].startswith("expression-") for each in json.loads(found[1]))
    status, told = check(rule("Broken", 1, conditions={"elCondition": {"condition": "a =="}}), last)
    assert status == 1 and "schema" in told


def test_earlier_version_comes_back_on_the_command_line(make_verifier):
    """What the management API changed is listed, and undone as one more version."""
    verifier = make_verifier().start()
    token = verifier.run_json("token", "create", "administrator", "--all-scopes", "--days", "1")["token"]
    headers = {"Authorization": f"SSWS {token}", "Content-Type": "application/json"}

    def send(method, path, body=None):
        body = None if body is None else json.dumps(body)
        answer = Browserless().request(method, f"{verifier.issuer}/api/v1{path}", body=body, headers=headers)
        assert answer.status == 200, answer.text
        return answer.json()

    made = send("POST", "/policies", {"name": "Apps", "type": "ACCESS_POLICY"})["id"]
    send("PUT", f"/policies/{made}", {"name": "Everything", "type": "ACCESS_POLICY"})
    versions = verifier.run_json("policy", "history", made)
    assert [(each["change"], each["name"]) for each in versions] == [("create", "Apps"), ("update", "Everything")]
    assert verifier.run_json("policy", "revert", made, "1")["name"] == "Apps"
    assert send("GET", f"/policies/{made}")["name"] == "Apps"
    assert verifier.run_json("policy", "history", made)[-1]["change"] == "revert"
    assert verifier.run("policy", "revert", made, "9", check=False).returncode == 1
