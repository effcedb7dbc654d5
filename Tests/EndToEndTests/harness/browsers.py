# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Real browsers, driven through one small interface."""

import contextlib
import os
import shutil
import time
from pathlib import Path

from .isolation import free_port, is_root
from .processes import Daemon, wait_until

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMEDRIVER = shutil.which("chromedriver") or shutil.which("chromium.chromedriver")
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

# Seconds between two looks at a page: a look takes the browser and its driver ten milliseconds of a processor.
BETWEEN = 0.15


class Browser:
    """What the tests do with a browser. Subclasses know how."""

    name = ""

    def open(self, url):
        """Goes to a URL."""
        raise NotImplementedError

    @property
    def url(self):
        """Where it is."""
        raise NotImplementedError

    def evaluate(self, expression, *arguments):
        """The value of a JavaScript function body."""
        raise NotImplementedError

    def evaluate_async(self, body, *arguments):
        """The value that a JavaScript function body passes to `done`."""
        raise NotImplementedError

    def type(self, selector, text):
        """Types into a field."""
        raise NotImplementedError

    def click(self, selector):
        """Clicks an element."""
        raise NotImplementedError

    def text(self, selector="body"):
        """The visible text of an element, or nothing."""
        return self.evaluate("const e = document.querySelector(arguments[0]); return e ? e.innerText : '';", selector)

    def visible(self, selector):
        """Whether an element is there and shown."""
        return self.evaluate(
            "const e = document.querySelector(arguments[0]);"
            "return !!e && e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';",
            selector,
        )

    def wait_visible(self, selector, timeout=15):
        """Waits until an element is shown."""
        wait_until(
            lambda: self.visible(selector), timeout, BETWEEN, lambda: f"{selector} on {self.url}: {self.text()[:500]!r}"
        )

    def wait_text(self, text, selector="body", timeout=15):
        """Waits until an element shows a text, in whatever case."""
        wait_until(
            lambda: text.lower() in (self.text(selector) or "").lower(),
            timeout,
            BETWEEN,
            lambda: f"{text!r} on {self.url}: {self.text()[:800]!r}",
        )

    def wait_url(self, start, timeout=20):
        """Waits until it has arrived at a URL that starts so."""
        wait_until(
            lambda: self.url.startswith(start),
            timeout,
            BETWEEN,
            lambda: f"{start}; at {self.url}: {self.text()[:800]!r}",
        )

    def forget(self):
        """Shows an empty tab, and forgets whatever sites left behind."""
        raise NotImplementedError

    def close(self):
        """Ends the browser."""
        raise NotImplementedError


class Chromium(Browser):
    """Chromium by chromedriver."""

    name = "chromium"

    def __init__(self, directory, switches=(), headless=True, insecure=False):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        profile = Path(directory) / "chromium-profile"
        for switch in (
            f"--user-data-dir={profile}",
            "--no-first-run",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--password-store=basic",
            # Without a graphics card each picture of an animation takes a processor's time.
            "--force-prefers-reduced-motion",
            *(["--headless=new"] if headless else []),
            *(["--no-sandbox"] if is_root else []),
            *switches,
        ):
            options.add_argument(switch)
        options.accept_insecure_certs = insecure
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        environment = os.environ | {"HOME": str(directory)}
        self._driver = webdriver.Chrome(
            options=options,
            service=Service(CHROMEDRIVER, env=environment, log_output=str(Path(directory) / "chromedriver.log")),
        )
        self._driver.set_page_load_timeout(30)
        self._driver.set_script_timeout(90)
        self._size = self._driver.get_window_size()

    def open(self, url):
        self._driver.get(url)

    @property
    def url(self):
        return self._driver.current_url

    def evaluate(self, expression, *arguments):
        return self._driver.execute_script(expression, *arguments)

    def evaluate_async(self, body, *arguments):
        return self._driver.execute_async_script(f"const done = arguments[arguments.length - 1]; {body}", *arguments)

    def _element(self, selector):
        return self._driver.find_element("css selector", selector)

    def type(self, selector, text):
        self._element(selector).send_keys(text)

    def click(self, selector):
        self._element(selector).click()

    def console(self):
        """What the page has written to the console since the last call."""
        return [entry["message"] for entry in self._driver.get_log("browser")]

    def screenshot(self, path):
        """Saves a picture of the page."""
        self._driver.save_screenshot(str(path))

    def forget(self):
        old = self._driver.window_handles
        self._driver.switch_to.new_window("tab")
        empty = self._driver.current_window_handle
        for handle in old:
            self._driver.switch_to.window(handle)
            self._driver.close()
        self._driver.switch_to.window(empty)
        self._driver.set_window_size(self._size["width"], self._size["height"])
        for command, parameters in (
            ("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"}),
            ("Network.clearBrowserCookies", {}),
            ("Network.clearBrowserCache", {}),
            ("Browser.resetPermissions", {}),
        ):
            self._driver.execute_cdp_cmd(command, parameters)
        self.console()

    def close(self):
        self._driver.quit()


class Firefox(Browser):
    """Firefox by its own Marionette protocol."""

    name = "firefox"

    def __init__(self, directory, switches=(), headless=True, insecure=False, preferences=None):
        from marionette_driver.marionette import Marionette

        port = free_port()
        profile = Path(directory) / "firefox-profile"
        profile.mkdir(parents=True)
        (profile / "user.js").write_text(
            "".join(
                f'user_pref("{name}", {value});\n'
                for name, value in {
                    "marionette.port": port,
                    "app.update.enabled": "false",
                    "datareporting.policy.dataSubmissionEnabled": "false",
                    "browser.shell.checkDefaultBrowser": "false",
                    "network.captive-portal-service.enabled": "false",
                    "network.connectivity-service.enabled": "false",
                    "browser.startup.page": 0,
                    "app.normandy.enabled": "false",
                    "extensions.update.enabled": "false",
                    "ui.prefersReducedMotion": 1,
                    **(preferences or {}),
                }.items()
            )
        )
        environment = os.environ | {"HOME": str(directory), "MOZ_CRASHREPORTER_DISABLE": "1"}
        self._process = Daemon(
            [
                FIREFOX,
                "-marionette",
                "-no-remote",
                # What tests look at and clear beyond pages: about:policies, and what sites left behind.
                "-remote-allow-system-access",
                "-profile",
                profile,
                *(["--headless"] if headless else []),
                *switches,
            ],
            Path(directory) / "firefox.log",
            env=environment,
        ).start()
        self._marionette = Marionette(host="127.0.0.1", port=port, bin=None, socket_timeout=90)
        deadline = time.monotonic() + 60
        while True:
            try:
                self._marionette.start_session({"acceptInsecureCerts": insecure})
                break
            except OSError:
                if time.monotonic() > deadline or not self._process.running:
                    self._process.stop()
                    raise
                time.sleep(0.2)
        self._marionette.timeout.script = 90
        self._marionette.timeout.page_load = 30

    def open(self, url):
        self._marionette.navigate(url)

    @property
    def url(self):
        return self._marionette.get_url()

    def evaluate(self, expression, *arguments):
        return self._marionette.execute_script(expression, script_args=arguments, sandbox=None)

    def evaluate_async(self, body, *arguments):
        return self._marionette.execute_async_script(
            f"const done = arguments[arguments.length - 1]; {body}", script_args=arguments, sandbox=None
        )

    def _element(self, selector):
        return self._marionette.find_element("css selector", selector)

    def type(self, selector, text):
        self._element(selector).send_keys(text)

    def click(self, selector):
        self._element(selector).click()

    def forget(self):
        old = self._marionette.window_handles
        empty = self._marionette.open(type="tab", focus=True)["handle"]
        for handle in old:
            self._marionette.switch_to_window(handle)
            self._marionette.close()
        self._marionette.switch_to_window(empty)
        with self._marionette.using_context("chrome"):
            failed = self._marionette.execute_async_script(
                "const done = arguments[arguments.length - 1];"
                "Services.clearData.deleteData(Ci.nsIClearDataService.CLEAR_ALL, { onDataDeleted: done });",
                sandbox="system",
            )
        if failed:
            raise RuntimeError(f"Firefox could not forget everything: {failed}")

    def close(self):
        # The browser may have gone already; it is stopped below in any case.
        with contextlib.suppress(Exception):
            self._marionette.delete_session()
        self._process.stop()


KINDS = {"chromium": Chromium, "firefox": Firefox}


def unavailable(kind):
    """Why a browser cannot be driven here, or `None`."""
    if kind == "chromium" and not (CHROMIUM and CHROMEDRIVER):
        return "no Chromium with its driver is installed"
    if kind == "firefox" and not FIREFOX:
        return "no Firefox is installed"
    return None
