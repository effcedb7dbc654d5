# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Health endpoints and metrics, read by Prometheus' own parser."""

import re

import pytest
from harness.http import Browserless
from harness.isolation import free_port
from harness.page import SignInWithoutBrowser
from harness.processes import wait_until

parser = pytest.importorskip("prometheus_client.parser")


def samples(port):
    """All samples, by name and labels."""
    answer = Browserless().get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = list(parser.text_string_to_metric_families(answer.text))
    found = {}
    for family in families:
        assert family.documentation and family.type != "unknown", family.name
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, key
            found[key] = sample.value
    return found, answer.text


def test_sign_in_is_counted_and_nobody_is_named(make_verifier, make_agent, make_app):
    """What Prometheus reads of a sign-in: its steps, its times, and nothing of who it was."""
    port = free_port()
    verifier = make_verifier(
        metrics={"port": port}, sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"}
    )
    app = make_app(verifier)
    verifier.start()
    verifier.add_user("alice", "Alice Liddell")
    agent = make_agent()
    agent.enroll(verifier.issuer, verifier.code("alice"))
    agent.start()
    result = app.finish_url(SignInWithoutBrowser(app.authorize_url()).complete("alice"))
    found, text = samples(port)
    assert found[("countersign_sign_ins_begun_total", ())] == 1
    assert found[("countersign_sign_ins_total", (("outcome", "success"),))] == 1
    assert found[("countersign_challenges_total", (("kind", "sign_in"),))] == 1
    token = (("method", "POST"), ("route", "/oauth2/v1/token"), ("status", "200"))
    assert found[("countersign_http_requests_total", token)] == 1
    assert found[("process_resident_memory_bytes", ())] > 1 << 20
    assert found[("process_open_fds", ())] > 3
    writes = (("operation", "write"),)
    assert found[("countersign_store_duration_seconds_count", writes)] >= 1
    infinite = (("le", "+Inf"), ("operation", "write"))
    assert (
        found[("countersign_store_duration_seconds_bucket", infinite)]
        == found[("countersign_store_duration_seconds_count", writes)]
    )
    subject = result["claims"]["sub"]
    device = verifier.enrollments("alice")[0]["id"]
    for secret in ("alice", "Liddell", "test-app", "127.0.0.1", subject, device):
        assert secret not in text, secret
    for name, labels in found:
        for label, value in labels:
            # Codes, tokens and identifiers are longer than a word. A route is of the program, not of a request.
            assert label == "route" or not re.search(r"[A-Za-z0-9_-]{20,}", value), (name, label, value)
            assert label != "route" or re.fullmatch(r"[a-z0-9/._{}-]*", value), (name, label, value)


def test_verifier_says_when_it_cannot_work(make_verifier):
    """`/livez` stays up, `/readyz` names what fails, and gets well again."""
    port = free_port()
    verifier = make_verifier(metrics={"port": port}).start()
    origin = f"http://127.0.0.1:{port}"
    assert Browserless().get(f"{verifier.issuer}/readyz").json()["status"] == "ready"
    assert Browserless().get(f"{origin}/readyz").json()["status"] == "ready"
    import sqlite3

    store = sqlite3.connect(verifier.directory / "verifier.sqlite")
    store.execute("INSERT INTO grdb_migrations VALUES ('99 the future')")
    store.commit()

    def status(url):
        return Browserless().get(url).status

    wait_until(lambda: status(f"{origin}/readyz") == 503, 5, what="a verifier that is not ready")
    answer = Browserless().get(f"{origin}/readyz").json()
    assert answer["status"] == "not ready" and answer["checks"]["store"] == "failed", answer
    assert str(verifier.directory) not in Browserless().get(f"{verifier.issuer}/readyz").text
    assert status(f"{origin}/livez") == 200
    store.execute("DELETE FROM grdb_migrations WHERE identifier = '99 the future'")
    store.commit()
    wait_until(lambda: status(f"{origin}/readyz") == 200, 5, what="a verifier that is ready again")


def test_metrics_address_in_use_is_said(make_verifier):
    """A port that another has stops the start, and is named."""
    first, port = make_verifier("first", metrics={"port": (port := free_port())}), port
    first.start()
    second = make_verifier("second", metrics={"port": port})
    second.write_configuration()
    second.daemon.start()
    wait_until(lambda: not second.daemon.running, 20, what="the end of a verifier that cannot listen")
    assert f"port {port}: it is in use" in second.daemon.output()
