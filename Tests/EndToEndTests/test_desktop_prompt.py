# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Real pinentry programs in windows: what a desktop's own prompt shows, and what its answers are worth."""

import os
import shutil
import subprocess
import time

import pytest

from harness.processes import wait_until
from test_terminal_prompt import SIGN_IN, THINKING, carry_in_background

PROGRAMS = ["pinentry-qt", "pinentry-gtk-2", "pinentry-gnome3"]
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={0}</listen><auth>EXTERNAL</auth><standard_session_servicedirs/>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>
"""


class Desktop:
    """A display and a session bus of a test's own."""

    def __init__(self, directory):
        self.directory = directory
        reading, writing = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "900x700x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.display = f":{pipe.readline().strip()}"
        socket = directory / "bus"
        (directory / "bus.conf").write_text(BUS.format(socket))
        self.environment = {"DISPLAY": self.display, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={socket}"}
        self._bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={directory}/bus.conf", "--nofork"],
            env=os.environ | self.environment | {"XDG_RUNTIME_DIR": str(directory)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(socket.exists, 10, what="the session bus")
        self._systemd = None

    def close(self):
        """Ends all of it, and what they started."""
        for process in filter(None, (self._systemd, self._bus, self._server)):
            process.terminate()
            process.wait(10)

    def tell_systemd(self):
        """Has the person's systemd learn of the display, as desktops tell it; python-dbusmock answers in its place."""
        name, path = "org.freedesktop.systemd1", "/org/freedesktop/systemd1"
        environment = os.environ | self.environment
        self._systemd = subprocess.Popen(
            ["/usr/bin/python3", "-m", "dbusmock", "--session", name, path, f"{name}.Manager"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        add = ["gdbus", "call", "--session", "--dest", name, "--object-path", path]
        add += ["--method", "org.freedesktop.DBus.Mock.AddProperty", f"{name}.Manager", "Environment"]
        add.append(f"<['LANG=C', 'DISPLAY={self.display}']>")
        wait_until(
            lambda: subprocess.run(add, env=environment, capture_output=True, check=False).returncode == 0,
            what="the person's systemd",
        )

    def _xdotool(self, *arguments):
        return subprocess.run(
            ["xdotool", *arguments],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        ).stdout.split()

    def window(self, timeout=15):
        """The prompt's window, once it is there and large enough to be one."""

        def largest():
            sizes = {}
            for window in self._xdotool("search", "--onlyvisible", "--name", ""):
                geometry = dict(line.split("=") for line in self._xdotool("getwindowgeometry", "--shell", window))
                sizes[window] = int(geometry.get("WIDTH", 0)) * int(geometry.get("HEIGHT", 0))
            # The root window is as large as the screen.
            prompts = {window: size for window, size in sizes.items() if 20_000 < size < 900 * 700}
            return max(prompts, key=prompts.get, default=None)

        return wait_until(largest, timeout, what="a prompt's window")

    def is_empty(self):
        """Whether no prompt is shown."""
        try:
            self.window(timeout=0.2)
        except TimeoutError:
            return True
        return False

    def press(self, *keys):
        """Presses keys in the prompt after a person's time to read."""
        self.window()
        time.sleep(THINKING)
        # The first that was found may have been one before it, which was closing.
        self._xdotool("windowfocus", "--sync", self.window())
        for key in keys:
            self._xdotool("type" if key.isdigit() else "key", key)


@pytest.fixture(params=PROGRAMS)
def pinentry(request):
    """Each graphical pinentry of the distribution."""
    for program in (request.param, "Xvfb", "xdotool", "dbus-daemon"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    return request.param


@pytest.fixture
def desktop(tmp_path):
    """A desktop."""
    desktop = Desktop(tmp_path)
    yield desktop
    desktop.close()


@pytest.fixture
def at_desktop(make_world, make_agent, pinentry, desktop):
    """A world whose agent asks on the desktop."""

    def make(**sign_in):
        environment = {"COUNTERSIGN_PINENTRY": shutil.which(pinentry)} | desktop.environment
        return make_world(agent=make_agent(environment=environment), sign_in=SIGN_IN | sign_in)

    return make


def test_the_question_is_answered_by_its_buttons(at_desktop, pinentry, desktop):
    """Allow is chosen by its key; where the first button cannot be a refusal, the word yes is typed."""
    world = at_desktop()
    page, thread, statuses = carry_in_background(world)
    desktop.press(*(["y", "e", "s", "Return"] if pinentry == "pinentry-gnome3" else ["alt+a"]))
    assert page.poll()["state"] == "success"
    thread.join(10)
    assert statuses == [200]
    wait_until(desktop.is_empty, what="the prompt to go")


def test_a_desktop_that_came_after_the_agent_is_asked_on(make_world, make_agent, desktop):
    """The agent has no display of its own: the person's systemd is asked for it, each time."""
    program = shutil.which("pinentry-gtk-2") or pytest.skip("pinentry-gtk-2 is not installed")
    session = {"DBUS_SESSION_BUS_ADDRESS": desktop.environment["DBUS_SESSION_BUS_ADDRESS"]}
    world = make_world(agent=make_agent(environment={"COUNTERSIGN_PINENTRY": program} | session), sign_in=SIGN_IN)
    page, thread, statuses = carry_in_background(world)
    assert page.poll()["state"] == "failed"
    thread.join(10)
    desktop.tell_systemd()
    page, thread, statuses = carry_in_background(world)
    desktop.press("alt+a")
    assert page.poll()["state"] == "success"
    thread.join(10)
    assert statuses == [200]


@pytest.mark.parametrize("keys", [["Return"], ["Escape"], ["alt+r"]], ids=["return", "escape", "refuse"])
def test_nothing_else_allows(at_desktop, desktop, keys):
    """The default answer, closing and the other button all refuse."""
    world = at_desktop()
    page, thread, _ = carry_in_background(world)
    desktop.press(*keys)
    view = page.poll()
    assert (view["state"], view["failure"]) == ("failed", "declined"), view
    thread.join(10)


def test_a_pin_is_typed(make_world, make_agent, pinentry, desktop):
    """A new PIN at enrolment, and the same at the sign-in."""
    environment = {"COUNTERSIGN_PINENTRY": shutil.which(pinentry)} | desktop.environment
    agent = make_agent(environment=environment)
    world = make_world(agent=agent, enroll=None, sign_in=SIGN_IN | {"user_verification": "REQUIRED"})
    code = world.verifier.code("alice")
    enrolling = subprocess.Popen(
        agent.command("enroll", world.verifier.issuer, "--code", code, "--user-verification"),
        env=agent.environment,
        cwd=agent.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if pinentry == "pinentry-gtk-2":
        # It has one field: the second entry is asked for by a second window.
        desktop.press("739156", "Return")
        desktop.press("739156", "Return")
    else:
        desktop.press("739156", "Tab", "739156", "Return")
    output, _ = enrolling.communicate(timeout=30)
    assert enrolling.returncode == 0, output
    page, thread, statuses = carry_in_background(world)
    desktop.press("739156", "Return")
    assert page.poll()["state"] == "success"
    thread.join(10)
    assert statuses == [200]
