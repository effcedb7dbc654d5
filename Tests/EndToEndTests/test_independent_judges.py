# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What real agents enrolled and signed, judged by programs that nobody here wrote: OpenSSL, python-fido2, tpm2-tools.

Each enrolment and sign-in is written down by a proxy before the verifier. What a judge takes, it refuses with one byte
changed.
"""

import base64
import json

import pytest
from cryptography import exceptions, x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from fido2.attestation import AttestationVerifier, InvalidSignature, UntrustedAttestation
from fido2.cose import CoseKey
from fido2.webauthn import AttestationObject, AuthenticatorData
from harness.certificates import issue
from harness.hardware import PIN, VERIFYING
from harness.independent_judges import (
    OpenSSL,
    Recorded,
    TPMTools,
    der_signature,
    jwk_pem,
    sha256,
    with_a_byte_changed,
)
from raw_jose import decode, encode

PURPOSES = ("proofOfPossession", "userVerification")
RP_ID = b"localhost.countersign.invalid"


@pytest.fixture
def openssl(place):
    """OpenSSL's command line."""
    return OpenSSL(place / "openssl")


@pytest.fixture
def stranger(place):
    """An authority that certified none of the devices, in PEM."""
    return issue(place / "stranger", "stranger.test").authority


@pytest.fixture
def recorded(make_world, make_agent, hardware, recorder):
    """Enrols an agent with the devices of the test, signs in, and gives what went over the wire."""

    def make(*options):
        agent = make_agent(environment=hardware.environment)
        agent.person.will(pins=[PIN])
        world = make_world(
            issuer=f"http://localhost:{recorder.port}", agent=agent, enroll=None, sign_in=VERIFYING,
            attestation=hardware.attestation,
        )  # fmt: skip
        recorder.start(world.verifier.port)
        world.enroll(*options)
        assert world.sign_in()["acr"] == "phrh"
        return Recorded.by(recorder)

    return make


def same_key(first, second):
    """Whether two keys in PEM are one."""
    return load_pem_public_key(first) == load_pem_public_key(second)


def check_sign_in(openssl, recorded, pem):
    """The sign-in's response is signed by a key, as OpenSSL says; and no other response would be."""
    data, signature = recorded.signed
    assert openssl.verifies(pem, data, der_signature(signature))
    assert not openssl.verifies(pem, with_a_byte_changed(data), der_signature(signature))
    assert not openssl.verifies(pem, data, der_signature(with_a_byte_changed(signature)))


# FIDO2


class Maker(AttestationVerifier):
    """python-fido2's own verifier, which trusts one root."""

    def __init__(self, root):
        super().__init__()
        self._root = root

    def ca_lookup(self, attestation_result, auth_data):
        """The root of all models."""
        return self._root


def test_a_security_key_by_python_fido2_and_openssl(recorded, security_key, openssl, stranger):
    """Its attestations, of both keys, and the assertion of a sign-in."""
    record = recorded("--key", "fido2")
    root = security_key.root.read_bytes()
    other = x509.load_pem_x509_certificate(stranger.read_bytes()).public_bytes(Encoding.DER)
    for purpose in PURPOSES:
        made, _ = record.statement(purpose)
        attestation, client_data = AttestationObject(made["attestationObject"]), json.loads(made["clientDataJSON"])
        assert client_data["type"] == "countersign.enroll"
        assert decode(client_data["challenge"]) == record.challenge
        client_hash = sha256(made["clientDataJSON"])
        # The library's own judgement: the statement's signature, and the chain to the maker.
        Maker(root).verify_attestation(attestation, client_hash)
        with pytest.raises(UntrustedAttestation):
            Maker(other).verify_attestation(attestation, client_hash)
        with pytest.raises(InvalidSignature):
            Maker(root).verify_attestation(attestation, with_a_byte_changed(client_hash))
        data = attestation.auth_data
        assert data.rp_id_hash == sha256(RP_ID)
        assert data.is_user_verified() or purpose == "proofOfPossession"
        # The key that was attested is the one that was enrolled.
        jwk = record.jwk(purpose)
        assert (data.credential_data.public_key[-2], data.credential_data.public_key[-3]) == (
            decode(jwk["x"]),
            decode(jwk["y"]),
        )
        # The same by OpenSSL.
        leaf = openssl.certificate("batch", attestation.att_stmt["x5c"][0])
        assert openssl.trusts(leaf, openssl.certificate("maker", root))
        assert not openssl.trusts(leaf, stranger)
        signed, signature = bytes(data) + client_hash, attestation.att_stmt["sig"]
        assert openssl.verifies(openssl.public_key(leaf), signed, signature)
        assert not openssl.verifies(openssl.public_key(leaf), with_a_byte_changed(signed, 40), signature)


def test_an_assertion_by_python_fido2_and_openssl(recorded, security_key, openssl):
    """A sign-in's signature is an assertion over the response, for nobody but the verifier, of a verified person."""
    record = recorded("--key", "fido2")
    signed, octets = record.signed
    assertion = {name: decode(text) for name, text in json.loads(octets).items()}
    client_data = json.loads(assertion["clientDataJSON"])
    assert client_data["type"] == "countersign.sign"
    assert client_data["challenge"] == encode(sha256(signed))
    assert client_data["challenge"] != encode(sha256(with_a_byte_changed(signed)))
    data = AuthenticatorData(assertion["authenticatorData"])
    assert data.rp_id_hash == sha256(RP_ID)
    assert data.is_user_present() and data.is_user_verified()
    made, _ = record.statement("userVerification")
    key = CoseKey.parse(AttestationObject(made["attestationObject"]).auth_data.credential_data.public_key)
    message = bytes(data) + sha256(assertion["clientDataJSON"])
    key.verify(message, assertion["signature"])
    pem = jwk_pem(record.jwk("userVerification"))
    assert openssl.verifies(pem, message, assertion["signature"])
    for wrong in (with_a_byte_changed(message), with_a_byte_changed(message, 32)):
        with pytest.raises(exceptions.InvalidSignature):
            key.verify(wrong, assertion["signature"])
        assert not openssl.verifies(pem, wrong, assertion["signature"])


# PIV


def test_a_smart_card_by_openssl_and_yubicos_tool(recorded, smart_card, openssl, stranger):
    """Each slot's chain, the proof that the card was there, the sign-in; what the card tells Yubico's tool."""
    record = recorded("--key", "piv")
    root = openssl.certificate("yubico", smart_card.root.read_bytes())
    for purpose, slot in zip(PURPOSES, ("9e", "9a"), strict=True):
        made, chain = record.statement(purpose)
        leaf, issuer = (
            openssl.certificate(name, base64.b64decode(der)) for name, der in zip(("slot", "f9"), chain, strict=True)
        )
        assert openssl.trusts(leaf, root, issuer)
        assert not openssl.trusts(leaf, root)
        assert not openssl.trusts(leaf, stranger, issuer)
        changed = with_a_byte_changed(base64.b64decode(chain[0]))
        assert not openssl.trusts(openssl.certificate("changed", changed), root, issuer)
        pem = openssl.public_key(leaf)
        assert same_key(pem, jwk_pem(record.jwk(purpose)))
        # The card signed the verifier's bytes.
        message = b"countersign-piv-enrollment\0" + record.challenge
        assert openssl.verifies(pem, message, der_signature(made["signature"]))
        assert not openssl.verifies(pem, with_a_byte_changed(message), der_signature(made["signature"]))
        # Yubico's tool gets an attestation of the same key from the card, by the same f9.
        smart_card.piv_tool("--action", "attest", "--slot", slot, "--output", f"attested-{slot}.pem")
        asked = smart_card.place / f"attested-{slot}.pem"
        assert openssl.trusts(asked, root, issuer)
        assert same_key(openssl.public_key(asked), pem)
        smart_card.piv_tool("--action", "read-certificate", "--slot", "f9", "--output", "f9.pem")
        assert same_key(openssl.public_key(smart_card.place / "f9.pem"), openssl.public_key(issuer))
    check_sign_in(openssl, record, jwk_pem(record.jwk("userVerification")))


# TPM


def test_a_tpm_by_tpm2_tools_and_openssl(recorded, tpm, place, openssl, stranger):
    """The maker's certificate, the certification of each key over the verifier's bytes, and the sign-in."""
    record = recorded("--key", "tpm", "--user-verification")
    identity = record.attestations["tpm"]
    endorsement = openssl.certificate("endorsement", base64.b64decode(identity["endorsementCertificates"][0]))
    assert openssl.trusts(endorsement, tpm.makers)
    assert not openssl.trusts(endorsement, stranger)
    tools = TPMTools(place / "tpm2-tools", tpm)
    assert same_key(openssl.public_key(endorsement), tools.pem("endorsement", decode(identity["endorsementKey"])))
    attesting, _ = tools.load("attesting", decode(identity["attestationKey"]))
    for purpose in PURPOSES:
        made, _ = record.statement(purpose)
        assert made["attestationKey"] == decode(identity["attestationKey"])
        assert tools.verifies(attesting, made["certifyInfo"], made["signature"])
        for at in (-1, 8, len(made["certifyInfo"]) // 2):
            assert not tools.verifies(attesting, with_a_byte_changed(made["certifyInfo"], at), made["signature"])
        # What was certified: the enrolled key by its name, for the verifier's bytes.
        said = tools.attested(made["certifyInfo"])
        _, name = tools.load(purpose, made["publicArea"])
        # TPM_GENERATED_VALUE, TPM_ST_ATTEST_CERTIFY; the key's name and qualified name at the end (Part 2 §10.12).
        assert (said["magic"], said["type"]) == ("ff544347", "8017"), said
        assert said["extraData"] == sha256(record.challenge).hex()
        assert made["certifyInfo"][-72:-34].startswith(len(name).to_bytes(2, "big") + name)
        assert same_key(tools.pem(purpose, made["publicArea"]), jwk_pem(record.jwk(purpose)))
        # A key that the TPM's lockout guards otherwise (noDA) has another name.
        _, other = tools.load("other", with_a_byte_changed(made["publicArea"], 6, by=4))
        assert other != name
    check_sign_in(openssl, record, jwk_pem(record.jwk("userVerification")))
