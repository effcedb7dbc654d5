# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Traces, as a collector takes them: read by OpenTelemetry's own schema."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from google.protobuf import json_format
from harness.page import SignInWithoutBrowser
from harness.processes import wait_until
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

IDENTIFIERS = ("traceId", "spanId", "parentSpanId")


def read(body):
    """A request by OpenTelemetry's schema: OTLP writes identifiers in hexadecimal, protobuf's own JSON in base64."""

    def translate(value):
        if isinstance(value, list):
            return [translate(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            key: base64.b64encode(bytes.fromhex(each)).decode() if key in IDENTIFIERS else translate(each)
            for key, each in value.items()
        }

    return json_format.ParseDict(translate(json.loads(body)), ExportTraceServiceRequest(), ignore_unknown_fields=False)


class Collector:
    """Takes traces at a port of its own."""

    def __init__(self):
        collector = self
        self.bodies = []
        self.headers = []

        class Handler(BaseHTTPRequestHandler):
            """Keeps what is posted."""

            def do_POST(self):
                """Keeps a request."""
                assert self.path == "/v1/traces"
                collector.headers.append(dict(self.headers))
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                """Keeps quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self):
        """Its URL."""
        return f"http://127.0.0.1:{self.server.server_port}/v1/traces"

    def spans(self):
        """All spans so far, with the attributes of what they are of."""
        found = []
        for body in list(self.bodies):
            for resource in read(body).resource_spans:
                names = {each.key: each.value.string_value for each in resource.resource.attributes}
                assert names["service.name"] == "countersign-verifier" and names["service.version"]
                found += [span for scope in resource.scope_spans for span in scope.spans]
        return found


@pytest.fixture
def collector():
    """A collector of traces."""
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def attributes(span):
    """The attributes of a span."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}


def test_sign_in_is_traced_and_nobody_is_named(make_verifier, make_agent, make_app, collector, tmp_path):
    """Each request of a sign-in is a span, with what the store did for it, and nothing of who it was."""
    token = tmp_path / "authorization"
    token.write_text("Bearer of-the-tests\n")
    verifier = make_verifier(
        tracing={"endpoint": collector.endpoint, "authorization_file": str(token)},
        sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"},
    )
    app = make_app(verifier)
    verifier.start()
    verifier.add_user("alice", "Alice Liddell")
    agent = make_agent()
    agent.enroll(verifier.issuer, verifier.code("alice"))
    agent.start()
    result = app.finish_url(SignInWithoutBrowser(app.authorize_url()).complete("alice"))
    wait_until(
        lambda: any(span.name == "POST /oauth2/v1/token" for span in collector.spans()), 20, what="a span of the end"
    )
    spans = collector.spans()
    assert all(headers["Authorization"] == "Bearer of-the-tests" for headers in collector.headers)
    # One request a trace: nothing that a browser or an agent sends joins them.
    requests = [span for span in spans if span.kind == span.SPAN_KIND_SERVER]
    assert len({span.trace_id for span in requests}) == len(requests)
    assert all(len(span.trace_id) == 16 and len(span.span_id) == 8 and not span.parent_span_id for span in requests)
    assert all(0 < span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)
    names = {span.name for span in requests}
    assert {"GET /oauth2/v1/authorize", "POST /oauth2/v1/token"} <= names, names
    code = next(span for span in requests if span.name == "POST /oauth2/v1/token")
    assert attributes(code)["http.response.status_code"] == 200
    within = [span for span in spans if span.parent_span_id == code.span_id]
    assert "write" in {attributes(span)["db.operation.name"] for span in within}
    assert all(span.start_time_unix_nano >= code.start_time_unix_nano for span in within)
    text = "".join(collector.bodies)
    device = verifier.enrollments("alice")[0]["id"]
    for secret in ("alice", "Liddell", "test-app", "127.0.0.1", result["claims"]["sub"], device, "of-the-tests"):
        assert secret not in text, secret


def test_a_verifier_without_its_collector_works_and_says_so(make_verifier, collector):
    """Nobody waits for a collector that is not there, and the log says once that it is not."""
    collector.server.shutdown()
    collector.server.server_close()
    verifier = make_verifier(tracing={"endpoint": collector.endpoint}).start()
    wait_until(lambda: "traces cannot be sent" in verifier.daemon.output(), 20, what="a line in the log")
    verifier.add_user("alice", "Alice Liddell")
    verifier.stop()
    assert verifier.daemon.output().count("traces cannot be sent") == 1
