# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Attestation objects and assertions, put together with python-fido2 and checked by it."""

import datetime
import hashlib
import json

import fido2.cbor
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2.attestation import FidoU2FAttestation, PackedAttestation
from fido2.cose import CoseKey
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)
from pki import TIME, OldParty, Party, b64, b64u, name, p256, pem, raw_extension, rsa2048, spki

ISSUER = "https://id.example.com"
RP = "id.example.com.countersign.invalid"
CHALLENGE = hashlib.sha256(b"a challenge of the verifier's").digest()
AAGUID = bytes.fromhex("f8a011f38c0a4d15800617111f9edc7d")
OTHER_AAGUID = bytes.fromhex("2fc0579f811347eab116bb5a8db9202a")
ZERO = bytes(16)
AAGUID_OID = "1.3.6.1.4.1.45724.1.1.4"
# Certificates that OpenSSL makes begin today.
TODAY = int(datetime.datetime.now().timestamp()) + 86_400
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80


def sign(key, message: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(hashes.SHA384() if key.curve.key_size == 384 else hashes.SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(message)


def cose_algorithm(key) -> int:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return -35 if key.curve.key_size == 384 else -7
    return -257 if isinstance(key, rsa.RSAPrivateKey) else -8


def cose(key) -> CoseKey:
    return CoseKey.for_alg(cose_algorithm(key)).from_cryptography_key(key.public_key())


def attester(issuer, unit="Authenticator Attestation", aaguid=AAGUID, ca=False, critical=False, country="SE", **more):
    extensions = []
    if aaguid is not None:
        extensions = [raw_extension(AAGUID_OID, b"\x04\x10" + aaguid, critical)]
    subject = name(
        "Test Key Series 1", COUNTRY_NAME=country, ORGANIZATION_NAME="Test Keys", ORGANIZATIONAL_UNIT_NAME=unit
    )
    return Party(subject, issuer=issuer, ca=ca, extensions=extensions, **more)


def client_data(kind="countersign.enroll", challenge=CHALLENGE, origin=ISSUER, cross_origin=False) -> bytes:
    return bytes(CollectedClientData.create(kind, challenge, origin, cross_origin))


def auth_data(key, flags=UP | UV, aaguid=AAGUID, rp=RP, counter=1, extensions=None, credential=True):
    data = AttestedCredentialData.create(aaguid, b"credential-0123456789", cose(key)) if credential else b""
    flags |= (AT if credential else 0) | (ED if extensions else 0)
    return AuthenticatorData.create(hashlib.sha256(rp.encode()).digest(), flags, counter, data, extensions)


def packed(key, chain=None, client=None, data=None, signer=None, **changes):
    """Packed, full where a chain is given, and self otherwise."""
    client, data = client or client_data(), data or auth_data(key)
    signing = signer or (chain[0].key if chain else key)
    statement = {"alg": cose_algorithm(signing), "sig": sign(signing, data + hashlib.sha256(client).digest())}
    if chain:
        statement["x5c"] = [party.der for party in chain]
    statement.update(changes)
    return AttestationObject.create("packed", data, statement), client


def u2f(key, attest, client=None, data=None, chain=None, **more):
    client, data = client or client_data(), data or auth_data(key, UP, ZERO, counter=0)
    public = key.public_key().public_numbers()
    point = b"\x04" + public.x.to_bytes(32, "big") + public.y.to_bytes(32, "big")
    message = b"\0" + data.rp_id_hash + hashlib.sha256(client).digest() + data.credential_data.credential_id + point
    statement = {"sig": sign(attest.key, message), "x5c": [party.der for party in chain or [attest]], **more}
    return AttestationObject.create("fido-u2f", data, statement), client


def agrees(made) -> bool:
    """Whether python-fido2 takes the statement's signature and certificate."""
    obj, client = made
    checker = {"packed": PackedAttestation, "fido-u2f": FidoU2FAttestation}[obj.fmt]()
    try:
        checker.verify(obj.att_stmt, obj.auth_data, hashlib.sha256(client).digest())
        return True
    except Exception:
        return False


def vector(title, key, made, expect, fido2=None, **options):
    obj, client = made
    if fido2 is not None:
        assert agrees(made) is fido2, f"python-fido2 says otherwise: {title}"
    return {
        "name": title,
        "format": "fido2",
        "publicKey": b64(spki(key)),
        "parts": {"attestationObject": b64u(bytes(obj)), "clientDataJSON": b64u(client)},
        "x5c": [],
        "expect": expect,
        **options,
    }


def raw(title, key, cbor: dict, expect, **options):
    """An object that python-fido2 would not make."""
    return {
        "name": title,
        "format": "fido2",
        "publicKey": b64(spki(key)),
        "parts": {"attestationObject": b64u(fido2.cbor.encode(cbor)), "clientDataJSON": b64u(client_data())},
        "x5c": [],
        "expect": expect,
        **options,
    }


def attestations():
    """The vectors, and the anchors that they are checked against."""
    root, stranger = Party("Test Key Root", ca=True), Party("Test Key Root", ca=True)
    middle = Party("Test Key Intermediate", issuer=root, ca=(True, 0))
    batch, deep, foreign = attester(root), attester(middle), attester(stranger)
    key, other = p256(), p256()
    ed, rs, p384 = ed25519.Ed25519PrivateKey.generate(), rsa2048(), ec.generate_private_key(ec.SECP384R1())
    u2f_batch = Party("Test U2F Batch", issuer=root)
    full = packed(key, [batch])
    selfsigned = Party(batch.subject, ca=False, extensions=[raw_extension(AAGUID_OID, b"\x04\x10" + AAGUID)])
    expired = attester(root, end=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc))
    wrong = attester(root, issuer_key=stranger.key)

    def old(subject):
        return OldParty(subject, p256(), root)

    zero_model = auth_data(key, UP, AAGUID, counter=0)
    basic, selfish, none = "hardware basic", "unknown self", "unknown none"
    verifying = {"purpose": "userVerification"}
    vectors = [
        vector("packed full", key, full, basic, True),
        vector("packed full through an intermediate", key, packed(key, [deep, middle]), basic, True),
        vector("packed full with a verified user", key, full, basic, True, **verifying),
        vector("packed full for EdDSA", ed, packed(ed, [batch]), basic, True),
        vector("packed full for RS256", rs, packed(rs, [batch]), basic, True),
        vector("packed full for ES384", p384, packed(p384, [batch]), basic, True),
        vector(
            "packed full without a model in the certificate",
            key,
            packed(key, [attester(root, aaguid=None)]),
            basic,
            True,
        ),
        vector("packed self", key, packed(key), selfish, True),
        vector("packed self for EdDSA", ed, packed(ed), selfish, True),
        vector("packed self for RS256", rs, packed(rs), selfish, True),
        vector("fido-u2f", key, u2f(key, u2f_batch), basic, True),
        vector("none", key, (AttestationObject.create("none", auth_data(key), {}), client_data()), none),
        vector(
            "credProtect 3",
            key,
            packed(key, [batch], data=auth_data(key, extensions={"credProtect": 3})),
            basic,
            True,
            verification="required",
        ),
        vector(
            "credProtect 2",
            key,
            packed(key, [batch], data=auth_data(key, extensions={"credProtect": 2})),
            basic,
            True,
            verification="toldBySignature",
        ),
        vector("an allowed model", key, full, basic, allow=["f8a011f3-8c0a-4d15-8006-17111f9edc7d"]),
        vector(
            "a model that is not allowed", key, full, "modelNotAllowed", allow=["2fc0579f-8113-47ea-b116-bb5a8db9202a"]
        ),
        vector(
            "a stranger's certificate that names an allowed model",
            key,
            packed(key, [foreign]),
            "modelNotAllowed",
            allow=["f8a011f3-8c0a-4d15-8006-17111f9edc7d"],
        ),
        vector(
            "an allowed model that nobody is trusted for",
            key,
            full,
            "modelNotAllowed",
            allow=["f8a011f3-8c0a-4d15-8006-17111f9edc7d"],
            anchors="",
        ),
        vector(
            "self attestation under an allow list",
            key,
            packed(key),
            "modelNotAllowed",
            allow=["f8a011f3-8c0a-4d15-8006-17111f9edc7d"],
        ),
        vector(
            "no attestation under an allow list",
            key,
            (AttestationObject.create("none", auth_data(key), {}), client_data()),
            "modelNotAllowed",
            allow=["f8a011f3-8c0a-4d15-8006-17111f9edc7d"],
        ),
        vector(
            "another challenge", key, packed(key, [batch], client=client_data(challenge=bytes(32))), "challengeMismatch"
        ),
        vector(
            "a shorter challenge",
            key,
            packed(key, [batch], client=client_data(challenge=CHALLENGE[:31])),
            "challengeMismatch",
        ),
        vector(
            "a web registration", key, packed(key, [batch], client=client_data("webauthn.create")), "notOurClientData"
        ),
        vector("a web sign-in", key, packed(key, [batch], client=client_data("webauthn.get")), "notOurClientData"),
        vector(
            "client data of a signature",
            key,
            packed(key, [batch], client=client_data("countersign.sign")),
            "notOurClientData",
        ),
        vector(
            "client data of a frame",
            key,
            packed(key, [batch], client=client_data(cross_origin=True)),
            "notOurClientData",
        ),
        vector("client data that are no JSON", key, (full[0], client_data()[:-1]), "notOurClientData"),
        vector(
            "another origin",
            key,
            packed(key, [batch], client=client_data(origin="https://id.example.org")),
            "originMismatch",
        ),
        vector(
            "another relying party",
            key,
            packed(key, [batch], data=auth_data(key, rp="id.example.com")),
            "relyingPartyMismatch",
            True,
        ),
        vector("nobody present", key, packed(key, [batch], data=auth_data(key, UV)), "userNotPresent", True),
        vector(
            "nobody verified", key, packed(key, [batch], data=auth_data(key, UP)), "userNotVerified", True, **verifying
        ),
        vector(
            "nobody verified and nobody needs to be", key, packed(key, [batch], data=auth_data(key, UP)), basic, True
        ),
        vector(
            "a credential that can be copied",
            key,
            packed(key, [batch], data=auth_data(key, UP | UV | BE)),
            "backupEligible",
            True,
        ),
        vector(
            "a credential that was copied, of a kind that cannot be",
            key,
            packed(key, [batch], data=auth_data(key, UP | UV | BS)),
            "backupEligible",
        ),
        vector("another key", other, full, "keyMismatch"),
        vector("a signature by another key", key, packed(key, [batch], signer=other), "signatureMismatch", False),
        vector("a self signature by another key", key, packed(key, signer=other), "signatureMismatch", False),
        vector("another hash of client data", key, (full[0], client_data() + b" "), "signatureMismatch", False),
        vector("self attestation that claims another algorithm", key, packed(key, alg=-257), "algorithmMismatch"),
        vector("an algorithm that is not the certificate's", key, packed(key, [batch], alg=-257), "algorithmMismatch"),
        vector("an unknown algorithm", key, packed(key, [batch], alg=-65535), "algorithmMismatch"),
        vector("self attestation dressed as basic", key, packed(key, [selfsigned]), "chain untrusted", True),
        vector(
            "a certificate over the credential's own key",
            key,
            packed(key, [Party(batch.subject, key=key, ca=False)]),
            "chain untrusted",
            True,
        ),
        vector("a root of the same name that is not trusted", key, packed(key, [foreign]), "chain untrusted", True),
        vector("a certificate with a foreign signature", key, packed(key, [wrong]), "chain untrusted", True),
        vector("an expired certificate", key, packed(key, [expired]), "chain expired", True),
        vector("checked before its time", key, full, "chain notYetValid", time=int(TIME - 3 * 365 * 86400)),
        vector("the intermediate left out", key, packed(key, [deep]), "chain untrusted", True),
        vector(
            "another model in the certificate",
            key,
            packed(key, [attester(root, aaguid=OTHER_AAGUID)]),
            "modelMismatch",
            False,
        ),
        vector(
            "a critical model extension",
            key,
            packed(key, [attester(root, critical=True)]),
            "certificateProfile modelExtension",
        ),
        vector(
            "a malformed model extension",
            key,
            packed(key, [Party(batch.subject, issuer=root, ca=False, extensions=[raw_extension(AAGUID_OID, AAGUID)])]),
            "certificateProfile modelExtension",
        ),
        vector(
            "another unit in the subject",
            key,
            packed(key, [attester(root, unit="Marketing")]),
            "certificateProfile subject",
            False,
        ),
        vector(
            "no country in the subject",
            key,
            packed(
                key,
                [
                    Party(
                        name(
                            "Key", ORGANIZATION_NAME="Test Keys", ORGANIZATIONAL_UNIT_NAME="Authenticator Attestation"
                        ),
                        issuer=root,
                        ca=False,
                    )
                ],
            ),
            "certificateProfile subject",
            False,
        ),
        vector(
            "no organisation in the subject",
            key,
            packed(
                key,
                [
                    Party(
                        name("Key", COUNTRY_NAME="SE", ORGANIZATIONAL_UNIT_NAME="Authenticator Attestation"),
                        issuer=root,
                        ca=False,
                    )
                ],
            ),
            "certificateProfile subject",
            False,
        ),
        vector(
            "no common name in the subject",
            key,
            packed(key, [Party(nameless(), issuer=root, ca=False)]),
            "certificateProfile subject",
        ),
        vector(
            "two units in the subject",
            key,
            packed(key, [Party(two_units(), issuer=root, ca=False)]),
            "certificateProfile subject",
        ),
        vector(
            "a certificate of version 1",
            key,
            packed(key, [old("/C=SE/O=Test Keys/OU=Authenticator Attestation/CN=Key")]),
            "certificateProfile version",
            False,
            time=TODAY,
        ),
        vector(
            "fido-u2f with a key of another curve",
            key,
            u2f(key, Party("Test U2F Batch", key=p384, issuer=root)),
            "algorithmMismatch",
        ),
        vector(
            "an authority's certificate", key, packed(key, [attester(root, ca=True)]), "certificateProfile isCA", False
        ),
        vector("fido-u2f with a model", key, u2f(key, u2f_batch, data=zero_model), "modelMismatch"),
        vector(
            "fido-u2f that claims a verified user",
            key,
            u2f(key, u2f_batch, data=auth_data(key, UP | UV, ZERO, counter=0)),
            "unexpected authData",
            **verifying,
        ),
        vector(
            "fido-u2f with a counter",
            key,
            u2f(key, u2f_batch, data=auth_data(key, UP, ZERO, counter=1)),
            "unexpected authData",
        ),
        vector("fido-u2f with two certificates", key, u2f(key, u2f_batch, chain=[u2f_batch, root]), "unexpected x5c"),
        vector(
            "fido-u2f by a stranger", key, u2f(key, Party("Test U2F Batch", issuer=stranger)), "chain untrusted", True
        ),
        vector(
            "fido-u2f with a foreign signature",
            key,
            (u2f(key, u2f_batch)[0], client_data() + b" "),
            "signatureMismatch",
            False,
        ),
        vector("fido-u2f for a verified user", key, u2f(key, u2f_batch), "userNotVerified", **verifying),
        vector(
            "none with a statement",
            key,
            (AttestationObject.create("none", auth_data(key), {"sig": b""}), client_data()),
            "unexpected attStmt",
        ),
        vector(
            "a format of TPMs in browsers",
            key,
            (AttestationObject.create("tpm", auth_data(key), {}), client_data()),
            "unsupportedFormat",
        ),
        vector("a member too many in the statement", key, packed(key, [batch], ecdaaKeyId=b""), "unexpected attStmt"),
        vector("a member too many in a self statement", key, packed(key, ecdaaKeyId=b""), "unexpected attStmt"),
        vector("a member too many in a U2F statement", key, u2f(key, u2f_batch, alg=-7), "malformed attStmt"),
        vector(
            "bytes behind the model",
            key,
            packed(
                key,
                [
                    Party(
                        batch.subject,
                        issuer=root,
                        ca=False,
                        extensions=[raw_extension(AAGUID_OID, b"\x04\x10" + AAGUID + b"\0")],
                    )
                ],
            ),
            "certificateProfile modelExtension",
        ),
        vector("no signature", key, packed(key, sig="text"), "malformed attStmt"),
        vector("a chain that is text", key, packed(key, [batch], x5c=["text"]), "malformed x5c"),
        vector("an empty chain", key, packed(key, [batch], x5c=[]), "missing x5c"),
        vector("a chain of nine", key, packed(key, [batch], x5c=[batch.der] * 9), "malformed x5c"),
        vector("a certificate that is none", key, packed(key, [batch], x5c=[b"0"]), "chain malformed"),
        vector(
            "no credential",
            key,
            packed(key, [batch], data=auth_data(key, credential=False)),
            "malformed attestationObject",
        ),
        raw("a member too many", key, members(full, ep=True), "malformed attestationObject"),
        raw("a member missing", key, {"fmt": "none", "attStmt": {}}, "malformed attestationObject"),
        {**vector("a certificate chain beside the object", key, full, "unexpected x5c"), "x5c": [b64(batch.der)]},
    ]
    cut = vector("an object that ends too early", key, full, "malformed attestationObject")
    cut["parts"]["attestationObject"] = b64u(bytes(full[0])[:-1])
    longer = vector("an object with a byte behind", key, full, "malformed attestationObject")
    longer["parts"]["attestationObject"] = b64u(bytes(full[0]) + b"\0")
    missing = vector("no client data", key, full, "missing clientDataJSON")
    del missing["parts"]["clientDataJSON"]
    return vectors + [cut, longer, missing], pem(root.certificate)


def nameless():
    """A subject without a common name."""
    pairs = [
        ("COUNTRY_NAME", "SE"),
        ("ORGANIZATION_NAME", "T"),
        ("ORGANIZATIONAL_UNIT_NAME", "Authenticator Attestation"),
    ]
    return x509.Name([x509.NameAttribute(getattr(x509.NameOID, oid), value) for oid, value in pairs])


def two_units():
    """A subject with a unit too many."""
    more = x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "More")
    return x509.Name([*nameless(), more, x509.NameAttribute(x509.NameOID.COMMON_NAME, "Key")])


def members(made, **more):
    obj, _ = made
    return {"fmt": obj.fmt, "attStmt": dict(obj.att_stmt), "authData": bytes(obj.auth_data), **more}


MESSAGE = b"eyJhbGciOiJGSURPMi1FUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9"


def assertion(title, key, expect, kind="countersign.sign", message=MESSAGE, signer=None, tail=b"", **data):
    origin, rp = data.pop("origin", ISSUER), data.pop("rp", RP)
    client = client_data(kind, data.pop("challenge", hashlib.sha256(message).digest()), origin)
    authenticator = auth_data(key, rp=rp, **{"credential": False, "counter": 7, **data})
    signed = sign(signer or key, authenticator + hashlib.sha256(client).digest())
    if expect.startswith("verified"):
        cose(key).verify(bytes(authenticator) + hashlib.sha256(client).digest(), signed)
    return {
        "name": title,
        "publicKey": b64(spki(key)),
        "authenticatorData": b64u(bytes(authenticator) + tail),
        "clientDataJSON": b64u(client),
        "signature": b64u(signed),
        "expect": expect,
    }


def assertions():
    key, other = p256(), p256()
    ed, rs, p384 = ed25519.Ed25519PrivateKey.generate(), rsa2048(), ec.generate_private_key(ec.SECP384R1())
    good = assertion("ES256 with a verified user", key, "verified up uv 7")
    tampered = {**good, "name": "another signature", "expect": "signatureMismatch"}
    tampered["signature"] = assertion("", key, "challengeMismatch", message=b"another")["signature"]
    return [
        good,
        assertion("ES384", p384, "verified up uv 7"),
        assertion("EdDSA", ed, "verified up uv 7"),
        assertion("RS256", rs, "verified up uv 7"),
        assertion("only a touch", key, "verified up 7", flags=UP),
        assertion("silent", key, "verified 0", flags=0, counter=0),
        assertion("with extensions", key, "verified up uv 7", extensions={"hmac-secret": b"0123456789abcdef"}),
        assertion("the highest counter", key, "verified up uv 4294967295", counter=4294967295),
        assertion("a credential that can be copied", key, "verified up uv be 7", flags=UP | UV | BE),
        assertion("a web sign-in", key, "notOurClientData", kind="webauthn.get"),
        assertion("a web registration", key, "notOurClientData", kind="webauthn.create"),
        assertion("a payment", key, "notOurClientData", kind="payment.get"),
        assertion("an enrolment", key, "notOurClientData", kind="countersign.enroll"),
        assertion("another message", key, "challengeMismatch", message=b"another"),
        assertion("the message itself as challenge", key, "challengeMismatch", challenge=MESSAGE),
        assertion("another origin", key, "originMismatch", origin="https://id.example.org"),
        assertion("an origin with a slash behind", key, "originMismatch", origin=ISSUER + "/"),
        assertion("the web's relying party", key, "relyingPartyMismatch", rp="id.example.com"),
        assertion(
            "another verifier's relying party", key, "relyingPartyMismatch", rp="id.example.org.countersign.invalid"
        ),
        assertion("another key", key, "signatureMismatch", signer=other),
        assertion("data of a registration", key, "unexpectedCredential", credential=True),
        assertion("a byte behind the data", key, "malformed trailingBytes", tail=b"\0"),
        tampered,
    ]


def write_assertions(path):
    document = {"relyingPartyID": RP, "origin": ISSUER, "message": MESSAGE.decode(), "vectors": assertions()}
    path.write_text(json.dumps(document, indent=1) + "\n")
