# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Prints measurements beside their goals."""


class Report:
    """A readable report; says at the end which goals were missed."""

    def __init__(self):
        self.missed = []
        self.met = 0

    def section(self, title):
        """Starts a section."""
        print(f"\n{title}", flush=True)

    def line(self, name, value):
        """A measurement without a goal."""
        print(f"  {name:<52} {value}", flush=True)

    def goal(self, name, value, limit, unit, at_least=False):
        """A measurement with a goal."""
        met = value >= limit if at_least else value <= limit
        relation = "at least" if at_least else "at most"
        verdict = "met" if met else "MISSED"
        print(f"  {name:<52} {value:.2f}{unit}   goal: {relation} {limit:g}{unit}   {verdict}", flush=True)
        if met:
            self.met += 1
        else:
            self.missed.append(f"{name}: {value:.2f}{unit}, goal {relation} {limit:g}{unit}")

    def end(self):
        """The summary."""
        print(f"\n{self.met} goals met, {len(self.missed)} missed.")
        for line in self.missed:
            print(f"  missed: {line}")
