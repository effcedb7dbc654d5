# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The manual pages, as they are packed: of commands by what they say of themselves, of files by the documents."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = {"countersign-agent.toml": "agent-configuration", "countersign-verifier.toml": "verifier-configuration"}


@pytest.fixture
def manuals(programs, tmp_path):
    """The folder of all pages."""
    subprocess.run(
        [ROOT / "scripts" / "write-manual", tmp_path, programs, "countersign-"], check=True, stdout=subprocess.DEVNULL
    )
    return tmp_path / "man"


def keys(document):
    """The keys that a document's tables tell of."""
    text = (ROOT / "docs" / f"{document}.md").read_text()
    rows = re.findall(r"^\| (`[^|]*`) \|.*\n(?!\|---)", text, re.MULTILINE)
    return {key for row in rows for key in re.findall(r"`([^`]+)`", row)}


def test_every_key_of_a_file_has_its_place_in_the_manual(manuals):
    """In bold, as a term of its own; and the rest of the document is there, too."""
    for name, document in DOCUMENTS.items():
        page = (manuals / f"{name}.5").read_text()
        assert page.startswith(f".TH {name.upper()} 5")
        told = keys(document)
        assert len(told) > 15
        terms = {key.replace("\\-", "-") for term in re.findall(r"^\.TP\n(.*)$", page, re.MULTILINE)
                 for key in re.findall(r"\\fB(.*?)\\fR", term)}
        assert told - terms == set()
        headings = re.findall(r"^##+ (.*)$", (ROOT / "docs" / f"{document}.md").read_text(), re.MULTILINE)
        titles = re.findall(r"^\.S[HS] (.*)$", page, re.MULTILINE)
        shown = {re.sub(r"\\f.", "", title).replace("\\-", "-") for title in titles}
        assert {heading.replace("`", "") for heading in headings} <= shown


def test_pages_name_each_other(manuals):
    """By names that lead to a page which is there."""
    for page in manuals.iterdir():
        named = re.findall(r"^\.BR (\S+) \((\d)\)$", page.read_text(), re.MULTILINE)
        assert named, page.name
        for name, section in named:
            assert (manuals / f"{name}.{section}".replace("\\-", "-")).is_file()


def test_the_formatter_understands_every_page(manuals):
    """Without a warning, and nothing of Markdown is left."""
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    pages = sorted(manuals.iterdir())
    assert [page.name for page in pages] == [
        "countersign-agent.1", "countersign-agent.toml.5", "countersign-verifier.1", "countersign-verifier.toml.5",
    ]
    for page in pages:
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-Kutf8", "-rLL=200n", "-ww", page], capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        if page.suffix == ".5":
            assert not re.search(r"\]\(|\|---|```|\*\*", done.stdout)
