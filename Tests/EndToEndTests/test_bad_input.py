# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Bad input at every door: a clear error, the right status, nothing lost."""

import base64
import json
import os
import socket
import stat
import time

import pytest
from harness import doors
from harness.isolation import is_root, mount_tmpfs, needs_root, unmount
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

ISSUER_NOT_ENROLLED = "https://id.example.org"


def encode(value):
    """base64url of JSON."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def genuine(world):
    """A genuine challenge, fresh, of this world."""
    page = world.page()
    page.begin()
    page.identify("alice")
    return page.challenge


def claims_of(compact):
    """The claims of a JWS, unverified."""
    part = compact.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def to_agent(world, body, **options):
    """Posts bytes to the agent's door as the sign-in page would."""
    host = f"127.0.0.1:{world.agent.port}"
    options = {"origin": world.verifier.issuer, "host": host} | options
    return doors.status(doors.raw(world.agent.port, doors.post("/challenge", body, **options)))


class TestAgentsLoopback:
    """The agent's door."""

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"null",
            b"[]",
            b'"x"',
            b"{}",
            b'{"challengeRequest": 1}',
            b'{"challengeRequest": null}',
            b'{"challengeRequest": ""}',
            b'{"challengeRequest": "a.b"}',
            b'{"challengeRequest": "a.b.c.d"}',
            b"\xff\xfe{}",
            b"[" * 10_000,
            b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
            b'{"challengeRequest": "' + b"." * 3000 + b'"}',
        ],
        ids=range(15),
    )
    def test_malformed_bodies_are_400(self, asking_world, body):
        """Not JSON, not a JWS, claims missing: 400, and the agent lives."""
        assert to_agent(asking_world, body) == 400
        assert asking_world.agent.daemon.running

    def test_wrong_content_type_is_refused(self, asking_world):
        """Anything that a form could send is refused."""
        body = json.dumps({"challengeRequest": genuine(asking_world)})
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            None,
            "application/jsonx",
        ):
            assert to_agent(asking_world, body, content_type=kind) in (400, 415), kind
        assert asking_world.person.shown() == []

    def test_huge_bodies_are_refused_early(self, asking_world):
        """A body beyond the bound is answered with an error or cut off, and costs no memory."""
        before = resident(asking_world.agent)
        answer = to_agent(asking_world, b'{"challengeRequest":"' + b"A" * (32 << 20) + b'"}')
        assert answer in (400, 413, None)
        assert resident(asking_world.agent) - before < 16 << 20
        assert asking_world.agent.daemon.running

    def test_unsigned_and_foreign_signatures_are_503(self, asking_world):
        """`alg: none`, another key, another type of key, a signature byte changed: all alike."""
        challenge = genuine(asking_world)
        header, payload, signature = challenge.split(".")
        claims = claims_of(challenge)
        key_id = json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]
        typed = {"typ": "okta-devicebind+jwt", "kid": key_id}
        other = jws.serialize_compact(typed | {"alg": "ES256"}, json.dumps(claims), ECKey.generate_key("P-256"))
        rsa = jws.serialize_compact(typed | {"alg": "RS256"}, json.dumps(claims), RSAKey.generate_key(2048))
        changed = signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBB")
        expected = {
            f"{header}.{payload}.{changed}": {503},
            other: {503},
            rsa: {503},
            f"{encode({'alg': 'none', **typed})}.{payload}.": {400, 503},
            jws.serialize_compact(typed | {"alg": "HS256"}, json.dumps(claims), OctKey.generate_key(256)): {400, 503},
        }
        for forged, statuses in expected.items():
            assert to_agent(asking_world, json.dumps({"challengeRequest": forged})) in statuses, forged[:60]
        assert asking_world.person.shown() == []
        assert to_agent(asking_world, json.dumps({"challengeRequest": challenge})) == 200

    @pytest.mark.parametrize("origin", [None, "null", "", "file://", "http://evil.example, http://localhost"])
    def test_missing_or_opaque_origins_are_refused(self, asking_world, origin):
        """No Origin, or an opaque one, carries no challenge."""
        body = json.dumps({"challengeRequest": genuine(asking_world)})
        assert to_agent(asking_world, body, origin=origin) in (400, 403)
        assert asking_world.person.shown() == []

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1:61711.evil.example", ""])
    def test_foreign_hosts_are_refused(self, asking_world, host):
        """A name that was rebound to loopback is not ours."""
        body = json.dumps({"challengeRequest": genuine(asking_world)})
        assert to_agent(asking_world, body, host=host) in (400, 403, 421)
        assert asking_world.person.shown() == []

    def test_half_closed_and_slow_senders_do_not_hold_the_door(self, asking_world):
        """A half-sent request ends in an error or a cut; others are served meanwhile."""
        port = asking_world.agent.port
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        for connection in slow:
            connection.sendall(b"POST /challenge HTTP/1.1\r\nHost: localhost")
        started = time.monotonic()
        probe = doors.raw(port, f"GET /probe HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
        assert doors.status(probe) == 200
        assert time.monotonic() - started < 2
        half = doors.raw(port, b"POST /challenge HTTP/1.1\r\nContent-Length: 100\r\n\r\n{", half_close=True)
        assert doors.status(half) in (None, 400)
        deadline = time.monotonic() + 60
        for connection in slow:
            doors.read_all(connection, max(0.1, deadline - time.monotonic()))
            connection.close()
        assert time.monotonic() < deadline, "slow senders are not cut off"
        assert asking_world.agent.daemon.running

    @pytest.mark.parametrize(
        "request_bytes",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
            b"GET / HTTP/9.9\r\n\r\n",
            b"\r\n" * 1000,
            b"GET /probe HTTP/1.1\r\n" + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
            b"POST /challenge HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
            b"POST /challenge HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"DELETE /challenge HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ],
        ids=range(8),
    )
    def test_what_is_not_a_request_is_refused(self, asking_world, request_bytes):
        """TLS, other protocols, smuggling, endless headers."""
        answer = doors.status(doors.raw(asking_world.agent.port, request_bytes, half_close=True))
        assert answer is None or 400 <= answer < 600
        assert asking_world.agent.daemon.running


PATHS = [
    "/idp/idx/introspect",
    "/idp/idx/identify",
    "/idp/idx/authenticators/poll",
    "/idp/idx/authenticators/poll/cancel",
    "/idp/idx/challenge/retry",
    "/idp/idx/challenge/code",
    "/idp/idx/skip",
    "/idp/myaccount/app-authenticators",
    "/idp/authenticators/a/transactions/t/verify",
    "/oauth2/v1/token",
]
BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"[" * 10_000,
    b'{"identifier": 5}',
    b"\xff\xfe",
    b'{"method":"signed_nonce","challengeResponse":"a.b.c"}',
    b'{"a":"' + b"x" * (2 << 20) + b'"}',
]


class TestVerifiersDoors:
    """The verifier's interface."""

    @pytest.mark.parametrize("path", PATHS)
    def test_malformed_bodies_are_client_errors(self, world, path):
        """Whatever is posted, the answer is a 4xx and the verifier lives."""
        for body in BODIES:
            for kind in ("application/json", "text/plain", None):
                request = doors.post(
                    path,
                    body,
                    content_type=kind,
                    origin=world.verifier.issuer,
                    host=f"localhost:{world.verifier.port}",
                    extra="X-Countersign: 1\r\nAuthorization: OTDT nonsense\r\n",
                )
                answer = doors.status(doors.raw(world.verifier.port, request))
                assert answer is None or 400 <= answer < 500, (path, body[:40], kind, answer)
        assert world.verifier.daemon.running
        assert world.sign_in()

    def test_page_interface_needs_its_header_and_origin(self, world):
        """A page of another origin cannot drive a sign-in."""
        page = world.page()
        page.begin()
        for headers in ({"Origin": "https://evil.example", "X-Countersign": "1"}, {"Origin": page.origin}, {}):
            answer = page.http.post_json(f"{page.origin}/idp/idx/identify", {"identifier": "alice"}, headers=headers)
            assert 400 <= answer.status < 500, headers

    def test_responses_of_the_wrong_kind_are_refused(self, world):
        """`alg: none`, another key, another type of key, another transaction's hash."""
        challenge = genuine(world)
        asked = claims_of(challenge)
        now = int(time.time())
        [enrolment] = world.verifier.enrollments("alice")
        claims = {
            "iss": enrolment["id"],
            "aud": asked["iss"],
            "sub": asked["userId"],
            "iat": now,
            "nbf": now - 300,
            "exp": now + 300,
            "jti": "x",
            "tx": asked["transactionId"],
            "nonce": asked["nonce"],
            "challengeHash": "x",
            "amr": [],
            "methodEnrollmentId": "x",
            "keyType": "proofOfPossession",
            "deviceSignals": {"id": "x", "clientInstanceId": "x"},
            "challengeResponseContext": {
                "userConsent": "NONE",
                "originHeader": world.verifier.issuer,
                "transactionType": "LOGIN",
                "bindingType": "LOOPBACK",
            },
        }
        header = {"typ": "okta-devicebind+jwt", "kid": "x"}
        forged = [
            f"{encode(header | {'alg': 'none'})}.{encode(claims)}.",
            jws.serialize_compact(header | {"alg": "ES256"}, json.dumps(claims), ECKey.generate_key("P-256")),
            jws.serialize_compact(header | {"alg": "RS256"}, json.dumps(claims), RSAKey.generate_key(2048)),
            jws.serialize_compact(header | {"alg": "HS256"}, json.dumps(claims), OctKey.generate_key(256)),
        ]
        for response in forged:
            answer = world.app.http.post_json(
                asked["verificationUri"], {"method": "signed_nonce", "challengeResponse": response}
            )
            assert 400 <= answer.status < 500, answer.text
            assert set(answer.json()) >= {"errorCode", "errorSummary", "errorId"}


class TestStateOnDisk:
    """What lies on the disk is not what was left there."""

    def test_corrupt_agent_state_is_named(self, world):
        """The agent says which file is damaged and keeps it."""
        world.agent.stop()
        database = world.agent.state / "agent.sqlite"
        for extra in ("-wal", "-shm"):
            database.with_name(database.name + extra).unlink(missing_ok=True)
        damaged = b"this is no database" * 300
        database.write_bytes(damaged)
        result = world.agent.run("status", check=False)
        assert result.returncode not in (0, 2, 64), result
        assert "agent.sqlite" in result.stderr
        world.agent.daemon.start()
        world.agent.daemon.process.wait(timeout=20)
        assert "agent.sqlite" in world.agent.log()
        assert database.read_bytes() == damaged

    def test_corrupt_verifier_state_is_named(self, world):
        """The verifier says which file is damaged and keeps it."""
        world.verifier.stop()
        database = world.verifier.directory / "verifier.sqlite"
        for extra in ("-wal", "-shm"):
            database.with_name(database.name + extra).unlink(missing_ok=True)
        damaged = b"this is no database" * 300
        database.write_bytes(damaged)
        world.verifier.daemon.start()
        assert world.verifier.daemon.process.wait(timeout=20) != 0
        assert "verifier.sqlite" in world.verifier.daemon.output()
        assert database.read_bytes() == damaged

    def test_damaged_key_file_fails_one_sign_in_and_says_so(self, world):
        """A key that cannot be read is no crash and no sign-in."""
        files = [path for path in (world.agent.state / "keys").rglob("*") if path.is_file()]
        assert files
        for path in files:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
            path.write_bytes(b"\0" * 40)
        world.agent.restart()
        page = world.page()
        page.begin()
        page.identify("alice")
        assert page.carry() != 200 or page.poll()["state"] == "failed"
        assert world.agent.daemon.running

    def test_state_directory_of_anybody_is_refused_or_closed(self, make_agent):
        """A state directory that others may read is not used as it is."""
        agent = make_agent()
        agent.state.chmod(0o777)
        agent.daemon.start()
        time.sleep(1.5)
        assert not agent.daemon.running or stat.S_IMODE(agent.state.stat().st_mode) == 0o700

    @pytest.mark.skipif(is_root, reason="root may read everything")
    def test_unreadable_state_is_named(self, world):
        """The agent says which file it may not read."""
        world.agent.stop()
        (world.agent.state / "agent.sqlite").chmod(0)
        result = world.agent.run("status", check=False)
        assert result.returncode == 1
        assert "agent.sqlite" in result.stderr

    @needs_root
    def test_unreadable_state_of_another_user_is_named(self, make_agent, second_user):
        """The same, as a user who is not root."""
        agent = make_agent(uid=second_user).start()
        agent.stop()
        os.chown(agent.state / "agent.sqlite", 0, 0)
        (agent.state / "agent.sqlite").chmod(0)
        result = agent.run("status", check=False)
        assert result.returncode not in (0, 2, 64), result
        assert "agent.sqlite" in result.stderr

    @needs_root
    def test_full_disk_of_the_agent(self, make_world, make_agent, place):
        """No room for an enrolment: it fails with words, and succeeds once there is room."""
        agent = make_agent()
        mount_tmpfs(agent.state, size="256k", mode="0700")
        try:
            filler = agent.state / "filler"
            world = make_world(
                agent=agent, enroll=None, sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"}
            )
            fill(filler)
            code = world.verifier.code("alice")
            full = agent.enroll(world.verifier.issuer, code, check=False)
            assert full.returncode == 1, full
            assert "full" in full.stderr or "space" in full.stderr, full.stderr
            filler.unlink()
            agent.enroll(world.verifier.issuer, code)
            assert world.sign_in()
        finally:
            agent.stop()
            unmount(agent.state)

    @needs_root
    def test_full_disk_of_the_verifier(self, make_world, place):
        """No room for a transaction: the page gets a server error, nothing is half done, and room cures it."""
        directory = place / "small"
        directory.mkdir()
        mount_tmpfs(directory, size="2m")
        world = make_world(
            store={"path": str(directory / "verifier.sqlite")},
            sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"},
        )
        try:
            filler = directory / "filler"
            fill(filler)
            statuses = {world.app.http.get(world.app.authorize_url()).status for _ in range(40)}
            assert statuses & {500, 503, 507}, statuses
            filler.unlink()
            assert world.sign_in()
        finally:
            world.verifier.stop()
            unmount(directory)


def fill(path):
    """Writes until there is no room."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass


def resident(agent):
    """The agent's resident memory, in bytes."""
    with open(f"/proc/{agent.daemon.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
