# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A verifier whose certificate a private authority signed: how agents are told to trust it."""

import pytest
from harness.certificates import issue
from harness.page import SignInWithoutBrowser

SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}


@pytest.fixture
def private(make_verifier, place):
    """A running verifier with a certificate that nothing here trusts, and that certificate."""
    certificate = issue(place / "private", "localhost", "127.0.0.1")
    verifier = make_verifier(certificate=certificate, sign_in=SILENT)
    return verifier, certificate


def test_private_authority_is_named_by_a_file(private, make_agent, make_app):
    """Without the file nothing is sent; with it this device enrols and signs in."""
    verifier, certificate = private
    app = make_app(verifier)
    verifier.start()
    verifier.add_user("alice")
    agent = make_agent()
    code = verifier.code("alice")
    refused = agent.enroll(verifier.issuer, code, check=False)
    assert refused.returncode == 3 and "could not prove who it is" in refused.stderr, refused.stderr
    missing = agent.enroll(
        verifier.issuer, code, check=False, environment={"COUNTERSIGN_CA_FILE": str(agent.directory / "none.pem")}
    )
    assert missing.returncode == 3 and "none.pem" in missing.stderr, missing.stderr
    agent.environment["COUNTERSIGN_CA_FILE"] = str(certificate.authority)
    agent.enroll(verifier.issuer, code)
    agent.start(environment={"COUNTERSIGN_CA_FILE": str(certificate.authority)})
    result = app.finish_url(SignInWithoutBrowser(app.authorize_url()).complete("alice"))
    assert "claims" in result, result


def test_file_stands_in_place_of_the_systems_authorities(tls_identity, make_verifier, make_agent, place):
    """An authority that the machine trusts is not trusted where a file names another."""
    verifier = make_verifier(certificate=tls_identity.certificate, sign_in=SILENT).start()
    verifier.add_user("alice")
    agent = make_agent()
    other = issue(place / "other", "localhost")
    code = verifier.code("alice")
    refused = agent.enroll(
        verifier.issuer, code, check=False, environment={"COUNTERSIGN_CA_FILE": str(other.authority)}
    )
    assert refused.returncode == 3 and "could not prove who it is" in refused.stderr, refused.stderr
    agent.enroll(verifier.issuer, code)
