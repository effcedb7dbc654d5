# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Files like the FIDO Metadata Service's, and attestations that are judged by them."""

import datetime
import json

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from fido import AAGUID, OTHER_AAGUID, attester, packed, sign, u2f, vector
from pki import Party, b64, b64u, p256, pem, rsa2048

SIGNER = "mds.fidoalliance.org"


def dns(host):
    return (x509.SubjectAlternativeName([x509.DNSName(host)]), False)


def uuid(aaguid: bytes) -> str:
    text = aaguid.hex()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


def blob(chain, payload, alg=None, key=None, **header):
    key = key or chain[0].key
    is_ec = isinstance(key, ec.EllipticCurvePrivateKey)
    head = {"alg": alg or ("ES256" if is_ec else "RS256"), "typ": "JWT", "x5c": [b64(c.der) for c in chain], **header}
    text = b64u(json.dumps(head).encode()) + "." + b64u(json.dumps(payload).encode())
    signature = sign(key, text.encode())
    if is_ec:
        r, s = decode_dss_signature(signature)
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return text + "." + b64u(signature)


MODEL = uuid(AAGUID)


def report(status, date="2026-01-01", **more):
    return {"status": status, "effectiveDate": date, **more}


def entry(roots, reports=(), aaguid=AAGUID, protection=("hardware", "secure_element"), **more):
    named = {"aaguid": uuid(aaguid)} if aaguid else {}
    return {
        **named,
        "metadataStatement": {
            "legalHeader": "Test only.",
            "description": "Test Key Series 1",
            "keyProtection": list(protection),
            "attestationTypes": ["basic_full"],
            "attestationRootCertificates": [b64(root.der) for root in roots],
            "icon": "data:image/png;base64,AAAA",
        },
        "statusReports": [report("FIDO_CERTIFIED_L1", "2024-01-01"), *reports],
        "timeOfLastStatusChange": "2026-01-01",
        **more,
    }


def document(entries, number=7, following="2026-07-01"):
    return {"legalHeader": "Test only.", "no": number, "nextUpdate": following, "entries": entries}


def vectors():
    web = Party("Test Web Root", key=rsa2048(), ca=True)
    web_issuing = Party("Test Web Issuing", key=rsa2048(), issuer=web, ca=(True, 0))
    stranger = Party("Test Web Root", key=rsa2048(), ca=True)
    service = Party(SIGNER, key=rsa2048(), issuer=web_issuing, extensions=[dns(SIGNER)])
    ec_service = Party(SIGNER, issuer=web_issuing, extensions=[dns(SIGNER)])
    shop = Party("shop.example.com", issuer=web_issuing, extensions=[dns("shop.example.com")])
    chain, maker, other_maker, key = [service, web_issuing], Party("Maker", ca=True), Party("Maker", ca=True), p256()
    batch, u2f_batch = attester(maker), Party("U2F Batch", issuer=maker)
    full = vector("", key, packed(key, [batch]), "")
    self_made = vector("", key, packed(key), "")
    u2f_made = vector("", key, u2f(key, u2f_batch), "")
    identifier = x509.SubjectKeyIdentifier.from_public_key(u2f_batch.key.public_key()).digest.hex()
    plain = document([entry([maker]), entry([other_maker], aaguid=OTHER_AAGUID)])

    def case(title, expect, text=None, statement=full, **options):
        return {**statement, "name": title, "expect": expect, "blob": text or blob(chain, plain), **options}

    def listed(title, expect, *entries, statement=full, **options):
        return case(title, expect, blob(chain, document(list(entries))), statement, **options)

    own_key_compromise = report("ATTESTATION_KEY_COMPROMISE", certificate=b64(batch.der))
    other_compromise = report("ATTESTATION_KEY_COMPROMISE", certificate=b64(u2f_batch.der))
    good = blob(chain, plain)
    late = blob(chain, document([entry([maker], [report("REVOKED")])], following="2026-04-01"))
    head, body, signature = good.split(".")
    cases = [
        case("metadata with RS256", "hardware basic", number=7, description="Test Key Series 1"),
        case("metadata with ES256", "hardware basic", blob([ec_service, web_issuing], plain)),
        case("a line feed behind", "hardware basic", good + "\n"),
        case(
            "metadata with a foreign signature",
            "blob signatureMismatch",
            f"{head}.{b64u(json.dumps(document([])).encode())}.{signature}",
        ),
        case("metadata signed by another key", "blob signatureMismatch", blob(chain, plain, key=rsa2048())),
        case(
            "metadata of a stranger's root",
            "blob chain untrusted",
            blob([Party(SIGNER, issuer=stranger, extensions=[dns(SIGNER)])], plain),
        ),
        case(
            "metadata signed for another host under the same root", "blob wrongSigner", blob([shop, web_issuing], plain)
        ),
        case(
            "metadata whose signer has expired",
            "blob chain expired",
            blob(
                [
                    Party(SIGNER, issuer=web_issuing, extensions=[dns(SIGNER)], end=datetime.datetime(2026, 1, 1)),
                    web_issuing,
                ],
                plain,
            ),
        ),
        case("metadata without a chain", "blob malformed", blob([], plain, key=service.key, x5c=None)),
        case("metadata with an empty chain", "blob chain malformed", blob([], plain, key=service.key)),
        case("metadata of alg none", "blob unsupported", blob(chain, plain, alg="none")),
        case("metadata of an alg that is not the key's", "blob unsupported", blob(chain, plain, alg="ES256")),
        case("metadata with a critical header", "blob unsupported", blob(chain, plain, crit=["exp"])),
        case("metadata of two parts", "blob malformed", f"{head}.{body}"),
        case("metadata without a number", "blob malformed", blob(chain, {"nextUpdate": "2026-07-01", "entries": []})),
        case("metadata with an impossible day", "blob malformed", blob(chain, document([], following="2026-13-01"))),
        *[
            case(f"metadata due on {day}", "blob malformed", blob(chain, document([], following=day)))
            for day in ("2026-7-01", "2026-07", "2026-07-01-01", "2026-07-32", "2026-07-00", "20x6-07-01", "2026-07-1x")
        ],
        case("an edition older than the last", "blob olderThanLast", leastNumber=8),
        case("the last edition again", "hardware basic", leastNumber=7),
        case(
            "metadata a little late", "hardware basic", blob(chain, document([entry([maker])], following="2026-05-15"))
        ),
        case(
            "metadata much too late",
            "metadataOutdated",
            blob(chain, document([entry([maker])], following="2026-04-01")),
        ),
        case("a revoked model in metadata much too late", "metadataOutdated", late),
        case("a revoked model's self attestation, much too late", "metadataOutdated", late, self_made),
        listed("a model that is not listed, and no other anchors", "noTrustAnchors"),
        listed("a model that is not listed, and an anchor", "hardware basic", anchors=pem(maker.certificate)),
        listed("a model with another root", "chain untrusted", entry([other_maker])),
        listed(
            "a model with another root, and an anchor",
            "hardware basic",
            entry([other_maker]),
            anchors=pem(maker.certificate),
        ),
        listed(
            "a model with another root, under an allow list", "modelNotAllowed", entry([other_maker]), allow=[MODEL]
        ),
        listed("a model that is not listed, under an allow list", "modelNotAllowed", allow=[MODEL]),
        listed("a model under an allow list", "hardware basic", entry([maker]), allow=[MODEL]),
        listed("a model without roots", "noTrustAnchors", entry([])),
        listed("a model without roots, and an anchor", "hardware basic", entry([]), anchors=pem(maker.certificate)),
        listed(
            "a model with another model's root",
            "chain untrusted",
            entry([other_maker]),
            entry([maker], aaguid=OTHER_AAGUID),
        ),
        listed("a model whose batch is listed itself", "hardware basic", entry([batch])),
        listed("a model in software", "unknown basic", entry([maker], protection=["software"])),
        listed(
            "a model in software and hardware", "unknown basic", entry([maker], protection=["hardware", "software"])
        ),
        listed("a model without protection", "unknown basic", entry([maker], protection=[])),
        listed("a trusted execution environment", "hardware basic", entry([maker], protection=["tee"])),
        *[
            listed(
                f"a model reported {status}",
                f"modelReported {status}",
                entry([maker], [report(status), report("UPDATE_AVAILABLE")]),
            )
            for status in [
                "REVOKED",
                "USER_VERIFICATION_BYPASS",
                "ATTESTATION_KEY_COMPROMISE",
                "USER_KEY_REMOTE_COMPROMISE",
                "USER_KEY_PHYSICAL_COMPROMISE",
            ]
        ],
        listed("a report of a later day", "hardware basic", entry([maker], [report("REVOKED", "2026-12-01")])),
        listed("a report without a day", "modelReported REVOKED", entry([maker], [{"status": "REVOKED"}])),
        listed(
            "a report about a certificate that is no compromise of its key",
            "modelReported REVOKED",
            entry([maker], [report("REVOKED", certificate=b64(u2f_batch.der))]),
        ),
        listed("an update", "hardware basic", entry([maker], [report("UPDATE_AVAILABLE")])),
        listed(
            "this batch's key compromised",
            "modelReported ATTESTATION_KEY_COMPROMISE",
            entry([maker], [own_key_compromise]),
        ),
        listed("another batch's key compromised", "hardware basic", entry([maker], [other_compromise])),
        listed(
            "a report, and an anchor of the administrator's",
            "modelReported REVOKED",
            entry([maker], [report("REVOKED")]),
            anchors=pem(maker.certificate),
        ),
        listed("self attestation of a model", "unknown self", entry([maker]), statement=self_made),
        listed(
            "self attestation of a revoked model",
            "modelReported REVOKED",
            entry([maker], [report("REVOKED")]),
            statement=self_made,
        ),
        listed(
            "a U2F key by its identifier",
            "hardware basic",
            entry([maker], aaguid=None, attestationCertificateKeyIdentifiers=[identifier]),
            statement=u2f_made,
        ),
        listed(
            "a U2F key by its identifier among such that are none",
            "hardware basic",
            entry(
                [maker],
                aaguid=None,
                attestationCertificateKeyIdentifiers=["", "ab", "g" * 40, identifier + "00", identifier.upper()],
            ),
            statement=u2f_made,
        ),
        listed(
            "a revoked U2F key by its identifier",
            "modelReported REVOKED",
            entry([maker], [report("REVOKED")], aaguid=None, attestationCertificateKeyIdentifiers=[identifier]),
            statement=u2f_made,
        ),
        listed("a U2F key that is not listed", "noTrustAnchors", entry([maker]), statement=u2f_made),
    ]
    return cases, pem(web.certificate)
