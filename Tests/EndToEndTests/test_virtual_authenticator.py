# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""
The virtual security key against programs that nobody here wrote.

What the product makes on such a key is verified by a library that nobody here wrote, too.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import load_der_x509_certificate
from fido2.attestation import (
    FidoU2FAttestation,
    InvalidSignature,
    NoneAttestation,
    PackedAttestation,
    verify_x509_chain,
)
from fido2.cose import CoseKey
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, CredentialManagement, Ctap2
from fido2.ctap2.pin import PinProtocolV1, PinProtocolV2
from fido2.webauthn import AttestationObject, AuthenticatorData
from harness import pcscd
from harness.processes import wait_until
from harness.security_keys import Programs, VirtualKey, in_background, key_on_reader, python_device

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("COUNTERSIGN_PROGRAMS", ROOT / ".build/debug")) / "virtual-devices"

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists() or not shutil.which("fido2-token"), reason="virtual-devices is not built, or no fido2-tools"
)


@pytest.fixture
def make_key(place):
    """Makes virtual keys; they are ended at the end."""
    made = []

    def make(*options):
        made.append(VirtualKey(PROGRAM, place / f"key-{len(made)}", *options))
        return made[-1]

    yield make
    for key in made:
        key.stop()


def encoded(data):
    """Base64 as fido2-tools want it."""
    return base64.b64encode(data).decode()


def decoded(text):
    """Bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# fido2-tools


def test_token_lists_and_describes(make_key, preload):
    """fido2-token finds the key and reads what it says of itself."""
    key = make_key("--product", "Key of a Test")
    programs = Programs(preload, key)
    assert "Key of a Test" in programs.succeed("fido2-token", "-L")
    described = programs.succeed("fido2-token", "-I", key.path)
    assert "FIDO_2_1" in described and "pin retries: 8" in described and "noclientPin" in described


def test_token_sets_and_changes_the_pin(make_key, preload):
    """fido2-token sets a PIN and changes it; the old one is wrong then, and costs a try."""
    key = make_key()
    programs = Programs(preload, key)
    assert programs.converse(f"fido2-token -S {key.path}", ("PIN", "1234"), ("again", "1234"))[0] == 0
    status, _ = programs.converse(
        f"fido2-token -C {key.path}", ("current", "1234"), ("new PIN", "56789"), ("again", "56789")
    )
    assert status == 0
    status, said = programs.converse(
        f"fido2-token -C {key.path}", ("current", "1234"), ("new PIN", "1111"), ("again", "1111")
    )
    assert status != 0 and "FIDO_ERR_PIN_INVALID" in said
    assert "pin retries: 7" in programs.succeed("fido2-token", "-I", key.path)
    status, said = programs.converse(f"fido2-token -S {key.path}", ("PIN", "4321"), ("again", "4321"))
    assert status != 0


def test_wrong_pins_block_the_key(make_key, preload):
    """Three wrong PINs in a row want the key unplugged, and eight are the end but for a reset."""
    key = make_key("--pin", "1234")
    programs = Programs(preload, key)
    says = []
    for number in range(10):
        status, said = programs.converse(f"fido2-token -I -c {key.path}", ("PIN", f"9{number:03}"))
        assert status != 0
        says.append(said)
        if "PIN_AUTH_BLOCKED" in said:
            assert "PIN_AUTH_BLOCKED" in programs.converse(f"fido2-token -I -c {key.path}", ("PIN", "1234"))[1]
            assert (key.tell("unplug"), key.tell("plug")) == ("ok", "ok")
        if "PIN_BLOCKED" in said:
            break
    assert [line.split("FIDO_ERR_")[1].split()[0] for line in says] == (
        ["PIN_INVALID", "PIN_INVALID", "PIN_AUTH_BLOCKED"] * 2 + ["PIN_INVALID", "PIN_BLOCKED"]
    )
    key.tell("unplug"), key.tell("plug")
    assert "PIN_BLOCKED" in programs.converse(f"fido2-token -I -c {key.path}", ("PIN", "1234"))[1]
    assert programs.run("fido2-token", "-R", key.path).returncode == 0
    assert "noclientPin" in programs.succeed("fido2-token", "-I", key.path)


@pytest.mark.parametrize("algorithm", ["es256", "eddsa", "rs256"])
@pytest.mark.parametrize("attestation", ["packed", "self"])
def test_credentials_and_assertions_verify(make_key, preload, place, algorithm, attestation):
    """fido2-cred and fido2-assert make and verify; what was tampered with does not verify."""
    key = make_key("--attestation", attestation)
    programs = Programs(preload, key)
    challenge = encoded(os.urandom(32))
    made = programs.succeed(
        "fido2-cred", "-M", key.path, algorithm, input=f"{challenge}\nexample.org\nbob\n{encoded(os.urandom(16))}\n"
    )
    verified = programs.run("fido2-cred", "-V", algorithm, input=made)
    assert verified.returncode == 0, verified.stderr
    credential = verified.stdout.splitlines()[0]
    public_key = place / "key.pem"
    public_key.write_text("\n".join(verified.stdout.splitlines()[1:]) + "\n")
    assertion = programs.succeed(
        "fido2-assert", "-G", key.path, input=f"{challenge}\nexample.org\n{credential}\n"
    )
    assert programs.run("fido2-assert", "-V", public_key, algorithm, input=assertion).returncode == 0
    lines = assertion.splitlines()
    lines[0] = encoded(os.urandom(32))
    assert programs.run("fido2-assert", "-V", public_key, algorithm, input="\n".join(lines) + "\n").returncode != 0
    lines = made.splitlines()
    lines[0] = encoded(os.urandom(32))
    assert programs.run("fido2-cred", "-V", algorithm, input="\n".join(lines) + "\n").returncode != 0


def test_hmac_secret_is_the_credentials_own(make_key, preload):
    """fido2-assert gets the same secret for the same salt, and another for another."""
    key = make_key()
    programs = Programs(preload, key)
    challenge = encoded(os.urandom(32))
    made = programs.succeed(
        "fido2-cred", "-M", "-h", key.path, input=f"{challenge}\nexample.org\nbob\n{encoded(os.urandom(16))}\n"
    )
    credential = programs.succeed("fido2-cred", "-V", "-h", input=made).splitlines()[0]

    def secret(salt):
        output = programs.succeed(
            "fido2-assert", "-G", "-h", key.path, input=f"{challenge}\nexample.org\n{credential}\n{encoded(salt)}\n"
        )
        return output.splitlines()[-1]

    assert secret(b"a" * 32) == secret(b"a" * 32) != secret(b"b" * 32)


def test_discoverable_credentials_are_listed_and_deleted(make_key, preload):
    """fido2-token lists a discoverable credential by the PIN, and deletes it."""
    key = make_key("--pin", "1234")
    programs = Programs(preload, key)
    output = programs.succeed(
        PROGRAM, "sign", "--use", "verification", "--pin", "1234", "--discoverable"
    )
    assert "assertion" in output
    status, said = programs.converse(f"fido2-token -L -r {key.path}", ("PIN", "1234"))
    assert status == 0 and "id.example.com.countersign.invalid" in said
    status, said = programs.converse(
        f"fido2-token -L -k id.example.com.countersign.invalid {key.path}", ("PIN", "1234")
    )
    assert status == 0 and "es256" in said
    credential = said.strip().splitlines()[-1].split()[1]
    assert programs.converse(f"fido2-token -D -i {credential} {key.path}", ("PIN", "1234"))[0] == 0
    assert programs.converse(f"fido2-token -D -i {credential} {key.path}", ("PIN", "1234"))[0] != 0


# python-fido2


@pytest.mark.parametrize("protocol", [PinProtocolV1, PinProtocolV2])
def test_pin_protocols_with_permissions(make_key, protocol):
    """python-fido2 gets a token by either protocol; one for another permission or relying party is refused."""
    key = make_key("--pin", "1234")
    ctap = Ctap2(python_device(key))
    pin = ClientPin(ctap, protocol())
    with pytest.raises(CtapError) as refused:
        pin.get_pin_token("9999", ClientPin.PERMISSION.MAKE_CREDENTIAL, "example.org")
    assert refused.value.code == CtapError.ERR.PIN_INVALID and pin.get_pin_retries()[0] == 7
    digest = os.urandom(32)

    def make(token, relying_party="example.org"):
        return ctap.make_credential(
            digest,
            {"id": relying_party, "name": "Example"},
            {"id": b"1", "name": "bob"},
            [{"type": "public-key", "alg": -7}],
            options={"rk": True},
            pin_uv_param=protocol().authenticate(token, digest),
            pin_uv_protocol=protocol.VERSION,
        )

    wrong = pin.get_pin_token("1234", ClientPin.PERMISSION.GET_ASSERTION, "example.org")
    for token, relying_party in [
        (wrong, "example.org"),
        (pin.get_pin_token("1234", ClientPin.PERMISSION.MAKE_CREDENTIAL, "example.com"), "example.org"),
        (os.urandom(32), "example.org"),
    ]:
        with pytest.raises(CtapError) as refused:
            make(token, relying_party)
        assert refused.value.code == CtapError.ERR.PIN_AUTH_INVALID
    token = pin.get_pin_token("1234", ClientPin.PERMISSION.MAKE_CREDENTIAL, "example.org")
    made = make(token)
    assert made.auth_data.flags & AuthenticatorData.FLAG.UV
    with pytest.raises(CtapError):  # a touch uses the token up
        make(token)
    with pytest.raises(CtapError) as refused:
        ctap.make_credential(
            digest,
            {"id": "example.org", "name": "Example"},
            {"id": b"1", "name": "bob"},
            [{"type": "public-key", "alg": -7}],
            options={"rk": True},
        )
    assert refused.value.code == CtapError.ERR.PUAT_REQUIRED
    PackedAttestation().verify(made.att_stmt, made.auth_data, digest)
    with pytest.raises(InvalidSignature):
        PackedAttestation().verify(made.att_stmt, made.auth_data, os.urandom(32))
    manager = CredentialManagement(
        ctap, protocol(), pin.get_pin_token("1234", ClientPin.PERMISSION.CREDENTIAL_MGMT)
    )
    assert manager.get_metadata()[CredentialManagement.RESULT.EXISTING_CRED_COUNT] == 1


def test_several_assertions(make_key):
    """python-fido2 walks through the assertions of all discoverable credentials, each by its own key."""
    key = make_key()
    ctap = Ctap2(python_device(key))
    digest = os.urandom(32)
    keys = {}
    for number in range(3):
        made = ctap.make_credential(
            digest,
            {"id": "example.org", "name": "Example"},
            {"id": bytes([number]), "name": f"user{number}"},
            [{"type": "public-key", "alg": -8}],
            options={"rk": True},
        )
        keys[made.auth_data.credential_data.credential_id] = made.auth_data.credential_data.public_key
    assertions = ctap.get_assertions("example.org", digest)
    assert len(assertions) == 3
    for assertion in assertions:
        assertion.verify(digest, CoseKey.parse(keys.pop(assertion.credential["id"])))
    assert not keys


def test_cancel_ends_the_wait(make_key):
    """A key that waits for a touch says so, and stops when it is told."""
    from threading import Event

    key = make_key("--touch", "never")
    ctap = Ctap2(python_device(key))
    event, states = Event(), []
    wait = in_background(
        lambda: ctap.selection(event=event, on_keepalive=lambda status: (states.append(status), event.set()))
    )
    with pytest.raises(CtapError) as ended:
        wait()
    assert ended.value.code == CtapError.ERR.KEEPALIVE_CANCEL and states


# What the product makes


def parsed(output):
    """The lines that `virtual-devices sign` prints."""
    lines = [line.split(" ", 1) for line in output.splitlines()]
    return {name: value for name, value in lines}, [json.loads(value) for name, value in lines if name == "assertion"]


def check_assertion(assertion, public_key, message, flags):
    """Verifies an assertion by python-fido2's means alone."""
    data = AuthenticatorData(decoded(assertion["authenticatorData"]))
    client_data = decoded(assertion["clientDataJSON"])
    collected = json.loads(client_data)
    assert collected["type"] == "countersign.sign" and collected["origin"] == "https://id.example.com"
    assert decoded(collected["challenge"]) == hashlib.sha256(message).digest()
    assert data.rp_id_hash == hashlib.sha256(b"id.example.com.countersign.invalid").digest()
    assert data.flags & 0x05 == flags
    signed = bytes(data) + hashlib.sha256(client_data).digest()
    public_key.verify(signed, decoded(assertion["signature"]))
    with pytest.raises(Exception):
        public_key.verify(signed + b"x", decoded(assertion["signature"]))
    return data.counter


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_the_products_credential_verifies_independently(make_key, preload, algorithm):
    """python-fido2 verifies the attestation, up to the maker's root, and every assertion of the product's."""
    key = make_key("--pin", "1234", "--algorithms", algorithm)
    output = Programs(preload, key).succeed(
        PROGRAM, "sign", "--use", "verification", "--pin", "1234", "--count", "2"
    )
    values, assertions = parsed(output)
    statement = AttestationObject(decoded(values["attestationObject"]))
    client_data = decoded(values["clientDataJSON"])
    assert json.loads(client_data)["type"] == "countersign.enroll"
    result = PackedAttestation().verify(statement.att_stmt, statement.auth_data, hashlib.sha256(client_data).digest())
    root = key.root.read_bytes()
    verify_x509_chain([*result.trust_path, root])
    assert load_der_x509_certificate(result.trust_path[0]).issuer == load_der_x509_certificate(root).subject
    public_key = statement.auth_data.credential_data.public_key
    assert (
        CoseKey.for_alg(public_key[3]).from_cryptography_key(load_der_public_key(decoded(values["publicKey"])))
        == public_key
    )
    counters = [
        check_assertion(assertion, public_key, f"message {number}".encode(), 0x05)
        for number, assertion in enumerate(assertions)
    ]
    assert counters == sorted(set(counters)) and len(counters) == 2


@pytest.mark.parametrize(
    "options, kind",
    [(["--model", "u2f"], FidoU2FAttestation), (["--attestation", "none"], NoneAttestation)],
)
def test_other_forms_of_attestation_verify(make_key, preload, options, kind):
    """python-fido2 takes the forms fido-u2f and none as the product writes them."""
    key = make_key(*options)
    values, assertions = parsed(Programs(preload, key).succeed(PROGRAM, "sign", "--use", "presence"))
    statement = AttestationObject(decoded(values["attestationObject"]))
    digest = hashlib.sha256(decoded(values["clientDataJSON"])).digest()
    kind().verify(statement.att_stmt, statement.auth_data, digest)
    check_assertion(assertions[0], statement.auth_data.credential_data.public_key, b"message 0", 0x01)


def test_two_programs_share_a_key(make_key, preload):
    """Two processes that sign at once with one key wait for each other, and both succeed."""
    key = make_key("--pin", "1234")
    programs = Programs(preload, key)
    both = [
        programs.start(PROGRAM, "sign", "--use", "verification", "--pin", "1234", "--count", "5") for _ in range(2)
    ]
    for process in both:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        values, assertions = parsed(output)
        public_key = AttestationObject(decoded(values["attestationObject"])).auth_data.credential_data.public_key
        for number, assertion in enumerate(assertions):
            check_assertion(assertion, public_key, f"message {number}".encode(), 0x05)


def test_a_key_pulled_out_of_a_program_is_told_of(make_key, preload):
    """A program whose key is pulled out while it waits for a touch ends at once, with a reason."""
    key = make_key("--touch", "hand")
    process = Programs(preload, key).start(PROGRAM, "sign", "--use", "presence")
    wait_until(lambda: key.tell("state") == "waiting", 20, what="the key to wait for its touch")
    key.tell("unplug")
    started = time.monotonic()
    _, errors = process.communicate(timeout=20)
    assert process.returncode != 0 and "was unplugged" in errors
    # Its own patience would be thirty seconds.
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("model, use, flags", [("modern", "verification", 0x05), ("u2f", "presence", 0x01)])
def test_a_key_on_a_reader(place, model, use, flags):
    """Through the real pcscd and a reader the product finds the key, makes a credential, and signs."""
    if obstacle := pcscd.obstacle():
        pytest.skip(obstacle)
    key, environment = key_on_reader(
        PROGRAM, place / "reader", "--model", model, *(["--pin", "1234"] if model == "modern" else [])
    )
    try:

        def run(*arguments):
            return subprocess.run(
                [str(PROGRAM), *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
            )

        wait_until(lambda: "reader=true" in run("list").stdout, 30, what="the key on its reader")
        signed = run("sign", "--use", use, "--count", "2", *(["--pin", "1234"] if model == "modern" else []))
        assert signed.returncode == 0, signed.stderr
        values, assertions = parsed(signed.stdout)
        public_key = AttestationObject(decoded(values["attestationObject"])).auth_data.credential_data.public_key
        for number, assertion in enumerate(assertions):
            check_assertion(assertion, public_key, f"message {number}".encode(), flags)
    finally:
        key.stop()
