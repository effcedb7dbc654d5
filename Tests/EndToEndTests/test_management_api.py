# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The management API, asked by Okta's own client for Python as it comes from its makers."""

import asyncio
import json

import pytest
from harness.http import Browserless

okta_client = pytest.importorskip("okta.client")
from okta import models  # noqa: E402
from okta.pagination import PaginationHelper  # noqa: E402


@pytest.fixture
def verifier(make_verifier):
    """A verifier."""
    return make_verifier().start()


@pytest.fixture
def token(verifier):
    """A token for everything, as the first administrator makes it."""
    return verifier.run_json("token", "create", "administrator", "--all-scopes", "--days", "1")["token"]


@pytest.fixture
def ask(verifier, token, monkeypatch):
    """Runs a function with Okta's client; its switch for tests lets it use http, and nothing else of it is changed."""
    monkeypatch.setenv("OKTA_TESTING_TESTINGDISABLEHTTPSCHECK", "true")

    def run(function):
        async def within():
            configuration = {
                "orgUrl": verifier.issuer,
                "token": token,
            }
            async with okta_client.Client(configuration) as client:
                return await function(client)

        return asyncio.run(within())

    return run


def good(result):
    """What a call of the client answers, where nothing went wrong."""
    *rest, error = result
    assert error is None, error
    return rest[0]


def refused(result):
    """The error of a call of the client."""
    error = result[-1]
    assert error is not None
    return error


class Plain:
    """The same API without the client, for what its models do not know."""

    def __init__(self, verifier, token):
        self.base = f"{verifier.issuer}/api/v1"
        self.headers = {"Authorization": f"SSWS {token}", "Content-Type": "application/json"}

    def send(self, method, path, body=None):
        body = None if body is None else json.dumps(body)
        return Browserless().request(method, self.base + path, body=body, headers=self.headers)


@pytest.fixture
def plain(verifier, token):
    """The API without the client."""
    return Plain(verifier, token)


def profile(login, **more):
    """A user's profile."""
    return models.UserProfile(
        login=login, email=login, first_name=more.get("first_name", "Alice"), last_name="Example"
    )


def test_users(ask):
    """Made, read by id and login, listed in pages, changed, suspended, deactivated, deleted."""

    async def run(client):
        made = good(await client.create_user(models.CreateUserRequest(profile=profile("alice@example.com"))))
        assert made.status == "ACTIVE"
        assert good(await client.get_user("alice@example.com")).id == made.id
        for number in range(4):
            await client.create_user(models.CreateUserRequest(profile=profile(f"user{number}@example.com")))
        first, response, error = await client.list_users(limit=3)
        assert error is None and len(first) == 3
        after = PaginationHelper.extract_next_cursor(response.headers)
        second = good(await client.list_users(limit=3, after=after))
        assert len({user.id for user in first + second}) == 5
        found = good(await client.list_users(search='profile.login eq "user2@example.com"'))
        assert [user.profile.login for user in found] == ["user2@example.com"]
        changed = good(
            await client.update_user(made.id, models.UpdateUserRequest(profile=models.UserProfile(lastName="Other")))
        )
        assert (changed.profile.last_name, changed.profile.first_name) == ("Other", "Alice")
        replaced = good(
            await client.replace_user(made.id, models.UpdateUserRequest(profile=profile("alice@example.com")))
        )
        assert replaced.profile.last_name == "Example"
        assert (await client.suspend_user(made.id))[-1] is None
        assert good(await client.get_user(made.id)).status == "SUSPENDED"
        assert (await client.unsuspend_user(made.id))[-1] is None
        assert (await client.deactivate_user(made.id))[-1] is None
        assert good(await client.get_user(made.id)).status == "DEPROVISIONED"
        assert (await client.activate_user(made.id))[-1] is None
        assert good(await client.get_user(made.id)).status == "ACTIVE"
        for _ in range(2):
            assert (await client.delete_user(made.id))[-1] is None
        gone = refused(await client.get_user(made.id))
        assert (gone.status, gone.error_code) == (404, "E0000007")

    ask(run)


def test_groups(ask):
    """Made, read, listed, changed, with members, deleted."""

    async def run(client):
        profile_of = models.OktaUserGroupProfile
        group = good(await client.add_group(models.AddGroupRequest(profile=profile_of(name="Staff"))))
        user = good(await client.create_user(models.CreateUserRequest(profile=profile("alice@example.com"))))
        assert (await client.assign_user_to_group(group.id, user.id))[-1] is None
        assert [member.id for member in good(await client.list_group_users(group.id))] == [user.id]
        assert group.id in [each.id for each in good(await client.list_user_groups(user.id))]
        changed = good(
            await client.replace_group(group.id, models.AddGroupRequest(profile=profile_of(name="People")))
        )
        assert changed.profile.actual_instance.name == "People"
        assert [each.id for each in good(await client.list_groups(q="peo"))] == [group.id]
        assert (await client.unassign_user_from_group(group.id, user.id))[-1] is None
        assert good(await client.list_group_users(group.id)) == []
        assert (await client.delete_group(group.id))[-1] is None
        assert refused(await client.get_group(group.id)).error_code == "E0000007"
        long = refused(await client.add_group(models.AddGroupRequest(profile=profile_of(name="x" * 256))))
        assert (long.status, long.error_code) == (400, "E0000001")

    ask(run)


def test_everyone(ask):
    """The group that everybody is in: found by its type, and nobody's to change."""

    async def run(client):
        user = good(await client.create_user(models.CreateUserRequest(profile=profile("alice@example.com"))))
        [everyone] = [each for each in good(await client.list_groups()) if each.type == "BUILT_IN"]
        assert everyone.profile.actual_instance.name == "Everyone"
        assert [member.id for member in good(await client.list_group_users(everyone.id))] == [user.id]
        assert [each.id for each in good(await client.list_user_groups(user.id))] == [everyone.id]
        assert refused(await client.delete_group(everyone.id)).error_code == "E0000006"
        assert refused(await client.assign_user_to_group(everyone.id, user.id)).error_code == "E0000060"
        assert refused(await client.unassign_user_from_group(everyone.id, user.id)).error_code == "E0000006"
        renamed = models.AddGroupRequest(profile=models.OktaUserGroupProfile(name="Others"))
        assert refused(await client.replace_group(everyone.id, renamed)).error_code == "E0000006"

    ask(run)


def test_device_assurance(ask, plain):
    """Policies of the client's platforms, beside one of Linux which it does not know."""
    linux = plain.send(
        "POST", "/device-assurances", {"name": "Linux", "platform": "LINUX", "secureHardwarePresent": True}
    )
    assert linux.status == 200, linux.text

    async def run(client):
        mac = models.DeviceAssuranceMacOSPlatform(
            name="Macs",
            platform="MACOS",
            osVersion=models.OSVersion(minimum="14.4"),
            secureHardwarePresent=True,
            displayRemediationMode="SHOW",
        )
        made = good(await client.create_device_assurance_policy(mac))
        assert (made.platform, made.os_version.minimum) == ("MACOS", "14.4")
        windows = models.DeviceAssuranceWindowsPlatform(
            name="Windows", platform="WINDOWS", secureHardwarePresent=True
        )
        other = good(await client.create_device_assurance_policy(windows))
        listed = good(await client.list_device_assurance_policies())
        assert {policy.id for policy in listed} == {made.id, other.id}
        mac.os_version = models.OSVersion(minimum="15.0")
        replaced = good(await client.replace_device_assurance_policy(made.id, mac))
        assert (replaced.id, replaced.os_version.minimum) == (made.id, "15.0")
        assert good(await client.get_device_assurance_policy(made.id)).last_update
        assert (await client.delete_device_assurance_policy(made.id))[-1] is None
        assert refused(await client.get_device_assurance_policy(made.id)).error_code == "E0000007"

    ask(run)
    plainly = plain.send("GET", "/device-assurances")
    assert [policy["platform"] for policy in plainly.json()] == ["WINDOWS"]
    assert plainly.headers["X-Countersign-Left-Out"] == "1"
    extended = plain.send("GET", "/device-assurances?extended=true").json()
    assert {policy["platform"] for policy in extended} == {"WINDOWS", "LINUX"}


def test_device_posture_checks(ask):
    """Made, read, listed, replaced, deleted."""

    async def run(client):
        check = models.DevicePostureCheck(
            name="Firewall",
            variableName="macOSFirewall",
            platform="MACOS",
            type="CUSTOM",
            mappingType="CHECKBOX",
            query="SELECT 1;",
            remediationSettings=models.DevicePostureChecksRemediationSettings(
                message=models.DevicePostureChecksRemediationSettingsMessage(customText="Turn it on."),
                link=models.DevicePostureChecksRemediationSettingsLink(customUrl="https://help.example.com/"),
            ),
        )
        made = good(await client.create_device_posture_check(check))
        assert made.variable_name == "macOSFirewall"
        check.name = "The firewall"
        assert good(await client.replace_device_posture_check(made.id, check)).name == "The firewall"
        assert [each.id for each in good(await client.list_device_posture_checks())] == [made.id]
        assert good(await client.list_default_device_posture_checks()) == []
        assert (await client.delete_device_posture_check(made.id))[-1] is None
        assert refused(await client.get_device_posture_check(made.id)).status == 404

    ask(run)


def zone_of(name):
    """A network zone."""
    return models.IPNetworkZone(
        name=name, type="IP", gateways=[models.NetworkZoneAddress(type="CIDR", value="192.0.2.0/24")]
    )


def test_zones(ask):
    """Made, read, listed, replaced, switched off and on, deleted."""

    async def run(client):
        made = good(await client.create_network_zone(zone_of("Office")))
        assert (made.status, made.gateways[0].value) == ("ACTIVE", "192.0.2.0/24")
        assert good(await client.replace_network_zone(made.id, zone_of("Home"))).name == "Home"
        assert [each.id for each in good(await client.list_network_zones())] == [made.id]
        assert good(await client.deactivate_network_zone(made.id)).status == "INACTIVE"
        assert good(await client.activate_network_zone(made.id)).status == "ACTIVE"
        assert (await client.delete_network_zone(made.id))[-1] is None
        assert refused(await client.get_network_zone(made.id)).status == 404

    ask(run)


def rule_of(name, condition=None, **more):
    """A rule that lets in with one factor."""
    return models.AccessPolicyRule(
        name=name,
        type="ACCESS_POLICY",
        conditions=condition,
        actions=models.AccessPolicyRuleActions(
            appSignOn=models.AccessPolicyRuleApplicationSignOn(
                access="ALLOW",
                verificationMethod=models.AssuranceMethod(type="ASSURANCE", factorMode="1FA", reauthenticateIn="PT2H"),
            )
        ),
        **more,
    )


def test_policies(ask):
    """Policies and rules made, read, listed, replaced, switched, simulated, deleted; the system's own stay."""

    async def run(client):
        policy = good(await client.create_policy(models.AccessPolicy(name="Apps", type="ACCESS_POLICY")))
        listed = good(await client.list_policies(type="ACCESS_POLICY"))
        assert len(listed) == 2
        [account] = [each for each in listed if each.id != policy.id]
        assert refused(await client.delete_policy(account.id)).error_code == "E0000006"
        changed = good(
            await client.replace_policy(policy.id, models.AccessPolicy(name="All apps", type="ACCESS_POLICY"))
        )
        assert changed.name == "All apps"
        assert (await client.deactivate_policy(policy.id))[-1] is None
        assert good(await client.get_policy(policy.id)).status == "INACTIVE"
        assert (await client.activate_policy(policy.id))[-1] is None
        group = good(
            await client.add_group(models.AddGroupRequest(profile=models.OktaUserGroupProfile(name="Staff")))
        )
        people = models.AccessPolicyRuleConditions(
            people=models.PolicyPeopleCondition(groups=models.GroupCondition(include=[group.id]))
        )
        rule = good(await client.create_policy_rule(policy.id, rule_of("Staff", people)))
        assert rule.priority == 1
        other = good(await client.create_policy_rule(account.id, rule_of("Enrolment")))
        assert [each.name for each in good(await client.list_policy_rules(account.id))] == [
            "Enrolment",
            "Catch-all Rule",
        ]
        assert (await client.deactivate_policy_rule(policy.id, rule.id))[-1] is None
        assert good(await client.get_policy_rule(policy.id, rule.id)).status == "INACTIVE"
        assert (await client.activate_policy_rule(policy.id, rule.id))[-1] is None
        renamed = good(await client.replace_policy_rule(policy.id, rule.id, rule_of("The staff", people)))
        assert renamed.name == "The staff"
        [_, catch_all] = good(await client.list_policy_rules(policy.id))
        assert catch_all.system
        assert refused(await client.delete_policy_rule(policy.id, catch_all.id)).status == 403
        context = models.PolicyContext(
            user=models.PolicyContextUser(id="nobody"), groups=models.PolicyContextGroups(ids=[group.id])
        )
        question = models.SimulatePolicyBody(
            appInstance="countersign-account", policyTypes=["ACCESS_POLICY"], policyContext=context
        )
        simulated = await client.create_policy_simulation([question])
        assert simulated[-1] is None, simulated[-1]
        question.app_instance = "nothing"
        assert refused(await client.create_policy_simulation([question])).status == 404
        assert (await client.delete_policy_rule(account.id, other.id))[-1] is None
        assert (await client.delete_policy(policy.id))[-1] is None
        assert refused(await client.get_policy(policy.id)).status == 404

    ask(run)


def password_rule_of(name, access_control):
    """A rule of a password policy that lets people recover their password."""
    requirement = models.SsprRequirement(
        accessControl=access_control, primary=models.SsprPrimaryRequirement(methods=["email"])
    )
    return models.PasswordPolicyRule(
        name=name,
        type="PASSWORD",
        actions=models.PasswordPolicyRuleActions(
            selfServicePasswordReset=models.SelfServicePasswordResetAction(access="ALLOW", requirement=requirement),
            selfServiceUnlock=models.PasswordPolicyRuleAction(access="DENY"),
        ),
    )


def test_password_policies_hand_over(ask, plain):
    """A directory asks who decides: the rule of a password policy keeps it, or hands it over."""

    def recovery(user, operation="recover"):
        answer = plain.send(
            "POST", "/policies/hand-over", {"operation": operation, "policyContext": {"user": {"id": user}}}
        )
        assert answer.status == 200, answer.text
        return answer.json()

    async def run(client):
        user = good(await client.create_user(models.CreateUserRequest(profile=profile("alice@example.com"))))
        assert recovery(user.id)["access"] == "DENY"
        policy = good(await client.create_policy(models.PasswordPolicy(name="Passwords", type="PASSWORD")))
        rule = good(await client.create_policy_rule(policy.id, password_rule_of("Recovery", "LEGACY")))
        assert [each.id for each in good(await client.list_policies(type="PASSWORD"))] == [policy.id]
        assert policy.id not in [each.id for each in good(await client.list_policies(type="ACCESS_POLICY"))]
        kept = recovery(user.id)
        assert (kept["access"], kept["decidedBy"], kept["accessControl"]) == ("ALLOW", "PASSWORD_POLICY", "LEGACY")
        assert kept["requirement"]["primary"]["methods"] == ["email"]
        assert recovery(user.id, "unlockAccount")["access"] == "DENY"
        changed = password_rule_of("Recovery", "AUTH_POLICY")
        good(await client.replace_policy_rule(policy.id, rule.id, changed))
        assert recovery(user.id)["access"] == "DENY"
        [account] = good(await client.list_policies(type="ACCESS_POLICY"))
        condition = models.AccessPolicyRuleCustomCondition(condition="accessRequest.operation == 'recover'")
        conditions = models.AccessPolicyRuleConditions(elCondition=condition)
        good(await client.create_policy_rule(account.id, rule_of("Recovery", conditions)))
        handed = recovery(user.id)
        assert (handed["access"], handed["decidedBy"]) == ("ALLOW", "ACCOUNT_MANAGEMENT_POLICY")
        assert handed["verificationMethod"]["reauthenticateIn"] == "PT2H"
        assert (await client.delete_policy(policy.id))[-1] is None

    ask(run)


def test_devices(ask, verifier, make_agent):
    """An enrolled device is listed, suspended, deactivated and deleted by a client that does not know its platform."""
    verifier.add_user("alice", "Alice Example")
    agent = make_agent()
    agent.start()
    agent.enroll(verifier.issuer, verifier.code("alice"))

    async def run(client):
        [device] = good(await client.list_devices())
        assert device.status == "ACTIVE"
        assert device.resource_display_name.value
        assert (await client.suspend_device(device.id))[-1] is None
        assert good(await client.get_device(device.id)).status == "SUSPENDED"
        assert (await client.unsuspend_device(device.id))[-1] is None
        [user] = good(await client.list_device_users(device.id))
        assert user.user.profile.login == "alice"
        assert refused(await client.delete_device(device.id)).status == 400
        assert (await client.deactivate_device(device.id))[-1] is None
        assert good(await client.get_device(device.id)).status == "DEACTIVATED"
        assert (await client.delete_device(device.id))[-1] is None
        assert good(await client.list_devices()) == []

    ask(run)


def test_logs(ask, verifier):
    """What was done by API and command line is found, in pages."""
    verifier.add_user("alice", "Alice Example")

    async def run(client):
        await client.create_user(models.CreateUserRequest(profile=profile("bob@example.com")))
        creations = 'eventType eq "user.lifecycle.create"'
        made = good(await client.list_log_events(filter=creations, sort_order="DESCENDING"))
        assert [event.target[0].alternate_id for event in made] == ["bob@example.com", "alice"]
        assert made[0].actor.display_name == "administrator"
        first, response, error = await client.list_log_events(limit=1)
        assert error is None and len(first) == 1
        assert PaginationHelper.extract_next_cursor(response.headers)

    ask(run)


def test_tokens_on_the_command_line(verifier, plain):
    """Made, listed and revoked; what a token may not do is refused."""
    made = verifier.run("token", "create", "reader", "--scope", "okta.users.read")
    token = made.stdout.strip()
    assert "not shown again" in made.stderr
    reader = Plain(verifier, token)
    assert reader.send("GET", "/users").status == 200
    refusal = reader.send("GET", "/groups")
    assert (refusal.status, refusal.json()["errorCode"]) == (403, "E0000006")
    listed = verifier.run_json("token", "list")
    assert sorted(each["name"] for each in listed) == ["administrator", "reader"]
    assert not any(token.split(".")[1] in json.dumps(each) for each in listed)
    assert "reader" in verifier.run("token", "list").stdout
    verifier.run("token", "revoke", "reader")
    assert reader.send("GET", "/users").json()["errorCode"] == "E0000011"
    assert plain.send("GET", "/users").status == 200
    assert verifier.run("token", "revoke", "nobody", check=False).returncode == 1
    wrong = verifier.run("token", "create", "x", "--scope", "okta.users.write", check=False)
    assert wrong.returncode == 64 and "okta.users.manage" in wrong.stderr
    log = (verifier.directory / "audit.jsonl").read_text() + (verifier.directory / "verifier.log").read_text()
    assert token.split(".")[1] not in log
