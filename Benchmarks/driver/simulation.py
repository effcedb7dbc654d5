# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What other policies would decide about very many recorded sign-ins, read from the verifier's store."""

import json
import os
import sqlite3
import subprocess
import time

from .enrolled_people import EnrolledPeople
from .machine import memory
from .policies import GOAL_SIMULATION_SECONDS, policy, request, write, zone

RULES = 20
SIGN_INS = 100_000
DAYS = 30
# After so many requests the program prints a line.
STEP = 10_000


def measure_simulation(machine, report):
    """`verifier policy diff --days`: the policies in force beside one with a stricter rule."""
    count = STEP if machine.quick else SIGN_INS
    folder = machine.directory / "simulated-policies"
    folder.mkdir()
    write(folder / "apps.json", in_force())
    write(folder / "zone.json", zone())
    sections = {"policies": {"directory": str(folder), "default": "rst1"}}
    with EnrolledPeople(machine, "simulation", 1, **sections) as enrolled:
        # One real sign-in writes the record that the others have the form of.
        enrolled.show()
    report.progress(f"simulation: {count} sign-ins are written into the store")
    fill(enrolled.directory / "verifier.sqlite", count)
    stricter = write(machine.directory / "stricter.json", changed())
    command = [str(machine.verifier), "policy", "diff", stricter, "--days", str(DAYS), "--json"]
    report.progress(f"simulation: {count} recorded sign-ins, {RULES} rules, two sets of policies")
    started = time.monotonic()
    command += ["--config", str(enrolled.verifier.config_path)]
    found, steps, peak = run(command, machine.directory / "found.json")
    seconds = time.monotonic() - started
    counts = {kind: number for kind, number in found["counts"].items() if number}
    if found["requests"] != count + 1 or counts != {"otherVerification": count}:
        raise RuntimeError(f"the simulation found something else: {found['requests']} {counts}")
    if steps != count // STEP:
        raise RuntimeError(f"progress was shown {steps} times")
    scaled = seconds * SIGN_INS / count
    load = os.getloadavg()[0]
    report.detail("simulation", seconds=seconds, sign_ins=count, progress=steps, memory=peak, load=load)
    report.result(
        f"100,000 recorded sign-ins, {RULES} rules, two sets of policies", scaled, "s", None, None,
        f"at most {GOAL_SIMULATION_SECONDS:g} s", scaled <= GOAL_SIMULATION_SECONDS,
        f"progress shown {steps} times, {peak:.0f} MB of memory at most; load of the machine {load:.1f}",
    )


def in_force():
    """Rules of twenty conditions, of which the last one matches; and one for whoever is left."""
    document = policy(RULES)
    touchless = {"possession": {"userPresence": "OPTIONAL"}}
    method = {"type": "ASSURANCE", "factorMode": "1FA", "constraints": [touchless]}
    rest = {
        "id": "rulRest", "name": "rest", "priority": RULES + 1,
        "actions": {"appSignOn": {"access": "ALLOW", "verificationMethod": method}},
    }
    document["_embedded"]["rules"].append(rest)
    return document


def changed():
    """The same where the rule that matches wants two factors."""
    document = in_force()
    document["_embedded"]["rules"][RULES - 1]["actions"]["appSignOn"]["verificationMethod"]["factorMode"] = "2FA"
    return document


def fill(path, count):
    """Adds records as the verifier writes them, each of another person's question, spread over the days."""
    now = int(time.time())
    with sqlite3.connect(path) as store:
        columns = "collection, id, key_unique, key_first, key_second, expires_at, body"
        [row] = store.execute(f"SELECT {columns} FROM record WHERE collection = 'recorded_sign_ins'").fetchall()
        model = json.loads(row[6])

        def records():
            for number in range(count):
                at = now - (DAYS - 1) * 86_400 + number * (DAYS - 2) * 86_400 // count
                asked = request(number)
                record = model | {
                    "id": f"{at:012d}-{number + 1:09d}", "transactionID": f"ft{number:016d}",
                    "userID": asked["user"]["id"], "time": at, "request": json.dumps(asked), "endsAt": now + 86_400,
                }
                if record.keys() != model.keys():
                    raise RuntimeError(f"a record has other members: {sorted(model)}")
                body = json.dumps(record).encode()
                yield row[0], record["id"], None, record["transactionID"], record["userID"], record["endsAt"], body

        store.executemany(f"INSERT INTO record ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", records())


def run(command, path):
    """Runs a simulation that finds differences: what it wrote, how often it showed progress, and its memory in MB."""
    steps = 0
    peak = 0.0
    with path.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE, text=True)
        try:
            for line in process.stderr:
                if not line.strip().endswith("requests"):
                    raise RuntimeError(line.strip())
                steps += 1
                peak = max(peak, memory(process.pid)["pss"])
            # Differences are told by the exit code.
            if process.wait(timeout=10) != 1:
                raise RuntimeError(f"verifier policy diff: {process.returncode}")
        finally:
            process.kill()
            process.wait()
    return json.loads(path.read_text()), steps, peak
