# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Chains of certificates, each checked by OpenSSL's command line as well."""

import datetime
import json
import pathlib
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from piv import crl
from pki import TIME, OldParty, Party, b64, pem, raw_extension, rsa2048

PAST, FUTURE = datetime.datetime(2026, 1, 1), datetime.datetime(2027, 1, 1)


def openssl_accepts(chain, anchors, crls, time, partial) -> bool:
    """What `openssl verify` says."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "leaf").write_text(pem(chain[0].certificate))
        (folder / "anchors").write_text(pem(*[party.certificate for party in anchors]))
        command = ["openssl", "verify", "-no-CApath", "-no-CAstore", "-attime", str(time), "-auth_level", "2"]
        command += ["-CAfile", str(folder / "anchors")]
        if len(chain) > 1:
            (folder / "others").write_text(pem(*[party.certificate for party in chain[1:]]))
            command += ["-untrusted", str(folder / "others")]
        if partial:
            command.append("-partial_chain")
        if crls:
            lists = [x509.load_der_x509_crl(one) for one in crls]
            (folder / "lists").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in lists))
            command += ["-crl_check", "-CRLfile", str(folder / "lists")]
        result = subprocess.run(command + [str(folder / "leaf")], capture_output=True, text=True, check=False)
        return result.returncode == 0


def case(title, expect, chain, anchors, crls=(), time=TIME, partial=False, differs=False):
    agreed = openssl_accepts(chain, anchors, crls, time, partial)
    assert agreed is ((expect == "verified") is not differs), f"openssl verify says otherwise: {title}"
    return {
        "name": title,
        "expect": expect,
        "chain": [b64(party.der) for party in chain],
        "anchors": pem(*[party.certificate for party in anchors]),
        "crls": [b64(one) for one in crls],
        "time": time,
        "partial": partial,
    }


def cases():
    root = Party("Root", key=rsa2048(), ca=True)
    ec_root = Party("Root EC", key=ec.generate_private_key(ec.SECP384R1()), ca=True)
    ed_root = Party("Root Ed", key=ed25519.Ed25519PrivateKey.generate(), ca=True)
    p521_root = Party("Root 521", key=ec.generate_private_key(ec.SECP521R1()), ca=True)
    small_root = Party("Root 1024", key=rsa.generate_private_key(65537, 1024), ca=True)
    twin = Party("Root", key=rsa2048(), ca=True)
    middle = Party("Middle", issuer=root, ca=(True, 0))
    lower = Party("Lower", issuer=middle, ca=True)
    not_ca = Party("Middle", issuer=root, ca=False)
    bare = Party("Middle", issuer=root)
    old = Party("Middle", issuer=root, ca=(True, 0), end=PAST)
    leaf = Party("Leaf", issuer=middle, ca=False)
    narrow = Party(
        "Middle",
        issuer=root,
        ca=True,
        extensions=[(x509.NameConstraints([x509.DNSName("example.com")], None), True)],
    )
    outside = Party(
        "Leaf", issuer=narrow, extensions=[(x509.SubjectAlternativeName([x509.DNSName("example.org")]), False)]
    )
    inside = Party(
        "Leaf", issuer=narrow, extensions=[(x509.SubjectAlternativeName([x509.DNSName("a.example.com")]), False)]
    )
    good, end = [leaf, middle], {"partial": True}
    weak = OldParty("/CN=Leaf", rsa2048(), root, "sha1")
    next_root = Party("Root", issuer=root, ca=True)
    path = [root]
    for number in range(9):
        path.insert(0, Party(f"Level {number}", issuer=path[0], ca=True))
    # As many as can be sent, and the others from the administrator's file.
    longest, longer = [Party("Leaf", issuer=path[1]), *path[1:8]], [Party("Leaf", issuer=path[0]), *path[:7]]
    numbered = [raw_extension(f"1.2.3.{number}", b"\x05\0") for number in range(65)]
    revoked = sorted([leaf, inside, outside], key=lambda party: -party.certificate.serial_number)
    today = int(datetime.datetime.now().timestamp()) + 86_400
    return [
        case("RSA root, P-256 leaf", "verified", good, [root]),
        case("P-384 root", "verified", [Party("Leaf", issuer=ec_root)], [ec_root]),
        case("Ed25519 root", "verified", [Party("Leaf", issuer=ed_root)], [ed_root]),
        case(
            "P-521 root, whose key nothing else here speaks", "verified", [Party("Leaf", issuer=p521_root)], [p521_root]
        ),
        case("the root sent along", "verified", [*good, root], [root]),
        case("certificates in another order", "verified", [leaf, root, middle], [root]),
        case("a foreign certificate sent along", "verified", [leaf, middle, twin], [root]),
        # The command stops at the first root of the name where no key identifiers tell them apart.
        case("two roots of one name", "verified", good, [twin, root], differs=True),
        case(
            "an unknown extension that is not critical",
            "verified",
            [Party("Leaf", issuer=middle, extensions=[raw_extension("1.2.3.4", b"\x05\0")]), middle],
            [root],
        ),
        case(
            "two unknown extensions",
            "verified",
            [
                Party(
                    "Leaf",
                    issuer=middle,
                    extensions=[raw_extension("1.2.3.4", b"\x05\0"), raw_extension("1.2.3.5", b"\x05\0")],
                ),
                middle,
            ],
            [root],
        ),
        case(
            "an unknown extension that is critical",
            "violation",
            [Party("Leaf", issuer=middle, extensions=[raw_extension("1.2.3.4", b"\x05\0", True)]), middle],
            [root],
        ),
        case("as many authorities as a path may have", "verified", longest, [root, path[8]]),
        case("one authority more", "untrusted", longer, [root, path[7], path[8]], differs=True),
        case(
            "as many extensions as are read",
            "verified",
            [Party("Leaf", issuer=middle, extensions=numbered[:64]), middle],
            [root],
        ),
        case(
            "one extension more",
            "malformed",
            [Party("Leaf", issuer=middle, extensions=numbered), middle],
            [root],
            differs=True,
        ),
        case("another root", "untrusted", good, [ec_root]),
        case("another root of the same name", "untrusted", [Party("Leaf", issuer=root)], [twin]),
        case("the intermediate missing", "untrusted", [leaf], [root]),
        case("self-signed", "untrusted", [Party("Leaf")], [root]),
        case("self-signed and the anchor", "verified", [root], [root]),
        case("an expired leaf", "expired", [Party("Leaf", issuer=middle, end=PAST), middle], [root]),
        case("an expired intermediate", "expired", [Party("Leaf", issuer=old), old], [root]),
        case("an expired root", "expired", good, [root], time=int(datetime.datetime(2060, 1, 1).timestamp())),
        case("a leaf of the future", "notYetValid", [Party("Leaf", issuer=middle, begin=FUTURE), middle], [root]),
        case(
            "a leaf of the future, later",
            "verified",
            [Party("Leaf", issuer=middle, begin=FUTURE), middle],
            [root],
            time=TIME + 400 * 86_400,
        ),
        case("an intermediate that is no authority", "violation", [Party("Leaf", issuer=not_ca), not_ca], [root]),
        case("an intermediate without basic constraints", "violation", [Party("Leaf", issuer=bare), bare], [root]),
        case("one authority too many", "violation", [Party("Leaf", issuer=lower), lower, middle], [root]),
        case("a name outside the constraints", "violation", [outside, narrow], [root]),
        case("a name inside the constraints", "verified", [inside, narrow], [root]),
        case(
            "a leaf signed by another key",
            "badSignature",
            [Party("Leaf", issuer=middle, issuer_key=ec_root.key), middle],
            [root],
        ),
        case("a weak root key", "tooWeak", [Party("Leaf", issuer=small_root)], [small_root]),
        case(
            "a leaf with a weak key",
            "unsupportedKey",
            [Party("Leaf", key=rsa.generate_private_key(65537, 1024), issuer=middle), middle],
            [root],
        ),
        case("a leaf signed with SHA-1", "tooWeak", [weak], [root], time=today),
        case("an intermediate as anchor", "untrusted", [leaf], [middle]),
        case("an intermediate as anchor of a partial chain", "verified", [leaf], [middle], **end),
        case("a leaf as anchor of a partial chain", "verified", [leaf], [leaf], **end),
        case("another leaf as anchor of a partial chain", "untrusted", [leaf], [Party("Leaf", issuer=middle)], **end),
        case(
            "an anchor with the root's name, signed by the root",
            "untrusted",
            [Party("Leaf", issuer=next_root)],
            [next_root],
        ),
        case("the same below the root", "verified", [Party("Leaf", issuer=next_root), next_root], [root]),
        case("a clean list", "verified", good, [root], [crl(middle)]),
        case("on the list", "revoked", good, [root], [crl(middle, [leaf])]),
        case("on a list that is not in order", "revoked", good, [root], [crl(middle, revoked)]),
        case("the wrong list", "revocationUnknown", good, [root], [crl(root)]),
    ]


def write(path):
    path.write_text(json.dumps({"vectors": cases()}, indent=1) + "\n")
