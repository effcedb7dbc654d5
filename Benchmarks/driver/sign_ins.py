# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Complete sign-ins a second of the verifier, beside what the same machine can do at best."""

import shutil
import signal
import subprocess
import time

from harness.isolation import free_port

from .enrolled_people import SIGN_INS_PER_USER, EnrolledPeople
from .nginx import Nginx, answers

GOAL = 0.30
CONNECTIONS = 16
# Where strace is not there to count them: the response's alone, without which no sign-in is safe.
FEWEST_SYNCS = 1


def measure_sign_ins(machine, report):
    """Sign-ins a second on SQLite, over the least of three bounds."""
    people, seconds = (CONNECTIONS, 1) if machine.quick else (300, 8)
    report.progress(f"sign-ins: enrolling {people} people")
    with EnrolledPeople(machine, "sign-ins", people) as enrolled:
        exchanges, algorithms = enrolled.show()
        syncs = count_syncs(machine, enrolled)
        report.progress(f"sign-ins: {CONNECTIONS} connections for {seconds} s at most")
        measured = enrolled.load(CONNECTIONS, seconds)
    rate = measured["sign_ins"] / measured["seconds"]
    bounds, details = bound(machine, report, exchanges, algorithms, syncs)
    report.detail("sign-ins", load=measured, exchanges=exchanges, syncs=syncs, bounds=bounds, **details)
    lowest = min(bounds.values())
    processor = measured["seconds"] * machine.cores
    named = ", ".join(f"{key} {value:,.0f}" for key, value in bounds.items())
    spent = 1e6 * measured["verifier_cpu"] / measured["sign_ins"]
    why = (
        f"bounds: {named}; the verifier took {measured['verifier_cpu'] / processor:.0%} of {machine.cores} cores, "
        f"{spent:,.0f} µs a sign-in, and the client {measured['client_cpu'] / processor:.0%}"
    )
    report.result(
        "sign-ins on SQLite", rate, "/s", lowest, rate / lowest, f"at least {GOAL} × bound", rate / lowest >= GOAL, why
    )
    report.result("  one sign-in, median", measured["median_ms"], "ms")
    report.result("  verifier's memory (PSS) afterwards", measured["memory"]["pss"], "MB")


def count_syncs(machine, enrolled):
    """How many syncs of the disk one sign-in alone waits for, counted by strace; None without strace."""
    strace = shutil.which("strace")
    if not strace:
        return None
    log = machine.directory / "syncs"
    tracer = subprocess.Popen(
        [strace, "-f", "-q", "-e", "trace=fsync,fdatasync", "-o", str(log), "-p", str(enrolled.pid)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(1.0)
        if tracer.poll() is not None:
            return None
        rounds = 10
        for _ in range(rounds):
            enrolled.show()
    finally:
        if tracer.poll() is None:
            tracer.send_signal(signal.SIGINT)
        tracer.wait(timeout=10)
    lines = log.read_text(errors="replace").splitlines()
    return sum("sync(" in line for line in lines) / rounds


def bound(machine, report, exchanges, algorithms, syncs):
    """The three bounds in sign-ins a second, and what they are made of."""
    seconds = 0.5 if machine.quick else 3
    report.progress("sign-ins: the machine's bounds")
    http = http_rate(machine, exchanges, seconds)
    crypto = machine.tool("rates", "crypto", machine.cores, seconds)
    sync = machine.tool("rates", "sync", machine.directory / "sync", seconds)["sync"]
    # The challenge is signed and the response verified; then come the tokens.
    signatures = 1 / crypto["es256_sign"] + 1 / crypto["es256_verify"]
    for name in algorithms:
        if name in ("ES256", "RS256"):
            signatures += 1 / crypto["es256_sign" if name == "ES256" else "rs256_sign"]
    bounds = {
        "HTTP at nginx's rate": http / len(exchanges),
        "signatures at OpenSSL's": 1 / signatures,
        "writes at the disk's with group commit": sync * CONNECTIONS / max(syncs or FEWEST_SYNCS, FEWEST_SYNCS),
    }
    details = {
        "http_requests_per_second": http,
        "crypto_per_second": crypto,
        "syncs_per_second": sync,
        "token_algorithms": algorithms,
        "connections": CONNECTIONS,
        "sign_ins_per_user": SIGN_INS_PER_USER,
    }
    return bounds, details


def http_rate(machine, exchanges, seconds):
    """Requests a second of nginx, with as many bytes each way as an exchange of a sign-in has on average."""
    wrk = shutil.which("wrk")
    if not wrk:
        raise RuntimeError("wrk is not installed: scripts/install-dependencies.sh --tests installs it")
    sent = sum(exchange["sent"] for exchange in exchanges) // len(exchanges)
    received = sum(exchange["received"] for exchange in exchanges) // len(exchanges)
    port = free_port()
    script = machine.directory / "post.lua"
    script.write_text(f'wrk.method = "POST"\nwrk.body = string.rep("x", {max(1, sent - 120)})\n')
    with_body = answers("x" * max(1, received - 160))
    nginx = Nginx(machine.directory / "bound-nginx", {port: with_body}, workers=machine.cores).start()
    try:
        result = subprocess.run(
            [
                wrk,
                "--threads",
                str(machine.cores),
                "--connections",
                str(CONNECTIONS),
                "--duration",
                f"{max(1, round(seconds))}s",
                "--script",
                str(script),
                f"http://127.0.0.1:{port}/",
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        nginx.stop()
    for line in result.stdout.splitlines():
        if line.startswith("Requests/sec:"):
            return float(line.split()[1])
    raise RuntimeError(f"wrk: {result.stdout}{result.stderr}")
