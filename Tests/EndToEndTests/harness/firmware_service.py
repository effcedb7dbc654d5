# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""fwupd as the agent asks it, on a system bus of a test's own; python-dbusmock answers in its place."""

from . import private_bus
from .processes import wait_until

NAME = "org.freedesktop.fwupd"


def obstacle():
    """Why there can be no such service here, or nothing."""
    return private_bus.obstacle()


class FirmwareService:
    """A service that tells a Host Security ID."""

    def __init__(self, place):
        self._bus = private_bus.PrivateBus(place)
        self.environment = self._bus.environment
        self._bus.mock(NAME, "/", NAME)
        self.identifier = None
        wait_until(lambda: self.tell("HSI:0 (v2.0.20)"), what="the service to come")

    def tell(self, identifier):
        """Sets the Host Security ID; whether the service took it."""
        interface = "DBus.Mock.AddProperty" if self.identifier is None else "DBus.Properties.Set"
        value = (f"string:{NAME}", "string:HostSecurityId", f"variant:string:{identifier}")
        is_taken, _ = self._bus.call(NAME, "/", f"org.freedesktop.{interface}", *value)
        if is_taken:
            self.identifier = identifier
        return is_taken

    def stop(self):
        """Takes it away."""
        self._bus.stop()
