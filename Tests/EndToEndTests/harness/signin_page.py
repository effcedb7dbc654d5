# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What the tests know of the sign-in page: how a person finds their way on it."""

IDENTIFIER = "input[name=identifier]"
CODE = "input[name=code]"
RETRY = "#retry"


def identify(browser, username):
    """Says who signs in."""
    browser.wait_visible(IDENTIFIER)
    browser.type(IDENTIFIER, username)
    browser.click(f"form:has({IDENTIFIER}) button[type=submit]")


def enter_code(browser, code):
    """Types a one-time code."""
    browser.wait_visible(CODE)
    browser.type(CODE, code)
    browser.click(f"form:has({CODE}) button[type=submit]")


def start(browser, app, username):
    """Opens the app and says who signs in."""
    browser.open(f"{app.origin}/login")
    identify(browser, username)


def sign_in(browser, app, username, timeout=30):
    """Signs in and answers the app's result."""
    count = len(app.results)
    start(browser, app, username)
    browser.wait_url(app.origin, timeout)
    return app.wait_for_result(count + 1)
