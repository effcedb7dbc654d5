# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the measures that the command line names."""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.isolation import enter_own_namespaces

from .challenge import measure_challenges
from .expressions import measure_expressions
from .hardware_keys import measure_hardware_keys
from .machine import Machine
from .memory import measure_memory
from .policies import measure_policies
from .posture import measure_posture
from .report import Report
from .sign_ins import measure_sign_ins
from .simulation import measure_simulation
from .start import measure_start

MEASURES = {
    "challenge": measure_challenges,
    "expressions": measure_expressions,
    "hardware-keys": measure_hardware_keys,
    "memory": measure_memory,
    "policies": measure_policies,
    "posture": measure_posture,
    "start": measure_start,
    "sign-ins": measure_sign_ins,
    "simulation": measure_simulation,
}
MEASURE_FAILURES = (
    RuntimeError, OSError, TimeoutError, KeyError, ValueError, AssertionError, subprocess.SubprocessError,
)


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="Benchmarks/run")
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("measures", nargs="*", metavar="MEASURE")
    options = parser.parse_args()
    unknown = set(options.measures) - set(MEASURES)
    if unknown:
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    missing = [name for name in ("agent", "verifier") if not (options.programs / name).exists()]
    if missing:
        parser.error(f"{', '.join(missing)} not found in {options.programs}: build first, without --skip-build")
    return options


def main():
    """Measures; exits 1 where a measure could not be made, and 0 where goals were only missed."""
    options = arguments()
    # An end from outside is an exception, so that everything that was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    enter_own_namespaces()
    report = Report(options.quick, quiet=options.json)
    directory = Path(tempfile.mkdtemp(prefix="countersign-benchmark-", dir="/var/tmp"))
    failed = False
    try:
        machine = Machine(options.programs.resolve(), options.tools.resolve(), directory, options.quick)
        report.about(machine.description())
        for name in options.measures or MEASURES:
            try:
                MEASURES[name](machine, report)
            except MEASURE_FAILURES as error:
                failed = True
                report.failed(name, error)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    report.end(as_json=options.json)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
