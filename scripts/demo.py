# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Shows one sign-in from beginning to end, and prints step by step what happened."""

import argparse
import base64
import contextlib
import ctypes
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

# Until there is something to clean up, Ctrl-C just ends this.
signal.signal(signal.SIGINT, signal.SIG_DFL)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "EndToEndTests"))

# pylint: disable=wrong-import-position
from harness import browsers, signin_page  # noqa: E402
from harness.agent import Agent  # noqa: E402
from harness.isolation import is_root  # noqa: E402
from harness.recording import RecordingProxy  # noqa: E402
from harness.relying_party import RelyingParty  # noqa: E402
from harness.verifier import Client, Verifier  # noqa: E402

USER = "demo"
PROGRAMS = Path(os.environ.get("COUNTERSIGN_PROGRAMS", ROOT / ".build" / "debug"))
POLICY = {
    "name": "Demo: a current Linux",
    "platform": "LINUX",
    "displayRemediationMode": "SHOW",
    "osVersion": {"minimum": "1.0"},
}
COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def styled(text, code):
    """Text in a colour, where the terminal has any."""
    return f"\x1b[{code}m{text}\x1b[0m" if COLOURED else text


def heading(number, text):
    """The heading of a step."""
    print(f"\n{styled(f'{number}. {text}', '1;36')}", flush=True)


def say(text):
    """A paragraph of a step."""
    print(textwrap.fill(text, 100, initial_indent="   ", subsequent_indent="   "), flush=True)


def fact(name, value, width=22):
    """A line of a step."""
    if isinstance(value, (list, dict)):
        value = json.dumps(value)
    elif isinstance(value, bool):
        value = str(value).lower()
    print(f"   {styled(f'{name:<{width}}', '2')} {value}", flush=True)


def payload(compact):
    """The claims of a JWS."""
    part = compact.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def moment(seconds):
    """A time of day."""
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def graphical_pinentry():
    """The person's own pinentry where it shows windows, else one that does."""
    standing_alone = ("pinentry-gtk-2", "pinentry-qt", "pinentry-qt5", "pinentry-fltk")
    # It shows its window through the session's bus alone.
    needing_a_bus = ("pinentry-gnome3",) if os.environ.get("DBUS_SESSION_BUS_ADDRESS") else ()
    own = shutil.which("pinentry")
    if own and Path(own).resolve().name in standing_alone + needing_a_bus:
        return own
    found = next(filter(None, map(shutil.which, needing_a_bus + standing_alone)), None)
    if not found:
        raise RuntimeError(
            "there is a display but no pinentry that shows windows; run 'scripts/install-dependencies.sh --demo', "
            "or use 'scripts/demo --headless'"
        )
    return found


class Demo:
    """A verifier, an agent and an app in a folder of their own."""

    def __init__(self, options):
        self.options = options
        self.has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and not options.headless
        self.asks = self.has_display or options.ask
        self.directory = Path(tempfile.mkdtemp(prefix="countersign-demo-"))
        # What a browser keeps while it runs stays behind when it is interrupted: it goes with the rest.
        (self.directory / "tmp").mkdir()
        os.environ["TMPDIR"] = str(self.directory / "tmp")
        self.proxy = RecordingProxy()
        self.verifier = None
        self.agent = None
        self.app = None
        self.browser = None
        self.attending = None

    def run(self):
        """The whole demo."""
        self.start()
        self.enroll()
        self.sign_in()
        self.explain()
        if self.has_display:
            print(
                f"\nSign in once more if you like: {self.app.origin}/login\nCtrl-C ends the demo and removes its files."
            )
            signal.pause()

    def start(self):
        """Starts everything."""
        heading(1, "A verifier, an agent and an app start on this machine")
        policies = self.directory / "assurance"
        policies.mkdir()
        (policies / "linux.json").write_text(json.dumps(POLICY, indent=2))
        self.verifier = Verifier(
            PROGRAMS / "verifier",
            self.directory / "verifier",
            issuer=f"http://localhost:{self.proxy.port}",
            organization={"id": "00oDemo", "name": "Demo organisation"},
            proxies={"trusted": ["127.0.0.1/32"]},
            assurance={"directory": str(policies)},
            sign_in={"user_verification": "DISCOURAGED", "user_mediation": "REQUIRED" if self.asks else "NONE"},
        )
        self.app = RelyingParty(self.verifier, Client(id="demo-app", name="Demo app")).start()
        self.verifier.start()
        self.proxy.start(self.verifier.port)
        self.agent = Agent(PROGRAMS / "agent", self.directory / "agent", environment=self._prompt_environment())
        self.agent.start()
        fact("verifier", self.verifier.issuer)
        fact("agent", f"127.0.0.1:{self.agent.port} and [::1]:{self.agent.port}")
        fact("app", self.app.origin)
        fact("files", self.directory)

    def _prompt_environment(self):
        names = (
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "XAUTHORITY",
            "DBUS_SESSION_BUS_ADDRESS",
            "XDG_RUNTIME_DIR",
            "XDG_SESSION_TYPE",
            "XDG_CURRENT_DESKTOP",
            "TERM",
        )
        environment = {name: os.environ[name] for name in names if name in os.environ}
        program = graphical_pinentry() if self.has_display else shutil.which("pinentry-tty") or "pinentry"
        return environment | {
            "COUNTERSIGN_PINENTRY": program,
            "COUNTERSIGN_RUNTIME_DIR": str(self.directory / "agent/run"),
        }

    def enroll(self):
        """Makes a user and enrols this device."""
        heading(2, "The administrator makes a user and a one-time code; the device enrols with it")
        self.verifier.add_user(USER, "Demo Person")
        code = self.verifier.code(USER)
        say(f"$ verifier user add {USER}")
        say(f"$ verifier code {USER}   →   {code}")
        say(f"$ agent enroll {self.verifier.issuer} --code {code}")
        self.agent.enroll(self.verifier.issuer, code)
        for enrolment in self.agent.enrollments():
            fact(
                "enrolled as",
                f"{enrolment.get('username', USER)} at {enrolment.get('organization', 'Demo organisation')}",
            )
        fact("keys", "P-256 in encrypted files, readable by this user alone")

    def sign_in(self):
        """Signs in through a browser."""
        url = f"{self.app.origin}/login"
        if self.options.ask and not self.has_display:
            self.attending = subprocess.Popen(
                self.agent.command("attend"), env=self.agent.environment | {"TERM": os.environ.get("TERM", "dumb")}
            )
        if self.has_display:
            heading(3, "Your browser opens the app")
            say(
                f"{url}: type the user name {USER!r} on the page. The agent then asks you through your pinentry; the "
                "question names the app and the page's origin."
            )
            self._open_browser(url)
            self.app.wait_for_result(timeout=3600)
            return
        heading(3, "No display here: headless Chromium opens the app")
        reason = browsers.unavailable("chromium")
        if reason:
            raise RuntimeError(f"{reason}; run 'scripts/install-dependencies.sh --demo', or use a desktop")
        if is_root:
            say("(as root Chromium runs with --no-sandbox)")
        if self.asks:
            say("The agent asks here, on this terminal, lent by 'agent attend'.")
        else:
            say(
                'Nobody is asked: the verifier of this demo says user_mediation = "NONE". With a display the agent '
                "asks through your pinentry; 'scripts/demo --ask' asks on this terminal."
            )
        profile = self.directory / "browser"
        profile.mkdir()
        self.browser = browsers.Chromium(profile)
        self.browser.open(url)
        fact("arrived at", self.browser.url)
        signin_page.identify(self.browser, USER)
        fact("typed", USER)
        self.browser.wait_url(self.app.origin, 300 if self.asks else 30)
        self.app.wait_for_result()
        fact("arrived at", self.browser.url.split("?")[0])
        fact("the app shows", self.browser.text("#who"))

    def _open_browser(self, url):
        """Brings an address before the person."""
        command = [shutil.which("xdg-open"), url]
        if is_root and browsers.CHROMIUM:
            say("(as root Chromium runs with --no-sandbox, and with a profile of its own)")
            profile = f"--user-data-dir={self.directory / 'browser'}"
            command = [browsers.CHROMIUM, "--no-sandbox", "--no-first-run", profile, url]
        if not command[0]:
            say("There is no xdg-open here: open the address yourself.")
            return
        # Not waited for: without a desktop environment xdg-open stays for as long as the browser does.
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.Popen(command, start_new_session=True, **quiet)

    def explain(self):
        """Prints what happened, from what passed on the wire."""
        result = self.app.results[-1]
        if "claims" not in result:
            raise RuntimeError(f"the sign-in failed: {json.dumps(result)}")
        challenge = next(
            view["challenge"]["challengeRequest"]
            for view in (json.loads(exchange.answer) for exchange in self.proxy.matching("POST", "/idp/idx/"))
            if view.get("challenge")
        )
        delivered = self.proxy.matching("POST", "/verify")[-1]
        response = json.loads(delivered.body)["challengeResponse"]
        asked, answered = payload(challenge), payload(response)
        self._explain_challenge(asked)
        self._explain_origin(asked, answered)
        self._explain_signals(answered)
        self._explain_response(challenge, answered, delivered)
        self._explain_verdict()
        heading(9, "The app got an ID token; an independent JOSE library verified it")
        for name, value in sorted(result["claims"].items()):
            fact(name, value)
        print(f"\n{styled('Signed in without a password.', '1;32')}")

    @staticmethod
    def _explain_challenge(asked):
        heading(4, "The verifier signed a challenge; the page carried it to the agent")
        for name in (
            "iss",
            "transactionId",
            "userId",
            "nonce",
            "userVerification",
            "userMediation",
            "signals",
            "bindings",
        ):
            fact(name, asked.get(name))
        fact("counts", f"{moment(asked['nbf'])} to {moment(asked['exp'])}")

    @staticmethod
    def _explain_origin(asked, answered):
        heading(5, "The agent checked who asked, before anything else")
        fact("signature", "verifies under the key that was pinned at enrolment")
        fact("page's origin", answered["challengeResponseContext"]["originHeader"])
        fact("allowed origins", asked["allowedOrigins"])
        fact("calling socket", "belongs to this user")

    @staticmethod
    def _explain_signals(answered):
        heading(6, "The agent read the signals that were asked for")
        signals = answered["deviceSignals"]
        readings = signals.get("readings", {})
        for name, reading in sorted(readings.items()):
            known = signals.get(name)
            if known is not None:
                fact(name, known)
            else:
                fact(
                    name,
                    f"not known: {reading.get('reason') or json.dumps(reading)}"
                    if isinstance(reading, dict)
                    else reading,
                )

    @staticmethod
    def _explain_response(challenge, answered, delivered):
        heading(7, "It signed a response and posted it straight to the verifier, which accepted it")
        digest = base64.urlsafe_b64encode(hashlib.sha256(challenge.encode()).digest()).rstrip(b"=").decode()
        fact("posted to", delivered.path)
        fact("signed with", answered["keyType"])
        fact("consent", answered["challengeResponseContext"]["userConsent"])
        fact(
            "challenge hash",
            f"{answered['challengeHash']} "
            f"({'of this challenge' if digest == answered['challengeHash'] else 'OF ANOTHER CHALLENGE'})",
        )
        fact("verifier's answer", f"{delivered.status}")

    def _explain_verdict(self):
        heading(8, "The policy's verdict, and what the audit log says")
        fact("policy", f"{POLICY['name']!r}: platform LINUX, osVersion at least {POLICY['osVersion']['minimum']}")
        for event in self.verifier.audit():
            outcome = event["outcome"]
            fact(event["eventType"], f"{outcome['result']} {outcome.get('reason', '')}".strip(), width=40)

    def stop(self):
        """Ends everything that was started and removes the files."""
        for step in (
            lambda: self.browser and self.browser.close(),
            lambda: self.attending and self.attending.terminate(),
            lambda: self.agent and self.agent.stop(),
            lambda: self.verifier and self.verifier.stop(),
            lambda: self.app and self.app.stop(),
            self.proxy.stop,
        ):
            try:
                step()
            except Exception as error:  # pylint: disable=broad-exception-caught
                print(f"while ending: {error}", file=sys.stderr)
        end_descendants()
        shutil.rmtree(self.directory, ignore_errors=True)


def keep_descendants():
    """Makes this process the parent of orphans among its descendants (PR_SET_CHILD_SUBREAPER of prctl(2))."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def descendants():
    """The processes that descend from this one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found = {os.getpid()}
    while True:
        more = {process for process, parent in parents.items() if parent in found} - found
        if not more:
            return found - {os.getpid()}
        found |= more


def end_descendants(grace=3.0):
    """Ends what is left of all that was started, such as a browser whose start was interrupted."""
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, grace)):
        for process in descendants():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, number)
        deadline = time.monotonic() + patience
        while descendants() and time.monotonic() < deadline:
            time.sleep(0.05)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main():
    """Runs the demo and cleans up however it ends."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--headless", action="store_true", help="use headless Chromium although there is a display")
    parser.add_argument("--ask", action="store_true", help="without a display: ask for consent on this terminal")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    keep_descendants()
    # Nobody interrupts between the making of files and what removes them.
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    demo = Demo(options)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)
        demo.run()
    except KeyboardInterrupt:
        print("\nEnded.")
        return 130
    except (RuntimeError, TimeoutError, OSError) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        demo.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
