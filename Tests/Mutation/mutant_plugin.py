# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Hands the name of the chosen mutant to every program that a test starts, whatever environment it gives them."""

import os
import subprocess

NAME = "COUNTERSIGN_MUTANT"
original = subprocess.Popen.__init__


def start(process, *arguments, env=None, **options):
    """Starts a program with the variable set."""
    if env is not None:
        env = {**env, NAME: os.environ.get(NAME, "")}
    original(process, *arguments, env=env, **options)


subprocess.Popen.__init__ = start
