# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The virtual PIV card, seen by programs that nobody here wrote: Yubico's, OpenSC's, and OpenSSL."""

import os
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from harness.processes import wait_until
from harness.smart_cards import READER, SmartCardStack, obstacle

BUILT = Path(os.environ.get("COUNTERSIGN_PROGRAMS", Path(__file__).resolve().parents[2] / ".build" / "debug"))
PIN = "123456"


@pytest.fixture
def make_stack(place):
    """Makes stacks of pcscd and card; they are stopped at the end."""
    reason = obstacle(BUILT)
    if reason:
        pytest.skip(reason)
    made = []

    def make(*options):
        made.append(SmartCardStack(BUILT, place / f"stack-{len(made)}", *options))
        return made[-1]

    yield make
    for stack in made:
        stack.stop()


@pytest.fixture
def stack(make_stack):
    """A YubiKey whose management key is for triple DES, which Debian's yubico-piv-tool knows."""
    return make_stack("--firmware", "5.4.3")


def test_yubico_piv_tool_sees_a_yubikey(stack):
    """Version, serial number and tries are read."""
    status = stack.piv_tool("--action", "status")
    assert "5.4.3" in status
    assert "12345678" in status
    assert "PIN tries left:\t3" in status


@pytest.mark.parametrize("algorithm", ["ECCP256", "ECCP384", "RSA2048"])
def test_yubico_piv_tool_makes_a_key_and_signs(stack, algorithm):
    """A key is made on the card, its certificate imported, and a signature verified by OpenSSL."""
    stack.piv_tool("--action", "generate", "--slot", "9a", "--algorithm", algorithm, "--output", "public.pem")
    (stack.place / "data").write_bytes(b"hello")
    digest = "SHA384" if algorithm == "ECCP384" else "SHA256"
    stack.piv_tool(
        *("--action", "verify-pin", "--pin", PIN, "--sign", "--slot", "9a", "--algorithm", algorithm),
        *("--hash", digest, "--input", "data", "--output", "signature"),
    )
    stack.succeed("openssl", "dgst", f"-{digest.lower()}", "-verify", "public.pem", "-signature", "signature", "data")


def test_a_certificate_is_imported_and_read_back(stack):
    """What PUT DATA wrote, GET DATA reads, in more parts than one."""
    stack.piv_tool("--action", "generate", "--slot", "9a", "--algorithm", "RSA2048", "--output", "public.pem")
    stack.succeed("openssl", "genpkey", "-algorithm", "RSA", "-out", "ca.key")
    stack.succeed(
        *("openssl", "x509", "-new", "-force_pubkey", "public.pem", "-subj", "/CN=Alice", "-signkey", "ca.key"),
        *("-out", "alice.pem"),
    )
    stack.piv_tool("--action", "import-certificate", "--slot", "9a", "--input", "alice.pem")
    read = stack.succeed("yubico-piv-tool", "--reader", "Virtual", "--action", "read-certificate", "--slot", "9a")
    assert x509.load_pem_x509_certificate(read.encode()).subject.rfc4514_string() == "CN=Alice"


def test_yubico_piv_tool_counts_the_tries_and_unblocks(stack):
    """Wrong PINs are counted, lock the card, and the PUK opens it."""
    for left in (2, 1, 0):
        result = stack.run("yubico-piv-tool", "--reader", "Virtual", "--action", "verify-pin", "--pin", "000000")
        assert result.returncode != 0
        wanted = f"{left} tries left" if left else "blocked"
        assert wanted in result.stdout + result.stderr
    locked = stack.run("yubico-piv-tool", "--reader", "Virtual", "--action", "verify-pin", "--pin", PIN)
    assert locked.returncode != 0
    stack.piv_tool("--action", "unblock-pin", "--pin", "12345678", "--new-pin", "654321")
    stack.piv_tool("--action", "verify-pin", "--pin", "654321")


def test_the_attestation_chain_verifies(stack):
    """The slot's attestation leads to the maker's root, by OpenSSL."""
    stack.piv_tool("--action", "generate", "--slot", "9c", "--algorithm", "ECCP256", "--output", "public.pem")
    (stack.place / "slot.pem").write_text(
        stack.succeed("yubico-piv-tool", "--reader", "Virtual", "--action", "attest", "--slot", "9c")
    )
    issuer = stack.succeed("yubico-piv-tool", "--reader", "Virtual", "--action", "read-certificate", "--slot", "f9")
    (stack.place / "issuer.pem").write_text(issuer)
    stack.succeed("openssl", "x509", "-inform", "DER", "-in", "root.der", "-out", "root.pem")
    stack.succeed("openssl", "verify", "-CAfile", "root.pem", "-untrusted", "issuer.pem", "slot.pem")
    certificate = x509.load_pem_x509_certificate((stack.place / "slot.pem").read_bytes())
    assert certificate.public_key() == serialization.load_pem_public_key((stack.place / "public.pem").read_bytes())
    policy = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.4.1.41482.3.8"))
    assert policy.value.value == bytes([3, 1])


def test_a_wrong_management_key_makes_nothing(stack):
    """Without the management key there is no key."""
    result = stack.run(
        *("yubico-piv-tool", "--reader", "Virtual", "--key", "ff" * 24, "--action", "generate", "--slot", "9a")
    )
    assert result.returncode != 0


def test_opensc_writes_and_reads_a_plain_card(make_stack):
    """OpenSC's tools know the card, show it the management key, write a certificate, and find it."""
    stack = make_stack("--style", "nist")
    assert "Personal Identity Verification Card" in stack.succeed("opensc-tool", "--name")
    (stack.place / "key").write_text(":".join(["01:02:03:04:05:06:07:08"] * 3))
    make = "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Carol", "-out", "carol.pem"
    stack.succeed(*make, "-keyout", "carol.key")
    write = "env", "PIV_EXT_AUTH_KEY=key", "piv-tool", "--admin", "M:9B:03", "--cert", "9A", "--in", "carol.pem"
    # piv-tool 0.23 ends with a number of its own where all went well.
    assert "failed" not in stack.run(*write).stderr
    read = stack.succeed("pkcs15-tool", "--read-certificate", "01")
    read = read[read.index("-----BEGIN") :].encode()
    assert x509.load_pem_x509_certificate(read) == x509.load_pem_x509_certificate(
        (stack.place / "carol.pem").read_bytes()
    )
    (stack.place / "key").write_text(":".join(["11:02:03:04:05:06:07:08"] * 3))
    assert "admin_mode failed" in stack.run(*write).stderr


def test_pkcs15_tool_lists_what_a_corporate_card_holds(make_stack):
    """A certificate that Yubico's tool wrote is found by OpenSC."""
    stack = make_stack("--firmware", "5.4.3")
    stack.piv_tool("--action", "generate", "--slot", "9a", "--algorithm", "ECCP256", "--output", "public.pem")
    stack.succeed("openssl", "genpkey", "-algorithm", "RSA", "-out", "ca.key")
    stack.succeed(
        *("openssl", "x509", "-new", "-force_pubkey", "public.pem", "-subj", "/CN=Alice", "-signkey", "ca.key"),
        *("-out", "alice.pem"),
    )
    stack.piv_tool("--action", "import-certificate", "--slot", "9a", "--input", "alice.pem")
    listed = stack.succeed("pkcs15-tool", "--list-certificates", "--list-pins")
    assert "Certificate for PIV Authentication" in listed
    read = stack.succeed("pkcs15-tool", "--read-certificate", "01")
    assert "BEGIN CERTIFICATE" in read
    stack.succeed("pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", PIN)
    (stack.place / "digest").write_bytes(bytes(32))
    stack.succeed(
        *("pkcs15-crypt", "--sign", "--key", "01", "--pin", PIN, "--input", "digest", "--output", "signature"),
        *("--signature-format", "openssl", "--raw"),
    )
    public = serialization.load_pem_public_key((stack.place / "public.pem").read_bytes())
    public.verify((stack.place / "signature").read_bytes(), bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))


def ykman(stack, *arguments, **options):
    """Runs ykman on the card, which looks to it like one that is held to a reader."""
    program = Path(sys.executable).parent / "ykman"
    return stack.succeed(program, "--reader", READER, *arguments, **options)


def test_ykman_makes_certifies_and_attests_a_key(make_stack):
    """The newest of Yubico's tools: AES management key, metadata, RSA, certificate, attestation."""
    stack = make_stack("--contactless", "yes")
    information = ykman(stack, "piv", "info")
    assert "PIV version:              5.7.1" in information
    ykman(
        stack,
        *("piv", "keys", "generate", "--algorithm", "RSA2048", "--pin-policy", "ALWAYS", "9c", "public.pem"),
        input="\n",
    )
    ykman(stack, "piv", "certificates", "generate", "--subject", "CN=Bob", "--pin", PIN, "9c", "public.pem", input="\n")
    ykman(stack, "piv", "keys", "attest", "9c", "slot.pem")
    certificate = x509.load_pem_x509_certificate((stack.place / "slot.pem").read_bytes())
    assert certificate.public_key() == serialization.load_pem_public_key((stack.place / "public.pem").read_bytes())
    ykman(stack, "piv", "certificates", "export", "9c", "bob.pem")
    bob = x509.load_pem_x509_certificate((stack.place / "bob.pem").read_bytes())
    bob.public_key().verify(bob.signature, bob.tbs_certificate_bytes, padding.PKCS1v15(), hashes.SHA256())
    assert "CN=Bob" in ykman(stack, "piv", "info")


def test_ykman_changes_pin_and_management_key(make_stack):
    """PIN, PUK and a protected AES management key."""
    stack = make_stack("--contactless", "yes")
    ykman(stack, "piv", "access", "change-pin", "--pin", PIN, "--new-pin", "654321")
    ykman(
        stack,
        *("piv", "access", "change-management-key", "--algorithm", "AES256", "--generate", "--protect"),
        *("--pin", "654321", "--management-key", "0102030405060708" * 3, "--force"),
    )
    assert "Management key is stored on the YubiKey, protected by PIN" in ykman(stack, "piv", "info")
    ykman(stack, "piv", "keys", "generate", "--algorithm", "ED25519", "--pin", "654321", "9a", "public.pem")


def test_a_card_that_is_pulled_out_is_noticed(stack):
    """pcscd sees the card go and come."""
    stack.tell("pull")
    listed = "opensc-tool", "--list-readers"
    wait_until(lambda: "Yes" not in stack.run(*listed).stdout, 30, what="the card to be gone")
    stack.tell("insert")
    wait_until(lambda: "Yes" in stack.run(*listed).stdout, 30, what="the card to be back")
    stack.piv_tool("--action", "status")


def test_a_touch_that_never_comes_ends_the_signature(make_stack):
    """Without a touch there is no signature."""
    stack = make_stack("--firmware", "5.4.3", "--touch", "never")
    stack.piv_tool("--action", "generate", "--slot", "9a", "--algorithm", "ECCP256", "--touch-policy", "always")
    (stack.place / "data").write_bytes(b"hello")
    result = stack.run(
        *("yubico-piv-tool", "--reader", "Virtual", "--action", "verify-pin", "--pin", PIN, "--sign", "--slot", "9a"),
        *("--algorithm", "ECCP256", "--hash", "SHA256", "--input", "data", "--output", "signature"),
    )
    assert result.returncode != 0
    assert stack.commands()[1] == 0
