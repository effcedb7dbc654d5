# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What is translated is what is said: nothing is missing in a language, and nothing is in it that nobody says."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "Sources" / "VerifierServer" / "SignInPage" / "Assets"
PLACES = re.compile(r"\{\d\}")


class Words(HTMLParser):
    """The texts of a page, but for what is filled in."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_data(self, data):
        """Takes a text that says something."""
        text = " ".join(data.split())
        if "{{" not in text and any(letter.isalpha() for letter in text):
            self.found.add(text)


def said_by_pages():
    """The English texts of both pages."""
    words = Words()
    for page in ("signin.html", "account.html"):
        words.feed((ASSETS / page).read_text())
    literal = re.compile(r'\bt\(\s*("(?:[^"\\]|\\.)*")')
    for script in ("texts.js", "signin.js", "account.js"):
        words.found |= {json.loads(text) for text in literal.findall((ASSETS / script).read_text())}
    return words.found | said_without_script()


def said_without_script():
    """The English texts of pages that the verifier writes itself: errors, and signing out."""
    literal = re.compile(r'\b(?:PageText|UntrustedAuthorizationRequest)\(\s*("(?:[^"\\]|\\.)*")')
    sources = (ROOT / "Sources" / "VerifierServer").rglob("*.swift")
    return {json.loads(text) for path in sources for text in literal.findall(path.read_text())}


def said_by_verifier():
    """What the verifier answers people who use the pages: texts between quotes, which they show as they are."""
    sources = (ROOT / "Sources" / "VerifierServer").rglob("*.swift")
    script = (ASSETS / "verifier.js").read_text()
    texts = [*(path.read_text() for path in sources), script]
    return {sentence for text in texts for sentence in re.findall(r'"([A-Z][^"\\]+\.)"', text)}


def said_by_prompts():
    """The English texts of prompts."""
    literal = re.compile(r'\b(?:t|translations)\(\s*("(?:[^"\\]|\\.)*")')
    found = set()
    for folder in ("Pinentry", "AuthenticatorAgent/Consent"):
        for source in (ROOT / "Sources" / folder).rglob("*.swift"):
            found |= {json.loads(text) for text in literal.findall(source.read_text())}
    for source, sentence in (
        ("FingerprintReaders/FingerprintCheck.swift", r'"([A-Z][^"\\]*\.)"'),
        ("AuthenticatorAgent/Consent/ConsentText.swift", r'case \.\w+: "([A-Z][^"]+)"'),
    ):
        found |= set(re.findall(sentence, (ROOT / "Sources" / source).read_text()))
    return found


def pages_translations(language):
    """The translations of the pages, by their English texts."""
    text = (ASSETS / f"texts.{language}.js").read_text()
    body = text[text.index("export default") + len("export default") : text.rindex(";")]
    pairs = json.JSONDecoder(object_pairs_hook=list).decode(re.sub(r",\s*\}", "}", body))
    assert len(dict(pairs)) == len(pairs), "a text is there twice"
    return dict(pairs)


def agree_on_places(translations):
    """Whether each translation has the places of its text."""
    for text, translation in translations.items():
        assert translation.strip(), text
        assert sorted(PLACES.findall(text)) == sorted(PLACES.findall(translation)), text


@pytest.mark.parametrize("language", ["de"])
def test_pages_are_translated_in_full_and_nothing_besides(language):
    """Both pages, by their sources."""
    translations = pages_translations(language)
    said = said_by_pages()
    assert len(said) > 150
    assert len(said_without_script()) > 20
    assert said - set(translations) == set()
    assert set(translations) - said - said_by_verifier() == set()
    agree_on_places(translations)


@pytest.mark.parametrize("language", ["de"])
def test_prompts_are_translated_in_full_and_nothing_besides(language):
    """The agent's prompts, by its sources."""
    translations = json.loads((ROOT / "Sources" / "Pinentry" / "Translations" / f"prompts.{language}.json").read_text())
    said = said_by_prompts()
    assert len(said) > 30
    assert said ^ set(translations) == set()
    agree_on_places(translations)
