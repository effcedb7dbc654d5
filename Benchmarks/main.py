# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Measures agent and verifier, and prints the ratios beside the goals."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "EndToEndTests"))

# pylint: disable=wrong-import-position
from agent_benchmark import AgentBenchmark  # noqa: E402
from harness.isolation import enter_own_namespaces  # noqa: E402
from organization import build_tool  # noqa: E402
from report import Report  # noqa: E402
from verifier_benchmark import VerifierBenchmark  # noqa: E402


def main():
    """Runs all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=Path, required=True, help="the folder of agent and verifier")
    parser.add_argument("--smoke", action="store_true", help="as little as shows that everything works")
    parser.add_argument("--only", choices=["agent", "verifier"], help="measure one of them")
    options = parser.parse_args()
    programs = options.programs.resolve()
    enter_own_namespaces()
    report = Report()
    seconds = 1 if options.smoke else 4
    # In the working copy's build folder: what is measured must lie on a disk, not in memory.
    directory = Path(tempfile.mkdtemp(prefix="benchmark-", dir=ROOT / ".build"))
    try:
        print(f"Programs: {programs}{' (smoke run: the figures mean nothing)' if options.smoke else ''}")
        print(f"Machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        exchange = build_tool(ROOT / "Benchmarks/Support/exchange.c", directory)
        if options.only != "verifier":
            AgentBenchmark(
                programs / "agent", directory / "agent", exchange, 200 if options.smoke else 10_000, seconds
            ).run(report)
        if options.only != "agent":
            signin = build_tool(ROOT / "Benchmarks/Support/signin.c", directory, "-lcrypto")
            VerifierBenchmark(
                programs / "verifier", directory / "verifier", signin, seconds if options.smoke else 10
            ).run(report)
        report.end()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
