# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""People are spoken to in their language: the page by what app or browser say, prompts by the session."""

from harness import signin_page
from harness.agent import DESKTOP
from harness.http import Browserless
from test_policies import SCREEN, desktop_world, lock_screen  # noqa: F401


def test_page_speaks_the_language_that_the_app_asks_for(desktop_world, browser):  # noqa: F811
    """`ui_locales`: the page is in German, and so is what is to be fixed on the device."""
    world = desktop_world(SCREEN)
    world.app.parameters = {"ui_locales": "fr de-AT en"}
    browser.open(f"{world.app.origin}/login")
    browser.wait_visible(signin_page.IDENTIFIER)
    assert browser.text("#title") == "Anmelden"
    assert browser.text("label[for=identifier]") == "Benutzername"
    assert browser.evaluate("return document.documentElement.lang") == "de"
    signin_page.identify(browser, "alice")
    browser.wait_visible("#view-remediation")
    assert browser.text("#title") == "Dieses Gerät erfüllt die Sicherheitsanforderungen nicht"
    assert browser.text("#app") == "Anmeldung bei Test app als alice"
    assert browser.text("#remediation-list li").startswith("Lassen Sie den Bildschirm sich nach einiger Zeit")
    lock_screen(world.agent, True)
    browser.click("#check-again")
    browser.wait_url(world.app.origin)
    assert "claims" in world.app.wait_for_result()


def test_reasons_are_told_in_the_browsers_language(desktop_world, open_browser):  # noqa: F811
    """What fails and what is not known, with the words in their places, and no English between."""
    members = {
        "endpointProtection": {"include": ["crowdstrike"], "state": "HEALTHY"},
        "thirdPartySignalProviders": {"dtc": {"osFirewall": True}},
    }
    world = desktop_world(SCREEN | members)
    browser = open_browser(switches=["--accept-lang=de"])
    signin_page.start(browser, world.app, "alice")
    browser.wait_visible("#view-remediation")
    assert browser.text("#remediation-text") == (
        "Um sich anzumelden, ändern Sie Folgendes, und versuchen Sie es noch einmal."
    )
    steps = browser.evaluate(
        "return [...document.querySelectorAll('#remediation-list li')].map((item) => item.innerText)"
    )
    assert steps[0].startswith("Lassen Sie den Bildschirm sich nach einiger Zeit")
    assert steps[1] == (
        "Lassen Sie dieses Gerät von einem dieser Produkte schützen: crowdstrike. Verlangt ist: fehlerfrei. "
        "Ihre Administration sagt, woher Sie es bekommen."
    )
    assert steps[2].startswith("Nicht bekannt: was Chrome über osFirewall sagt (das Gerät hat es nicht gemeldet).")
    assert "Das ließ sich nicht prüfen." in steps[2]
    assert "Fragen Sie Ihre Administration" in browser.text("#remediation-help")


def test_page_speaks_the_browsers_language_and_else_english(world, open_browser):
    """`Accept-Language`, where the app says nothing."""
    for accepted, title in (("de-CH,de;q=0.9,en;q=0.8", "Anmelden"), ("fr-FR", "Sign in")):
        browser = open_browser(switches=[f"--accept-lang={accepted}"])
        browser.open(f"{world.app.origin}/login")
        browser.wait_visible(signin_page.IDENTIFIER)
        assert browser.text("#title") == title


def test_prompt_speaks_the_language_of_the_session(make_world, make_agent, chromium):
    """The agent's consent, by its locale."""
    agent = make_agent(environment=DESKTOP | {"LANG": "de_DE.UTF-8"})
    world = make_world(agent=agent, sign_in={"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED"})
    assert "claims" in signin_page.sign_in(chromium, world.app, "alice")
    [shown] = world.person.shown("confirm")
    assert "Eine Anmeldung bittet um Ihre Zustimmung." in shown["desc"]
    assert "Benutzer: alice" in shown["desc"]


def test_errors_and_signing_out_speak_the_browsers_language(world):
    """Pages that need no script: their language is the browser's, and they say which it is."""
    http = Browserless()
    for path, german, english in (
        ("/nowhere", "Hier ist nichts", "There is nothing here"),
        ("/oauth2/v1/authorize?client_id=unknown", "Diese Anmeldung kann nicht beginnen", "This sign-in cannot start"),
        ("/oauth2/v1/logout", "Sie sind abgemeldet", "You are signed out"),
    ):
        for accepted, language, said, other in (("de-CH,de", "de", german, english), ("fr", "en", english, german)):
            headers = {"Accept": "text/html", "Accept-Language": accepted}
            page = http.get(f"{world.verifier.issuer}{path}", headers=headers).text
            assert f'<html lang="{language}">' in page
            assert said in page
            assert other not in page
