# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Kills a program at its n-th call that changes a file or sends something."""

import subprocess
from pathlib import Path


class Killer:
    """The preloaded library, and the environment that brings it into a program."""

    def __init__(self, directory):
        self.library = Path(directory) / "kill_at.so"
        subprocess.run(
            ["cc", "-O1", "-shared", "-fPIC", "-o", self.library, Path(__file__).with_name("kill_at.c"), "-ldl"],
            check=True,
        )
        self.library.chmod(0o755)

    def at(self, number):
        """The environment of a program that dies at its n-th call."""
        return {"LD_PRELOAD": str(self.library), "COUNTERSIGN_KILL_AT": str(number)}
