# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Collects results, and prints them beside floors and goals."""

import json
import sys


class Report:
    """Results as they come, a table or JSON at the end."""

    def __init__(self, quick, quiet=False):
        self.quick = quick
        self.machine = {}
        self.results = []
        self.details = {}
        self.failures = []
        self._quiet = quiet

    def about(self, description):
        """Says what is measured on."""
        self.machine = description

    def progress(self, text):
        """Says what is being done, on standard error."""
        if not self._quiet:
            print(f"… {text}", file=sys.stderr, flush=True)

    def detail(self, measure, **values):
        """Numbers behind a measure, for the JSON and for who wants to know why."""
        self.details.setdefault(measure, {}).update(values)

    def result(self, measure, value, unit, floor=None, ratio=None, goal=None, met=None, why=None):
        """One line of the table. `why` says in a line what a missed goal, or a surprising value, comes from."""
        self.results.append(
            {
                "measure": measure,
                "value": value,
                "unit": unit,
                "floor": floor,
                "ratio": ratio,
                "goal": goal,
                "met": met,
                "why": why,
            }
        )

    def failed(self, measure, error):
        """A measure that could not be made."""
        self.failures.append({"measure": measure, "error": str(error)})
        print(f"benchmark: {measure}: {error}", file=sys.stderr, flush=True)

    def end(self, as_json):
        """Prints everything."""
        if as_json:
            print(
                json.dumps(
                    {
                        "quick": self.quick,
                        "machine": self.machine,
                        "results": self.results,
                        "details": self.details,
                        "failures": self.failures,
                    },
                    indent=2,
                )
            )
            return
        print("\n" + ", ".join(f"{name}: {value}" for name, value in self.machine.items()))
        if self.quick:
            print("A short run: it shows that the measures work; take no number from it.")
        rows = [("measure", "value", "floor or bound", "ratio", "goal", "")]
        for result in self.results:
            verdict = {True: "met", False: "MISSED", None: ""}[result["met"]]
            rows.append(
                (
                    result["measure"],
                    number(result["value"], result["unit"]),
                    number(result["floor"], result["unit"]),
                    f"{result['ratio']:.2f}" if result["ratio"] is not None else "",
                    result["goal"] or "",
                    verdict,
                )
            )
        widths = [max(len(row[column]) for row in rows) for column in range(6)]
        for index, row in enumerate(rows):
            print(
                "  ".join(
                    cell.ljust(width) if column == 0 else cell.rjust(width)
                    for column, (cell, width) in enumerate(zip(row, widths, strict=True))
                ).rstrip()
            )
            why = self.results[index - 1]["why"] if index else None
            if why:
                print(f"    {why}")


def number(value, unit):
    """A value with its unit."""
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"
