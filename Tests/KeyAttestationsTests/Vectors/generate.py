#!/usr/bin/env python3
# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the vectors of attestations, chains and assertions: what others make, and what the verifier must say of it.

Needs fido2 and cryptography (Tests/EndToEndTests/requirements.txt), and openssl. Keys are new at each run; the tests
do not depend on them.
tpm.py, which needs swtpm and tpm2-tools, is run on its own.
"""

import json
import pathlib

import chains
import fido
import mds
import piv
from pki import TIME, b64u

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parents[1]


def write(name, made, anchors, **more):
    document = {
        "time": TIME,
        "issuer": fido.ISSUER,
        "challenge": b64u(fido.CHALLENGE),
        "anchors": anchors,
        "vectors": made,
        **more,
    }
    (HERE / name).write_text(json.dumps(document, indent=1) + "\n")


def main():
    write("fido2.json", *fido.attestations())
    write("yubikey-piv.json", *piv.yubikeys())
    write("piv-certificate.json", *piv.cards())
    made, root = mds.vectors()
    write("metadata.json", made, "", metadataRoot=root)
    fido.write_assertions(TESTS / "WebAuthnTests/Vectors/assertions.json")
    chains.write(TESTS / "CryptographyTests/Vectors/chains.json")


if __name__ == "__main__":
    main()
