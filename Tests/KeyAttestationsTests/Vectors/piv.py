# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Statements of PIV cards: certificates shaped like a YubiKey's and like a corporate card's."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509 import ocsp
from fido import CHALLENGE, TODAY
from pki import NOW, OldParty, Party, b64, b64u, p256, pem, raw_extension, rsa2048, spki

YUBICO = "1.3.6.1.4.1.41482.3."
POLICY = "1.3.6.1.4.1.99999.1.1"
DAY = datetime.timedelta(days=1)


def jose(key, challenge=CHALLENGE) -> bytes:
    message = b"countersign-piv-enrollment\0" + challenge
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = key.curve.key_size // 8
        digest = hashes.SHA384() if size == 48 else hashes.SHA256()
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(message)


def statement(title, form, key, chain, expect, signature=None, ocsp_response=None, **options):
    parts = {"signature": b64u(jose(key) if signature is None else signature)}
    if ocsp_response is not None:
        parts["ocsp"] = b64u(ocsp_response)
    return {
        "name": title,
        "format": form,
        "publicKey": b64(spki(key)),
        "parts": parts,
        "x5c": [b64(party.der) for party in chain],
        "expect": expect,
        **options,
    }


def slot(f9, key, firmware=(5, 4, 3), pin=2, touch=1, serial=b"\x02\x04\x01\x30\xa1\xb2", shape=3, name="9a", **more):
    extensions = []
    if firmware is not None:
        extensions.append(raw_extension(YUBICO + "3", bytes(firmware)))
    if serial is not None:
        extensions.append(raw_extension(YUBICO + "7", serial))
    if pin is not None:
        extensions.append(raw_extension(YUBICO + "8", bytes([pin, touch] if isinstance(touch, int) else [pin, *touch])))
    if shape is not None:
        extensions.append(raw_extension(YUBICO + "9", bytes([shape] if isinstance(shape, int) else shape)))
    return Party(f"YubiKey PIV Attestation {name}", key=key, issuer=f9, extensions=extensions, **more)


def yubikeys():
    root = Party("Test PIV Root", key=rsa2048(), ca=True)
    stranger = Party("Test PIV Root", key=rsa2048(), ca=True)
    f9 = Party(
        "Test PIV Attestation", issuer=root, ca=(True, 0), extensions=[raw_extension(YUBICO + "3", bytes([5, 4, 3]))]
    )
    foreign = Party("Test PIV Attestation", issuer=stranger, ca=(True, 0))
    own = Party("Test PIV Attestation", ca=(True, 0))
    not_authority = Party("Test PIV Attestation", issuer=root)
    batch = Party("Test PIV Batch", issuer=root, ca=(True, 1))
    deep = Party("Test PIV Attestation B", issuer=batch, ca=(True, 0))
    key, other, p384, ed, rs = (
        p256(),
        p256(),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa2048(),
    )

    def piv(title, expect, chain, key=key, **options):
        return statement(title, "yubikey-piv", key, chain, expect, **options)

    good, uv = slot(f9, key), {"purpose": "userVerification"}
    vectors = [
        piv(
            "a slot's key",
            "hardware basic",
            [good, f9],
            serial=19964338,
            firmware="5.4.3",
            pin="once",
            touch="never",
            shape=3,
        ),
        piv("for user verification", "hardware basic", [good, f9], **uv),
        piv(
            "always PIN, cached touch",
            "hardware basic",
            [slot(f9, key, pin=3, touch=3), f9],
            pin="always",
            touch="cached",
            **uv,
        ),
        piv(
            "never PIN, always touch",
            "hardware basic",
            [slot(f9, key, pin=1, touch=2), f9],
            pin="never",
            touch="always",
        ),
        piv("a fingerprint", "hardware basic", [slot(f9, key, pin=5, shape=7), f9], pin="matchAlways", shape=7, **uv),
        piv("a FIPS key", "hardware basic", [slot(f9, key, shape=0x81), f9], fips=True, shape=1),
        piv("no serial number shown", "hardware basic", [slot(f9, key, serial=None, shape=None), f9], shape=0),
        piv("P-384", "hardware basic", [slot(f9, p384), f9], key=p384),
        piv("Ed25519", "hardware basic", [slot(f9, ed), f9], key=ed),
        piv("RSA", "hardware basic", [slot(f9, rs), f9], key=rs),
        piv("through the maker's batch", "hardware basic", [slot(deep, key), deep, batch]),
        piv("the batch not sent", "chain untrusted", [slot(deep, key), deep]),
        piv(
            "the batch given by the administrator",
            "hardware basic",
            [slot(deep, key), deep],
            anchors=pem(root.certificate, batch.certificate),
        ),
        piv("never PIN for user verification", "verificationNotEnforced", [slot(f9, key, pin=1), f9], **uv),
        piv("another key", "keyMismatch", [slot(f9, other), f9]),
        piv("a signature over another challenge", "signatureMismatch", [good, f9], signature=jose(key, bytes(32))),
        piv("a signature by another key", "signatureMismatch", [good, f9], signature=jose(other)),
        piv("an empty signature", "signatureMismatch", [good, f9], signature=b""),
        piv("f9 by a stranger", "chain untrusted", [slot(foreign, key), foreign]),
        piv("f9 replaced by the owner's", "chain untrusted", [slot(own, key), own]),
        piv("f9 that may not certify", "chain violation", [slot(not_authority, key), not_authority]),
        piv(
            "a slot's certificate that certifies another",
            "chain violation",
            [slot(good, other, name="9c"), good, f9],
            key=other,
        ),
        piv("a slot's certificate signed by another", "chain badSignature", [slot(f9, key, issuer_key=other), f9]),
        piv("a slot's certificate of an authority", "certificateProfile isCA", [slot(f9, key, ca=True), f9]),
        piv("f9 missing", "certificateProfile issuer", [good]),
        piv("another certificate in f9's place", "certificateProfile issuer", [good, batch, f9]),
        piv("issued by the root itself", "certificateProfile issuer", [slot(root, key), root]),
        piv("no certificates", "missing x5c", []),
        piv("no firmware", "certificateProfile factsExtension", [slot(f9, key, firmware=None), f9]),
        piv("a firmware of two numbers", "certificateProfile factsExtension", [slot(f9, key, firmware=(5, 4)), f9]),
        piv("no policies", "certificateProfile factsExtension", [slot(f9, key, pin=None), f9]),
        piv("policies of three bytes", "certificateProfile factsExtension", [slot(f9, key, touch=(1, 1)), f9]),
        piv("an unknown PIN policy", "certificateProfile factsExtension", [slot(f9, key, pin=9), f9]),
        piv("an unknown touch policy", "certificateProfile factsExtension", [slot(f9, key, touch=9), f9]),
        piv(
            "a negative serial number", "certificateProfile factsExtension", [slot(f9, key, serial=b"\x02\x01\xff"), f9]
        ),
        piv(
            "a serial number of five bytes",
            "certificateProfile factsExtension",
            [slot(f9, key, serial=b"\x02\x05\x01\x00\x00\x00\x00"), f9],
        ),
        piv(
            "bytes behind the serial number",
            "certificateProfile factsExtension",
            [slot(f9, key, serial=b"\x02\x01\x01\x00"), f9],
        ),
        piv("a form factor of two bytes", "certificateProfile factsExtension", [slot(f9, key, shape=(1, 1)), f9]),
        piv(
            "a certificate of version 1",
            "certificateProfile version",
            [OldParty("/CN=YubiKey PIV Attestation 9a", key, f9), f9],
            time=TODAY,
        ),
        piv("old firmware", "firmwareNotAllowed", [good, f9], minimumFirmware="5.7.0"),
        piv("new enough firmware", "hardware basic", [good, f9], minimumFirmware="5.4.3"),
        piv(
            "RSA of a firmware that made it badly", "firmwareNotAllowed", [slot(f9, rs, firmware=(4, 3, 4)), f9], key=rs
        ),
        piv("RSA of the first such firmware", "firmwareNotAllowed", [slot(f9, rs, firmware=(4, 2, 6)), f9], key=rs),
        piv("RSA of the firmware before", "hardware basic", [slot(f9, rs, firmware=(4, 2, 5)), f9], key=rs),
        piv("RSA of the firmware after", "hardware basic", [slot(f9, rs, firmware=(4, 3, 5)), f9], key=rs),
        piv("P-256 of the same firmware", "hardware basic", [slot(f9, key, firmware=(4, 3, 4)), f9]),
        piv("an expired certificate", "chain expired", [slot(f9, key, end=datetime.datetime(2026, 1, 1)), f9]),
    ]
    return vectors, pem(root.certificate)


def crl(issuer, revoked=(), last=NOW - DAY, following=NOW + 30 * DAY, key=None):
    builder = (
        x509.CertificateRevocationListBuilder().issuer_name(issuer.subject).last_update(last).next_update(following)
    )
    for party in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(party.certificate.serial_number).revocation_date(last)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key or issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def ocsp_response(
    party, issuer, status="GOOD", responder=None, key=None, this=NOW - DAY, following=NOW + DAY, digest=None
):
    revoked = status == "REVOKED"
    if key is not None:
        # Somebody with another key and the issuer's name.
        responder = Party(issuer.subject, key=key, ca=True)
    responder = responder or issuer
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=party.certificate,
            issuer=issuer.certificate,
            algorithm=digest or hashes.SHA1(),
            cert_status=ocsp.OCSPCertStatus[status],
            this_update=this,
            next_update=following,
            revocation_time=this if revoked else None,
            revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME, responder.certificate)
    )
    if responder is not issuer:
        builder = builder.certificates([responder.certificate])
    return builder.sign(responder.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def usage(digital_signature=True, key_encipherment=False):
    return (
        x509.KeyUsage(digital_signature, False, key_encipherment, False, False, False, False, False, False),
        True,
    )


def cards():
    root = Party("Test Card Root", ca=True)
    issuing = Party("Test Card Issuing", issuer=root, ca=(True, 0))
    other_root = Party("Test Server Root", ca=True)
    other_issuing = Party("Test Card Issuing", issuer=other_root, ca=(True, 0))
    key, other = p256(), p256()
    policies = (x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(POLICY), None)]), False)
    other_policies = (
        x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(POLICY + "1"), None)]),
        False,
    )
    leaf = Party("Alice Example", key=key, issuer=issuing, extensions=[usage(), policies])
    answers = (x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING]), False)
    responder = Party("Test Responder", issuer=issuing, extensions=[usage(), answers])
    no_responder = Party("Test Responder", issuer=issuing, extensions=[usage()])
    chain, lists = [leaf, issuing], [crl(issuing), crl(root)]

    def piv(title, expect, chain=chain, key=key, lists=(), **options):
        return statement(title, "piv-certificate", key, chain, expect, crls=[b64(one) for one in lists], **options)

    leaf_policy, whole, off = {"revocation": "leaf"}, {"revocation": "chain"}, {"revocation": "off"}
    vectors = [
        piv("a card of the organisation", "hardware basic", known=False),
        piv("revocation not looked at", "hardware basic", **off),
        piv("a list without it", "hardware basic", lists=lists, known=True, **leaf_policy),
        piv("lists for the whole chain", "hardware basic", lists=lists, known=True, **whole),
        piv(
            "the issuer's list alone where the whole chain counts", "chain revocationUnknown", lists=lists[:1], **whole
        ),
        piv("no list where one is wanted", "chain revocationUnknown", **leaf_policy),
        piv("the root's list alone", "chain revocationUnknown", lists=lists[1:], **leaf_policy),
        piv("on the list", "chain revoked", lists=[crl(issuing, [leaf])]),
        piv("on an old list", "chain revoked", lists=[crl(issuing, [leaf], NOW - 60 * DAY, NOW - 30 * DAY)]),
        piv(
            "on a list that somebody else signed",
            "hardware basic",
            lists=[crl(issuing, [leaf], key=other)],
            known=False,
        ),
        piv("on a list, and not looked at", "hardware basic", lists=[crl(issuing, [leaf])], **off),
        piv("another on the list", "hardware basic", lists=[crl(issuing, [responder])], known=True, **leaf_policy),
        piv("the issuer on the root's list", "chain revoked", lists=[crl(root, [issuing])]),
        piv(
            "an old list",
            "chain revocationUnknown",
            lists=[crl(issuing, (), NOW - 60 * DAY, NOW - 30 * DAY)],
            **leaf_policy,
        ),
        piv("a list of tomorrow", "chain revocationUnknown", lists=[crl(issuing, (), NOW + DAY)], **leaf_policy),
        piv(
            "a list that somebody else signed",
            "chain revocationUnknown",
            lists=[crl(issuing, key=other)],
            **leaf_policy,
        ),
        piv(
            "a list of another issuer of the same name",
            "chain revocationUnknown",
            lists=[crl(other_issuing)],
            **leaf_policy,
        ),
        piv("a good answer", "hardware basic", ocsp_response=ocsp_response(leaf, issuing), known=True, **leaf_policy),
        piv(
            "a good answer named by SHA-256",
            "hardware basic",
            ocsp_response=ocsp_response(leaf, issuing, digest=hashes.SHA256()),
            known=True,
            **leaf_policy,
        ),
        piv(
            "a good answer without an end",
            "hardware basic",
            ocsp_response=ocsp_response(leaf, issuing, this=NOW - DAY / 2, following=None),
            known=True,
            **leaf_policy,
        ),
        piv(
            "an answer without an end, two days old",
            "chain revocationUnknown",
            ocsp_response=ocsp_response(leaf, issuing, this=NOW - 2 * DAY, following=None),
            **leaf_policy,
        ),
        piv(
            "an answer of a delegate",
            "hardware basic",
            ocsp_response=ocsp_response(leaf, issuing, responder=responder),
            known=True,
            **leaf_policy,
        ),
        piv(
            "an answer of one who is no delegate",
            "chain revocationUnknown",
            ocsp_response=ocsp_response(leaf, issuing, responder=no_responder),
            **leaf_policy,
        ),
        piv(
            "an answer signed by another key",
            "chain revocationUnknown",
            ocsp_response=ocsp_response(leaf, issuing, key=other),
            **leaf_policy,
        ),
        piv(
            "an answer about another card",
            "chain revocationUnknown",
            ocsp_response=ocsp_response(responder, issuing),
            **leaf_policy,
        ),
        piv(
            "an answer that does not know",
            "chain revocationUnknown",
            ocsp_response=ocsp_response(leaf, issuing, "UNKNOWN"),
            **leaf_policy,
        ),
        piv(
            "an old answer",
            "chain revocationUnknown",
            ocsp_response=ocsp_response(leaf, issuing, this=NOW - 9 * DAY, following=NOW - 2 * DAY),
            **leaf_policy,
        ),
        piv(
            "an answer of tomorrow",
            "chain revocationUnknown",
            ocsp_response=ocsp_response(leaf, issuing, this=NOW + DAY, following=NOW + 2 * DAY),
            **leaf_policy,
        ),
        piv("a revoking answer", "chain revoked", ocsp_response=ocsp_response(leaf, issuing, "REVOKED")),
        piv(
            "a revoking answer beside a clean list",
            "chain revoked",
            lists=lists,
            ocsp_response=ocsp_response(leaf, issuing, "REVOKED"),
            **leaf_policy,
        ),
        piv(
            "a revoking answer of a stranger",
            "hardware basic",
            ocsp_response=ocsp_response(leaf, issuing, "REVOKED", key=other),
            known=False,
        ),
        piv("an answer that is none", "malformed ocsp", ocsp_response=b"0"),
        piv(
            "a refusal to answer",
            "malformed ocsp",
            ocsp_response=ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
                serialization.Encoding.DER
            ),
        ),
        piv("under a policy that is asked for", "hardware basic", policies=[POLICY, "1.2.3"]),
        piv("under no policy that is asked for", "certificateProfile purpose", policies=["1.2.3"]),
        piv(
            "under a policy that begins alike",
            "certificateProfile purpose",
            [Party("Alice Example", key=key, issuer=issuing, extensions=[usage(), other_policies]), issuing],
            policies=[POLICY],
        ),
        piv(
            "without policies",
            "certificateProfile purpose",
            [Party("Alice Example", key=key, issuer=issuing), issuing],
            policies=[POLICY],
        ),
        piv("another key", "keyMismatch", [Party("Alice Example", key=other, issuer=issuing), issuing]),
        piv("a signature over another challenge", "signatureMismatch", signature=jose(key, bytes(32))),
        piv("a signature by another key", "signatureMismatch", signature=jose(other)),
        piv(
            "a certificate for encryption",
            "certificateProfile keyUsage",
            [Party("Alice Example", key=key, issuer=issuing, extensions=[usage(False, True)]), issuing],
        ),
        piv(
            "an authority's certificate",
            "certificateProfile isCA",
            [Party("Alice Example", key=key, issuer=issuing, ca=True), issuing],
        ),
        piv(
            "another organisation's",
            "chain untrusted",
            [Party("Alice Example", key=key, issuer=other_issuing), other_issuing],
        ),
        piv("self-signed", "chain untrusted", [Party("Alice Example", key=key)]),
        piv("without its issuer", "chain untrusted", [leaf]),
        piv(
            "without its issuer, which the administrator gave",
            "hardware basic",
            [leaf],
            anchors=pem(root.certificate, issuing.certificate),
        ),
        piv(
            "expired",
            "chain expired",
            [Party("Alice Example", key=key, issuer=issuing, end=datetime.datetime(2026, 1, 1)), issuing],
        ),
        piv("no certificates", "missing x5c", []),
        piv("no anchors", "noTrustAnchors", anchors=""),
    ]
    return vectors, pem(root.certificate)
