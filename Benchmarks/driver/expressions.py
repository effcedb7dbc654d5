# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Expressions of policies, beside Spring's own interpreter on the same set."""

import subprocess
from pathlib import Path

GOAL = 10.0
SET = Path(__file__).resolve().parents[1] / "Expressions" / "set.txt"
JARS = [Path("/usr/share/java") / f"{name}.jar" for name in ("spring3-expression", "spring3-core", "commons-logging")]


def measure_expressions(machine, report):
    """Nanoseconds of processor time an evaluation takes, ours and Spring's, in turn."""
    missing = [str(path) for path in [*JARS, machine.tools / "SpringOracle.class"] if not path.exists()]
    if missing:
        raise RuntimeError(f"Spring's interpreter is missing: {', '.join(missing)}")
    milliseconds = 50 if machine.quick else 1000
    classpath = ":".join(map(str, [*JARS, machine.tools]))
    opened = [each for name in ("util", "lang") for each in ("--add-opens", f"java.base/java.{name}=ALL-UNNAMED")]
    java = ["java", *opened, "-cp", classpath, "SpringOracle", "--measure", str(milliseconds)]
    ours = []
    springs = []
    report.progress("expressions: ours and Spring's in turn")
    for _ in range(1 if machine.quick else 3):
        ours.append(_run([str(machine.tools / "expressions"), str(milliseconds)]))
        springs.append(_run(java))
    fastest, spring = min(ours), min(springs)
    ratio = spring / fastest
    report.detail("expressions", ours=ours, spring=springs, expressions=len(SET.read_text("utf-8").splitlines()) - 1)
    report.result("expressions, Spring's interpreter", 1e9 / spring, "a second")
    report.result(
        "expressions",
        1e9 / fastest,
        "a second",
        floor=1e9 / spring,
        ratio=ratio,
        goal=f"at least {GOAL:g} times Spring's",
        met=ratio >= GOAL,
        why=f"{fastest:.0f} ns each on one core, Spring's {spring:.0f} ns",
    )


def _run(command):
    """Runs a program on the set, and answers the number that it prints."""
    with SET.open("rb") as file:
        result = subprocess.run(command, stdin=file, capture_output=True, text=True, timeout=120, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{command[0]}: {result.stderr.strip() or result.returncode}")
    return float(result.stdout)
