# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""SCIM 2.0, asked by clients that others wrote: scim2-client, and the checks of scim2-tester."""

import pytest

httpx2 = pytest.importorskip("httpx2")
from scim2_client.engines.httpx2 import SyncSCIMClient  # noqa: E402
from scim2_models import PatchOp, PatchOperation  # noqa: E402
from scim2_tester import Status, check_server  # noqa: E402


@pytest.fixture
def verifier(make_verifier):
    """A verifier."""
    return make_verifier().start()


@pytest.fixture
def scim(verifier):
    """The client of a directory, with a token of its own."""
    token = verifier.run_json("token", "create", "directory", "--scope", "countersign.scim.manage")["token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=f"{verifier.issuer}/scim/v2", headers=headers) as client:
        yield SyncSCIMClient(client)


def test_conformance(scim):
    """Every check of the tester's succeeds, but for what docs/scim.md says."""
    scim.discover()
    results = check_server(scim)
    failed = [
        f"{result.title}: {result.reason}"
        for result in results
        if result.status not in (Status.SUCCESS, Status.SKIPPED, Status.COMPLIANT, Status.ACCEPTABLE)
    ]
    # A user is active or not: that is set, and never taken away.
    kept = [failure for failure in failed if "remove" in failure and "'active'" in failure]
    assert len(kept) == 1 and "is true or false, and not removed" in kept[0], failed
    failed = [failure for failure in failed if failure not in kept]
    assert not failed, "\n".join(failed)
    assert sum(result.status == Status.SUCCESS for result in results) > 20


def test_people_and_groups(scim, verifier):
    """Made, put into groups, found, deactivated and deleted; the command line sees the same."""
    scim.discover()
    person, group = scim.get_resource_model("User"), scim.get_resource_model("Group")
    alice = scim.create(
        person.model_validate(
            {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": "alice@example.com",
                "externalId": "e-1",
                "active": True,
                "name": {"givenName": "Alice", "familyName": "Example"},
                "emails": [{"value": "alice@example.com", "type": "work", "primary": True}],
            }
        )
    )
    assert [each["displayName"] for each in verifier.run_json("user", "list")] == ["Alice Example"]
    staff = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Staff"}
    made = scim.create(group.model_validate({**staff, "members": [{"value": alice.id}]}))
    assert [member.value for member in made.members] == [alice.id]
    found = scim.query(person, query_parameters={"filter": 'externalId eq "e-1"'})
    assert [each.id for each in found.resources] == [alice.id]
    operation = PatchOperation(op=PatchOperation.Op.replace_, path="active", value=False)
    scim.modify(person, alice.id, PatchOp[person](operations=[operation]))
    listed = verifier.run_json("user", "list")
    assert [(each["username"], each["status"]) for each in listed] == [("alice@example.com", "deactivated")]
    assert "Staff" in verifier.run("user", "export").stdout
    scim.delete(person, alice.id)
    assert verifier.run_json("user", "list") == []
