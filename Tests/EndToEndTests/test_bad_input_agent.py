# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What reaches the agent's loopback port and is not what a browser sends."""

import json
import threading
import time

import pytest

from raw_http import AMBIGUOUS, GARBAGE, NOT_JSON, Raw, descriptors, request, resident_bytes
from raw_jose import compact, es256, forgeries, parts
from raw_world import standing  # noqa: F401, pylint: disable=unused-import

LONGEST_WAIT = 45


@pytest.fixture
def agent(standing):
    """The agent; it still answers afterwards."""
    yield standing.agent
    standing.check_alive()


def origin_of(standing):
    return standing.verifier.issuer


def challenge(standing, body, headers=(), origin="", host=None):
    """Posts a body as the page would, and answers what came."""
    port = standing.agent.port
    origin = origin_of(standing) if origin == "" else origin
    headers = [("Content-Type", "application/json"), *([("Origin", origin)] if origin is not None else []), *headers]
    deadline = time.monotonic() + 60
    while True:
        with Raw(port) as connection:
            answer = connection.send(request("POST", "/challenge", headers, body, host or f"localhost:{port}")).answer()
        if answer is None or answer.status != 429 or time.monotonic() > deadline:
            return answer
        time.sleep(1)  # This module posts more bad challenges than one origin may.


def body_of(token):
    return json.dumps({"challengeRequest": token}).encode()


def assert_refused(answer, status, standing=None):
    """An error in the agreed shape, which the page may read."""
    assert answer is not None and answer.status == status, answer
    error = answer.json()
    assert sorted(error) == ["error", "message"] and error["error"] and error["message"], error
    if standing:
        assert answer.header("Access-Control-Allow-Origin") in (origin_of(standing), "*"), answer
    assert "eyJ" not in error["message"]


@pytest.mark.parametrize("name", NOT_JSON)
def test_what_is_no_challenge_is_refused(standing, agent, name):
    """400, in JSON, readable for the page."""
    assert_refused(challenge(standing, NOT_JSON[name]), 400, standing)


@pytest.mark.parametrize(
    "value",
    [None, 7, [], {}, "", "a", "a.b.c", "....", "e30.e30.e30", "\x00", "é" * 2000, "A" * 70_000],
    ids=lambda value: repr(value)[:16],
)
def test_challenge_that_is_no_token_is_refused(standing, agent, value):
    """400 for whatever stands where the JWS belongs."""
    assert_refused(challenge(standing, json.dumps({"challengeRequest": value}).encode()), 400, standing)


def test_forged_challenges_are_told_apart_by_nothing(standing, agent):
    """What is no token of ours is malformed; what is one but not signed under a pinned key is "not for this agent"."""
    page = standing.challenge()
    before = len(standing.verifier.audit())
    answers = {}
    for name, (token, is_ours) in forgeries(page.challenge, standing.pinned_key()).items():
        answer = challenge(standing, body_of(token))
        assert_refused(answer, 503 if is_ours else 400, standing)
        answers.setdefault(is_ours, {})[name] = answer.body
    assert len(set(answers[True].values())) == 1, answers[True]
    assert len(standing.verifier.audit()) == before, "something was sent to the verifier"
    assert standing.agent.person.shown() == []
    assert page.post_challenge(agent.port).status == 200
    assert page.poll()["state"] == "success"


@pytest.mark.parametrize(
    "missing",
    [
        "iss",
        "aud",
        "iat",
        "exp",
        "nonce",
        "transactionId",
        "orgId",
        "userId",
        "verificationUri",
        "jti",
        "allowedOrigins",
        "bindings",
    ],
)
def test_challenge_without_a_claim_is_malformed(standing, agent, missing):
    """Each mandatory claim is missed."""
    from cryptography.hazmat.primitives.asymmetric import ec

    header, claims = parts(standing.challenge().challenge)
    del claims[missing]
    token = compact(header, claims, es256(ec.generate_private_key(ec.SECP256R1())))
    assert_refused(challenge(standing, body_of(token)), 400, standing)


@pytest.mark.parametrize(
    "origin, status",
    [
        (None, 400),
        ("null", 400),
        ("", 400),
        ("https://idp.example https://evil.example", 400),
        ("https://" + "a" * 5000 + ".example", 400),
        ("https://", 403),
        ("https://idp.example/path", 403),
        ("javascript:alert(1)", 403),
        ("https://idp.example:99999", 403),
    ],
    ids=lambda value: str(value)[:24],
)
def test_missing_and_odd_origins_are_refused(standing, agent, origin, status):
    """No origin, or what names none: 400; what is not the organisation's: 403. The challenge stays unused."""
    page = standing.challenge()
    assert_refused(
        challenge(standing, body_of(page.challenge), origin=origin if origin is None else origin or " "), status
    )
    assert page.post_challenge(agent.port).status == 200


def test_two_origins_are_refused(standing, agent):
    """Two Origin headers are none, whichever comes first."""
    page = standing.challenge()
    for first, second in ((origin_of(standing), "https://evil.example"), ("https://evil.example", origin_of(standing))):
        assert_refused(challenge(standing, body_of(page.challenge), [("Origin", second)], origin=first), 400)
    assert page.post_challenge(agent.port).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "localhost",
        "localhost:1",
        "localhost:{port}.evil.example",
        "localhost.evil.example:{port}",
        "127.0.0.1.nip.io:{port}",
        "127.1:{port}",
        "0.0.0.0:{port}",
        "[::]:{port}",
        "localhost:{port}:{port}",
        "user@localhost:{port}",
        "localhost:0{port}",
    ],
)
def test_other_hosts_are_refused(standing, agent, host):
    """A name that was rebound to the loopback learns nothing, neither from /probe nor from /challenge."""
    host = host.format(port=agent.port)
    page = standing.challenge()
    statuses = [challenge(standing, body_of(page.challenge), host=host).status]
    for method in ("GET", "OPTIONS"):
        with Raw(agent.port) as connection:
            headers = [("Origin", origin_of(standing)), ("Access-Control-Request-Method", "POST")]
            statuses.append(connection.send(request(method, "/probe", headers, host=host)).answer().status)
    assert statuses == [400, 400, 400]
    assert page.post_challenge(agent.port).status == 200


def test_no_host_and_two_hosts_are_refused(standing, agent):
    """A request without a Host, or with two, is refused (RFC 9112 §3.2)."""
    right = f"localhost:{agent.port}"
    for host, more in ((None, []), (right, [("Host", "evil.example")]), ("evil.example", [("Host", right)])):
        with Raw(agent.port) as connection:
            answer = connection.send(request("GET", "/probe", more, host=host)).answer()
            assert answer.status == 400, (host, more, answer)


@pytest.mark.parametrize(
    "method, target, status",
    [
        ("GET", "/challenge", 405),
        ("POST", "/probe", 405),
        ("PUT", "/challenge", 405),
        ("DELETE", "/challenge", 405),
        ("TRACE", "/probe", 405),
        ("BREW", "/probe", 400),
        ("GET", "/", 404),
        ("GET", "/probe/../challenge", 404),
        ("GET", "//probe", 404),
        ("GET", "/PROBE", 404),
        ("GET", "/probe%2f", 404),
        ("GET", "/" + "a" * 4000, 404),
        ("GET", "*", 404),
        ("GET", "http://evil.example/probe", 404),
        ("CONNECT", "evil.example:443", 404),
    ],
    ids=lambda value: str(value)[:24],
)
def test_other_methods_and_paths_are_refused(agent, method, target, status):
    """There is nothing else here."""
    with Raw(agent.port) as connection:
        answer = connection.send(request(method, target, host=f"localhost:{agent.port}")).answer()
    assert answer.status == status, answer


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "application/jsonp"]
)
def test_content_that_a_form_could_send_is_refused(standing, agent, kind):
    """What a page may send without a preflight is not taken."""
    page = standing.challenge()
    port = agent.port
    with Raw(port) as connection:
        headers = [("Content-Type", kind), ("Origin", origin_of(standing))]
        answer = connection.send(
            request("POST", "/challenge", headers, body_of(page.challenge), f"localhost:{port}")
        ).answer()
    assert_refused(answer, 400)
    assert page.post_challenge(port).status == 200


@pytest.mark.parametrize("size", [200_000, 10**6, 10**10])
def test_long_bodies_are_refused_before_they_are_read(standing, agent, size):
    """400 at the stated length, and the connection ends."""
    headers = [("Content-Type", "application/json"), ("Origin", origin_of(standing)), ("Content-Length", size)]
    before = resident_bytes(agent.daemon.process.pid)
    with Raw(agent.port) as connection:
        connection.send(request("POST", "/challenge", headers, host=f"localhost:{agent.port}", length=False))
        assert_refused(connection.answer(), 400)
        assert connection.closed_within(5)
    assert resident_bytes(agent.daemon.process.pid) - before < 8 << 20


def test_endless_chunks_are_cut_off(standing, agent):
    """A body without a stated end is refused at the limit; nothing of it is kept."""
    headers = [("Content-Type", "application/json"), ("Origin", origin_of(standing)), ("Transfer-Encoding", "chunked")]
    before = resident_bytes(agent.daemon.process.pid)
    with Raw(agent.port) as connection:
        connection.send(request("POST", "/challenge", headers, host=f"localhost:{agent.port}", length=False))
        for _ in range(64):
            connection.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        assert connection.closed_within(5)
    assert resident_bytes(agent.daemon.process.pid) - before < 8 << 20


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_bodies_without_a_clear_end_are_refused(standing, agent, name):
    """400 or a closed connection, and never a second request."""
    head = (
        f"POST /challenge HTTP/1.1\r\nHost: localhost:{agent.port}\r\nOrigin: {origin_of(standing)}\r\n"
        f"Content-Type: application/json\r\n{AMBIGUOUS[name]}"
    )
    with Raw(agent.port) as connection:
        answer = connection.send(head.encode() + request("GET", "/probe", host=f"localhost:{agent.port}")).answer()
        assert answer is None or answer.status in (400, 413, 501), answer
        assert connection.closed_within(5)


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_ends_the_connection(agent, name):
    """What is no HTTP/1.1 request is refused or dropped, at once."""
    data = GARBAGE[name].replace(b"Host: localhost\r\n", f"Host: localhost:{agent.port}\r\n".encode())
    with Raw(agent.port) as connection:
        answer = connection.send(data).half_close().answer()
        assert answer is None or answer.status in (400, 403, 404, 405, 421, 505), answer
        assert connection.closed_within(5)


@pytest.mark.parametrize("flood", ["many headers", "a long header", "a long request line", "a header without an end"])
def test_header_floods_are_cut_off(agent, flood):
    """Heads that never end well are refused within bounds of memory."""
    host = f"Host: localhost:{agent.port}\r\n".encode()
    data = {
        "many headers": b"GET /probe HTTP/1.1\r\n"
        + host
        + b"".join(b"X-%d: y\r\n" % n for n in range(50_000))
        + b"\r\n",
        "a long header": b"GET /probe HTTP/1.1\r\n" + host + b"X-A: " + b"a" * (4 << 20) + b"\r\n\r\n",
        "a long request line": b"GET /probe?" + b"a" * (4 << 20) + b" HTTP/1.1\r\n" + host + b"\r\n",
        "a header without an end": b"GET /probe HTTP/1.1\r\n" + host + b"X-A: " + b"a" * (4 << 20),
    }[flood]
    before = resident_bytes(agent.daemon.process.pid)
    with Raw(agent.port) as connection:
        answer = connection.send(data).answer()
        assert answer is None or answer.status in (400, 413, 414, 431), answer
        assert connection.closed_within(5)
    assert resident_bytes(agent.daemon.process.pid) - before < 8 << 20


def test_half_closed_connections_are_let_go(standing, agent):
    """A caller that says it is done gets its answer or none; the connection does not stay."""
    before = descriptors(agent.daemon.process.pid)
    probe = request("GET", "/probe", host=f"localhost:{agent.port}")
    connections = [Raw(agent.port) for _ in range(30)]
    for connection in connections[:10]:
        connection.send(probe).half_close()
    for connection in connections[10:20]:
        connection.send(probe[:20]).half_close()
    for connection in connections[20:]:
        connection.half_close()
    for connection in connections:
        assert connection.closed_within(5)
        connection.socket.close()
    standing.check_let_go(agent.daemon, before)


def test_pipelined_requests_are_answered_in_order(agent):
    """Fifty in one packet: fifty answers, a 404 among them in its place."""
    host = f"localhost:{agent.port}"
    data = b"".join(request("GET", "/nothing" if number == 25 else "/probe", host=host) for number in range(50))
    with Raw(agent.port) as connection:
        connection.send(data)
        statuses = [connection.answer().status for _ in range(50)]
    assert statuses == [200] * 25 + [404] + [200] * 24


def test_slow_senders_are_dropped_and_delay_nobody(standing, agent):
    """One byte in a tenth of a second, in head and body, and silence: all end in time, others are served."""
    host = f"localhost:{agent.port}"
    head = request(
        "POST",
        "/challenge",
        [("Content-Type", "application/json"), ("Origin", origin_of(standing)), ("Content-Length", "5000")],
        host=host,
        length=False,
    )
    senders = {"head": b"", "body": head, "silence in the head": head[:30], "silence in the body": head + b"{"}
    ended = {}

    def dribble(name, start):
        with Raw(agent.port) as connection:
            connection.send(start)
            began = time.monotonic()
            while time.monotonic() - began < LONGEST_WAIT:
                if not name.startswith("silence"):
                    connection.send(b"a")
                if connection.closed_within(0.1):
                    ended[name] = time.monotonic() - began
                    return

    threads = [threading.Thread(target=dribble, args=item) for item in senders.items() for _ in range(5)]
    for thread in threads:
        thread.start()
    slowest = 0
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        with Raw(agent.port) as connection:
            assert connection.send(request("GET", "/probe", host=host)).answer().status == 200
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.25)
    assert sorted(ended) == sorted(senders), f"only {ended} were dropped within {LONGEST_WAIT} s"
    assert slowest < 5, f"a good request took {slowest:.2f} s"


def test_idle_connections_do_not_stop_others(standing, agent):
    """Two hundred connections that say nothing: a page is served at once, and all are let go."""
    before = descriptors(agent.daemon.process.pid)
    idle = [Raw(agent.port) for _ in range(200)]
    began = time.monotonic()
    with Raw(agent.port) as connection:
        answer = connection.send(request("GET", "/probe", host=f"localhost:{agent.port}")).answer()
    assert answer is not None and answer.status == 200
    assert time.monotonic() - began < 5
    standing.sign_in()
    for connection in idle:
        connection.socket.close()
    standing.check_let_go(agent.daemon, before)


def test_connection_flood_is_bounded(standing, agent):
    """A thousand connections take neither the memory nor the descriptors that the agent needs."""
    before = descriptors(agent.daemon.process.pid)
    memory = resident_bytes(agent.daemon.process.pid)
    held = []
    for _ in range(1000):
        try:
            held.append(Raw(agent.port, timeout=2))
        except OSError:
            break
    assert resident_bytes(agent.daemon.process.pid) - memory < 64 << 20
    for connection in held:
        connection.socket.close()
    standing.check_let_go(agent.daemon, before)
    standing.sign_in()
