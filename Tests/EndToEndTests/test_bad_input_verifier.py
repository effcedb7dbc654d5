# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What reaches the verifier and is not what apps, pages and agents send."""

import json
import threading
import time
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from harness.page import SignInWithoutBrowser
from raw_http import AMBIGUOUS, GARBAGE, NOT_JSON, Raw, descriptors, request, resident_bytes
from raw_jose import compact, es256, forgeries, parts
from raw_world import standing  # noqa: F401, pylint: disable=unused-import

LONGEST_BODY = 256 * 1024
LONGEST_WAIT = 60


@pytest.fixture
def verifier(standing):
    """The verifier; it still answers afterwards."""
    yield standing.verifier
    standing.check_alive()


def send(verifier, data):
    """Sends bytes on a connection of their own and answers the answer."""
    with Raw(verifier.port) as connection:
        return connection.send(data).answer()


def host_of(verifier):
    return f"localhost:{verifier.port}"


@pytest.fixture(scope="module")
def doors(standing):
    """The endpoints that take JSON, with the headers that let a body through to its reader."""
    verifier = standing.verifier
    page = standing.challenge()
    cookie = "; ".join(f"{name}={value}" for name, value in page.http.cookies["localhost"].items())
    authenticator = parts(page.challenge)[1]["verificationUri"].split("/")[5]
    return {
        "identify": (
            f"/idp/idx/identify?{page.query}",
            [("X-Countersign", "1"), ("Origin", verifier.issuer), ("Cookie", cookie)],
        ),
        "cancel": (
            f"/idp/idx/authenticators/poll/cancel?{page.query}",
            [("X-Countersign", "1"), ("Origin", verifier.issuer), ("Cookie", cookie)],
        ),
        "code": (
            f"/idp/idx/challenge/code?{page.query}",
            [("X-Countersign", "1"), ("Origin", verifier.issuer), ("Cookie", cookie)],
        ),
        "enrol": ("/idp/myaccount/app-authenticators", [("Authorization", "OTDT 0000-0000-0000-0000-0000-0000")]),
        "verify": (f"/idp/authenticators/{authenticator}/transactions/none/verify", []),
    }


DOORS = ["identify", "cancel", "code", "enrol", "verify"]
JSON_TYPE = [("Content-Type", "application/json")]
FORM_TYPE = [("Content-Type", "application/x-www-form-urlencoded")]


def assert_error(answer, status, code="E0000003"):
    """An error in Okta's shape."""
    assert answer is not None and answer.status == status, answer
    error = answer.json()
    assert sorted(error) == ["errorCauses", "errorCode", "errorId", "errorLink", "errorSummary"], error
    assert error["errorCode"] == code and error["errorSummary"] and error["errorId"], error
    assert answer.header("Cache-Control") == "no-store" and answer.header("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("name", NOT_JSON)
@pytest.mark.parametrize("door", DOORS)
def test_bodies_that_do_not_belong_there_are_refused(doors, verifier, door, name):
    """400 with E0000003, and no word of the body in the answer."""
    path, headers = doors[door]
    assert_error(send(verifier, request("POST", path, JSON_TYPE + headers, NOT_JSON[name], host_of(verifier))), 400)


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "text/json", "application/jsonp"]
)
@pytest.mark.parametrize("door", DOORS)
def test_other_content_types_are_refused(doors, verifier, door, kind):
    """415 with E0000003."""
    path, headers = doors[door]
    headers = headers + ([("Content-Type", kind)] if kind else [])
    assert_error(send(verifier, request("POST", path, headers, b"{}", host_of(verifier))), 415)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("size", [LONGEST_BODY + 1, 10**10])
def test_long_bodies_are_refused_before_they_are_read(doors, verifier, door, size):
    """413 at the stated length, and the connection ends."""
    path, headers = doors[door]
    before = resident_bytes(verifier.daemon.process.pid)
    with Raw(verifier.port) as connection:
        headers = JSON_TYPE + headers + [("Content-Length", size)]
        connection.send(request("POST", path, headers, host=host_of(verifier), length=False))
        assert_error(connection.answer(), 413)
        assert connection.closed_within(5)
    assert resident_bytes(verifier.daemon.process.pid) - before < 8 << 20


@pytest.mark.parametrize("door", ["verify", "enrol"])
def test_endless_chunks_are_cut_off(doors, verifier, door):
    """A body without a stated end is refused at the limit; nothing of it is kept."""
    path, headers = doors[door]
    before = resident_bytes(verifier.daemon.process.pid)
    with Raw(verifier.port) as connection:
        headers = JSON_TYPE + headers + [("Transfer-Encoding", "chunked")]
        connection.send(request("POST", path, headers, host=host_of(verifier), length=False))
        for _ in range(160):
            connection.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        assert connection.closed_within(5)
    assert resident_bytes(verifier.daemon.process.pid) - before < 16 << 20


@pytest.mark.parametrize("path", ["/oauth2/v1/token", "/oauth2/v1/authorize", "/oauth2/v1/logout"])
@pytest.mark.parametrize("body", [b"a=%zz", b"a=%ff%fe", b"&".join(b"a%d=b" % n for n in range(100)), b"%"])
def test_broken_forms_are_refused(verifier, path, body):
    """400: broken escapes, other encodings, too many parameters."""
    answer = send(verifier, request("POST", path, FORM_TYPE, body, host_of(verifier)))
    assert answer.status == 400 and answer.json(), answer


@pytest.mark.parametrize("path", ["/oauth2/v1/authorize", "/oauth2/v1/logout"])
@pytest.mark.parametrize("query", ["a=%zz", "a=%ff%fe", "a=" + "b" * 20_000, "%00=%"])
def test_broken_queries_are_refused(verifier, path, query):
    """400 or 431: the same in a query."""
    answer = send(verifier, request("GET", f"{path}?{query}", host=host_of(verifier)))
    assert answer.status in (400, 431), answer


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_ends_the_connection(verifier, name):
    """What is no HTTP/1.1 request is refused or dropped, at once, and never answered as if it were one."""
    data = GARBAGE[name].replace(b"/probe", b"/livez").replace(b"/pro\x00be", b"/liv\x00ez")
    with Raw(verifier.port) as connection:
        answer = connection.send(data).half_close().answer()
        assert answer is None or answer.status in (400, 404, 505), answer
        assert connection.closed_within(5)


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_bodies_without_a_clear_end_are_refused(doors, verifier, name):
    """400 or a closed connection, and never a second request: nothing is smuggled past a proxy."""
    path, _ = doors["verify"]
    head = f"POST {path} HTTP/1.1\r\nHost: {host_of(verifier)}\r\nContent-Type: application/json\r\n{AMBIGUOUS[name]}"
    with Raw(verifier.port) as connection:
        answer = connection.send(head.encode() + request("GET", "/livez", host=host_of(verifier))).answer()
        assert answer is None or answer.status in (400, 413, 501), answer
        assert connection.closed_within(5)


@pytest.mark.parametrize("flood", ["many headers", "a long header", "a long request line", "a header without an end"])
def test_header_floods_are_cut_off(verifier, flood):
    """Heads that never end well are refused within bounds of memory."""
    data = {
        "many headers": b"GET /livez HTTP/1.1\r\nHost: a\r\n"
        + b"".join(b"X-%d: y\r\n" % n for n in range(50_000))
        + b"\r\n",
        "a long header": b"GET /livez HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * (4 << 20) + b"\r\n\r\n",
        "a long request line": b"GET /livez?" + b"a" * (4 << 20) + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        "a header without an end": b"GET /livez HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * (4 << 20),
    }[flood]
    before = resident_bytes(verifier.daemon.process.pid)
    with Raw(verifier.port) as connection:
        answer = connection.send(data).answer()
        assert answer is None or answer.status in (400, 413, 414, 431), answer
        assert connection.closed_within(5)
    assert resident_bytes(verifier.daemon.process.pid) - before < 16 << 20


# Tokens


@dataclass
class Caught:
    """A response that an agent signed and that did not arrive."""

    verifier: object
    path: str
    response: str
    key: dict

    def post(self, response):
        """Posts a response in its place."""
        body = json.dumps({"method": "signed_nonce", "challengeResponse": response}).encode()
        return send(self.verifier, request("POST", self.path, JSON_TYPE, body, host_of(self.verifier)))


@pytest.fixture
def caught(make_world, recorder):
    """A response that was caught on its way."""
    world = make_world(
        enroll=None,
        sign_in={"user_verification": "DISCOURAGED", "user_mediation": "NONE"},
        issuer=f"http://localhost:{recorder.port}",
        proxies={"trusted": ["127.0.0.1/32"]},
    )
    recorder.start(world.verifier.port)
    world.enroll()
    recorder.before = lambda exchange: "drop" if exchange.path.endswith("/verify") else None
    page = world.page()
    page.begin()
    page.identify("alice")
    assert page.post_challenge(world.agent.port).status == 504
    exchange = recorder.matching("POST", "/verify")[0]
    enrolment = json.loads(recorder.matching("POST", "/app-authenticators")[0].body)
    return Caught(
        world.verifier,
        exchange.path,
        json.loads(exchange.body)["challengeResponse"],
        enrolment["methods"]["signed_nonce"]["keys"]["proofOfPossession"],
    )


def test_forged_responses_are_refused(caught):
    """No algorithm but the key's own, no key but the enrolled one, no extension; the genuine one counts afterwards."""
    for name, (forged, is_ours) in forgeries(caught.response, caught.key).items():
        answer = caught.post(forged)
        assert answer.status == (401 if is_ours else 400), (name, answer)
        assert_error(answer, answer.status, "E0000011" if is_ours else "E0000003")
    assert caught.post(caught.response).status == 200


@pytest.mark.parametrize(
    "scheme, status",
    [("SSWS", 401), ("SSWS a.b.c", 401), ("Bearer x", 401), ("SSWS " + "A" * 9000, 401), ("ssws\teyJ", 401)],
    ids=lambda value: str(value)[:12],
)
def test_deleting_needs_a_signed_token(standing, verifier, scheme, status):
    """401 with E0000011; the enrolment stays."""
    [enrolment] = standing.verifier.enrollments("alice")
    answer = send(
        verifier,
        request(
            "DELETE",
            f"/idp/myaccount/app-authenticators/{enrolment['id']}",
            [("Authorization", scheme)],
            host=host_of(verifier),
        ),
    )
    assert_error(answer, status, "E0000011")
    assert len(standing.verifier.enrollments("alice")) == 1


def test_deleting_by_a_forged_token_is_refused(standing, verifier):
    """A token in the right form signed by somebody else's key deletes nothing, alg none neither."""
    from cryptography.hazmat.primitives.asymmetric import ec

    [enrolment] = standing.verifier.enrollments("alice")
    now = int(time.time())
    claims = {"iss": enrolment["id"], "aud": verifier.issuer, "sub": "anyone", "iat": now, "exp": now + 300, "jti": "1"}
    for header, sign in (
        ({"alg": "ES256"}, es256(ec.generate_private_key(ec.SECP256R1()))),
        ({"alg": "none"}, lambda data: b""),
    ):
        token = compact(header | {"typ": "okta-enrollmentupdate+jwt"}, claims, sign)
        answer = send(
            verifier,
            request(
                "DELETE",
                f"/idp/myaccount/app-authenticators/{enrolment['id']}",
                [("Authorization", f"SSWS {token}")],
                host=host_of(verifier),
            ),
        )
        assert_error(answer, 401, "E0000011")
    assert len(standing.verifier.enrollments("alice")) == 1


@pytest.mark.parametrize(
    "authorization",
    [None, "", "OTDT", "OTDT ", "OTDT " + "A" * 129, "Bearer ", "Bearer ../../x", "Basic YTpi"],
    ids=lambda value: str(value)[:12],
)
def test_enrolling_needs_an_authority(verifier, authorization):
    """401 with E0000011."""
    headers = JSON_TYPE + ([("Authorization", authorization)] if authorization is not None else [])
    answer = send(verifier, request("POST", "/idp/myaccount/app-authenticators", headers, b"{}", host_of(verifier)))
    assert_error(answer, 401, "E0000011")


# The page's interface


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("X-Countersign", "0")],
        [("X-Countersign", "1"), ("Origin", "null")],
        [("X-Countersign", "1"), ("Origin", "https://evil.example")],
        [("X-Countersign", "1"), ("Sec-Fetch-Site", "cross-site")],
        [("X-Countersign", "1"), ("Sec-Fetch-Site", "same-site")],
    ],
    ids=str,
)
def test_page_interface_is_for_the_page_alone(verifier, headers):
    """403 for what another site could send, before anything is looked at."""
    answer = send(verifier, request("POST", "/idp/idx/introspect", JSON_TYPE + headers, b"{}", host_of(verifier)))
    assert_error(answer, 403, "E0000001")


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        "",
        "A" * 5000,
        "a b",
        "../../etc/passwd-etc",
        "A" * 43,
        "'; DROP TABLE x; --",
    ],
    ids=lambda value: str(value)[:28],
)
def test_unknown_state_handles_are_over(verifier, cookie):
    """410 with C0000002, whatever the cookie holds."""
    name = "A" * 16
    cookies = [] if cookie is None else [("Cookie", f"cs_transaction_{name}={cookie}")]
    headers = JSON_TYPE + [("X-Countersign", "1")] + cookies
    target = f"/idp/idx/introspect?sign_in={name}"
    answer = send(verifier, request("POST", target, headers, b"{}", host_of(verifier)))
    assert_error(answer, 410, "C0000002")


@pytest.mark.parametrize(
    "query", ["", "sign_in=", "sign_in=" + "A" * 4000, "sign_in=%00", "sign_in=%", "sign_in=a&sign_in=b", "&" * 200]
)
def test_odd_names_of_sign_ins_are_over(standing, verifier, query):
    """410 with C0000002, whatever name the page gives with a genuine cookie."""
    page = standing.challenge()
    cookie = "; ".join(f"{name}={value}" for name, value in page.http.cookies["localhost"].items())
    headers = JSON_TYPE + [("X-Countersign", "1"), ("Cookie", cookie)]
    answer = send(verifier, request("POST", f"/idp/idx/introspect?{query}", headers, b"{}", host_of(verifier)))
    assert_error(answer, 410, "C0000002")


@pytest.mark.parametrize(
    "identifier",
    [
        "ali\x00ce",
        "alice\x00",
        "alice\r\nX-Injected: 1",
        "\u202eecila",
        "a" * 256,
        "'; --",
        "../../alice",
        "\ud7ff\ue000",
        "ALICE\u0301",
    ],
    ids=lambda value: repr(value)[:20],
)
def test_odd_names_are_as_unknown_ones(standing, verifier, identifier):
    """A name that nobody bears is answered alike, whatever is in it."""

    def identify(name):
        page = SignInWithoutBrowser(standing.app.authorize_url())
        page.begin()
        view = page.identify(name)
        assert view["redirect"].endswith(f"?{page.query}")
        own = ("identifier", "expiresAt", "serverTime", "redirect")
        return {key: value for key, value in view.items() if key not in own}

    assert identify(identifier) == identify("nobody")


@pytest.mark.parametrize("identifier", ["", "a" * 257, "a" * 100_000])
def test_names_that_are_too_long_are_refused(doors, verifier, identifier):
    """400 with E0000001."""
    path, headers = doors["identify"]
    body = json.dumps({"identifier": identifier, "rememberMe": False}).encode()
    assert_error(send(verifier, request("POST", path, JSON_TYPE + headers, body, host_of(verifier))), 400, "E0000001")


@pytest.mark.parametrize("code", ["", "a" * 129, "a" * 100_000])
def test_codes_that_are_too_long_are_refused(doors, verifier, code):
    """400 with E0000001."""
    path, headers = doors["code"]
    body = json.dumps({"code": code}).encode()
    assert_error(send(verifier, request("POST", path, JSON_TYPE + headers, body, host_of(verifier))), 400, "E0000001")


# OpenID Connect


def authorize(standing, changes, extra=""):
    """Sends an authorization request with parameters changed; None takes one away."""
    query = {key: values[0] for key, values in parse_qs(urlsplit(standing.app.authorize_url()).query).items()}
    query = {key: value for key, value in (query | changes).items() if value is not None}
    verifier = standing.verifier
    return send(verifier, request("GET", f"/oauth2/v1/authorize?{urlencode(query)}{extra}", host=host_of(verifier)))


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "nobody"},
        {"client_id": "test-app\x00"},
        {"client_id": "a" * 10_000},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "{uri}/"},
        {"redirect_uri": "{uri}?a=b"},
        {"redirect_uri": "{uri}#a"},
        {"redirect_uri": "{uri}\r\nX-Injected: 1"},
        {"redirect_uri": "{uri}\x00"},
        {"redirect_uri": "{upper}"},
        {"redirect_uri": "{uri}" + "a" * 10_000},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "//evil.example"},
    ],
    ids=lambda value: str(value)[:44],
)
def test_nobody_is_redirected_where_client_or_uri_do_not_match(standing, verifier, changes):
    """400 on a page, and no Location."""
    uri = standing.app.redirect_uri
    changes = {
        key: value and value.replace("{uri}", uri).replace("{upper}", uri.replace("callback", "CALLBACK"))
        for key, value in changes.items()
    }
    answer = authorize(standing, changes)
    assert answer.status == 400 and answer.header("Location") is None and answer.header("X-Injected") is None, answer
    assert answer.header("Content-Type").startswith("text/html")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_nobody_is_redirected_where_client_or_uri_come_twice(standing, verifier, name):
    """400 on a page, and no Location."""
    answer = authorize(standing, {}, f"&{name}={quote('https://evil.example/', safe='')}")
    assert answer.status == 400 and answer.header("Location") is None, answer


@pytest.mark.parametrize(
    "changes, extra, error",
    [
        ({}, "&state=again", "invalid_request"),
        ({}, "&scope=openid", "invalid_request"),
        ({}, "&x=1&x=2", "invalid_request"),
        ({"response_type": None}, "", "invalid_request"),
        ({"response_type": "token"}, "", "unsupported_response_type"),
        ({"response_type": "code id_token"}, "", "unsupported_response_type"),
        ({"scope": "profile"}, "", "invalid_scope"),
        ({"code_challenge_method": "plain"}, "", "invalid_request"),
        ({"code_challenge": "short"}, "", "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "", "request_not_supported"),
        ({"request_uri": "https://evil.example/r"}, "", "request_uri_not_supported"),
        ({"state": "a" * 3000}, "", "invalid_request"),
        ({"nonce": "a" * 600}, "", "invalid_request"),
        ({"login_hint": "a" * 300}, "", "invalid_request"),
        ({"prompt": "none login"}, "", "invalid_request"),
        ({"prompt": "dance"}, "", "invalid_request"),
        ({"max_age": "-1"}, "", "invalid_request"),
        ({"max_age": "9" * 40}, "", "invalid_request"),
        ({"id_token_hint": "eyJhbGciOiJub25lIn0.e30."}, "", "invalid_request"),
    ],
    ids=lambda value: str(value)[:36],
)
def test_other_errors_go_to_the_app(standing, verifier, changes, extra, error):
    """A redirect with the error's name."""
    answer = authorize(standing, changes, extra)
    assert answer.status in (302, 303), answer
    location = answer.header("Location")
    assert location.startswith(standing.app.redirect_uri + "?"), location
    query = parse_qs(urlsplit(location).query)
    assert query["error"] == [error] and query["iss"] == [verifier.issuer], query


def test_line_ends_in_parameters_make_no_headers(standing, verifier):
    """What an app sends as `state` comes back escaped."""
    state = "a\r\nX-Injected: 1\r\n\r\n<script>\x00é"
    answer = authorize(standing, {"prompt": "none", "state": state})
    assert answer.header("X-Injected") is None
    query = parse_qs(urlsplit(answer.header("Location")).query)
    assert query["state"] == [state] and query["error"] == ["login_required"]


def token(standing, fields, authorization=None, body=None):
    """Sends a token request."""
    client = standing.app.client
    basic = b64encode(f"{client.id}:{client.secret}".encode()).decode()
    headers = FORM_TYPE + [("Authorization", f"Basic {basic}" if authorization is None else authorization)]
    body = urlencode(fields).encode() if body is None else body
    verifier = standing.verifier
    return send(verifier, request("POST", "/oauth2/v1/token", headers, body, host_of(verifier)))


@pytest.mark.parametrize(
    "fields, error",
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code\x00"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://evil.example"}, "invalid_grant"),
        (
            {"grant_type": "authorization_code", "code": "x" * 100_000, "redirect_uri": "https://evil.example"},
            "invalid_grant",
        ),
        ({"grant_type": "authorization_code", "code": "\x00'; --", "redirect_uri": "a"}, "invalid_grant"),
    ],
    ids=lambda value: str(value)[:44],
)
def test_token_errors_are_named(standing, verifier, fields, error):
    """400 with the names of RFC 6749."""
    answer = token(standing, fields)
    assert answer.status == 400 and answer.json()["error"] == error, answer
    assert answer.header("Cache-Control") == "no-store"


def test_repeated_token_parameters_are_refused(standing, verifier):
    """RFC 6749 §3.2: parameters must not come twice."""
    answer = token(
        standing, {}, body=b"grant_type=authorization_code&grant_type=authorization_code&code=a&redirect_uri=b"
    )
    assert answer.status == 400 and answer.json()["error"] == "invalid_request", answer


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"no colon").decode(),
        "Basic " + b64encode(b"test-app:wrong").decode(),
        "Basic " + b64encode(b"test-app:\x00").decode(),
        "Basic " + "A" * 10_000,
        "Basic " + b64encode(b"\xff\xfe:\xff").decode(),
    ],
    ids=lambda value: value[:24],
)
def test_clients_that_do_not_prove_themselves_are_refused(standing, verifier, authorization):
    """401 invalid_client with a challenge; 400 where the header is no credentials at all."""
    answer = token(standing, {"grant_type": "authorization_code", "code": "x", "redirect_uri": "y"}, authorization)
    assert answer.status == 401 and answer.json()["error"] == "invalid_client", answer
    assert answer.header("WWW-Authenticate").startswith("Basic")


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer x", "Bearer " + "A" * 10_000, "Basic YTpi", "Bearer a b"]
)
def test_userinfo_needs_a_token(verifier, authorization):
    """401 with a challenge (RFC 6750 §3)."""
    headers = [("Authorization", authorization)] if authorization else []
    answer = send(verifier, request("GET", "/oauth2/v1/userinfo", headers, host=host_of(verifier)))
    assert answer.status == 401 and answer.header("WWW-Authenticate").startswith("Bearer"), answer


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/nothing", 404),
        ("GET", "/signin/assets/../../verifier.toml", 404),
        ("GET", "/signin/assets/%2e%2e%2fsignin.css", 404),
        ("GET", "/signin/assets/signin.css%00", 404),
        ("GET", "/" + "a" * 8000, 404),
        ("PUT", "/oauth2/v1/token", 404),
        ("GET", "/idp/idx/identify", 404),
        ("TRACE", "/livez", 404),
    ],
    ids=lambda value: str(value)[:40],
)
def test_other_paths_lead_nowhere(verifier, method, path, status):
    """404, without a word about files."""
    answer = send(verifier, request(method, path, host=host_of(verifier)))
    assert answer.status == status and b"verifier.toml" not in answer.body and b"/tmp" not in answer.body, answer


# Connections


def test_half_closed_connections_are_let_go(standing, verifier):
    """A caller that says it is done gets its answer or none; the connection does not stay."""
    before = descriptors(verifier.daemon.process.pid)
    livez = request("GET", "/livez", host=host_of(verifier))
    connections = [Raw(verifier.port) for _ in range(30)]
    for connection in connections[:10]:
        connection.send(livez).half_close()
    for connection in connections[10:20]:
        connection.send(livez[:20]).half_close()
    for connection in connections[20:]:
        connection.half_close()
    for connection in connections:
        assert connection.closed_within(5)
        connection.socket.close()
    standing.check_let_go(verifier.daemon, before)


def test_pipelined_requests_are_answered_in_order(verifier):
    """Fifty in one packet: fifty answers, a 404 among them in its place."""
    host = host_of(verifier)
    with Raw(verifier.port) as connection:
        connection.send(b"".join(request("GET", "/nothing" if n == 25 else "/livez", host=host) for n in range(50)))
        statuses = [connection.answer().status for _ in range(50)]
    assert statuses == [200] * 25 + [404] + [200] * 24


def test_slow_senders_are_dropped_and_delay_nobody(doors, verifier):
    """One byte in a tenth of a second, in head and body, and silence: all end in time, others are served."""
    host = host_of(verifier)
    path, headers = doors["verify"]
    head = request("POST", path, JSON_TYPE + headers + [("Content-Length", "5000")], host=host, length=False)
    senders = {
        "head": b"",
        "body": head,
        "silence": b"",
        "silence in the head": head[:30],
        "silence in the body": head + b"{",
    }
    ended = {}

    def dribble(name, start):
        with Raw(verifier.port) as connection:
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
        assert send(verifier, request("GET", "/livez", host=host)).status == 200
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.25)
    assert sorted(ended) == sorted(senders), f"only {ended} were dropped within {LONGEST_WAIT} s"
    assert slowest < 5, f"a good request took {slowest:.2f} s"


def test_idle_connections_do_not_stop_others(standing, verifier):
    """Two hundred connections that say nothing: a sign-in goes on, and all are let go."""
    before = descriptors(verifier.daemon.process.pid)
    idle = [Raw(verifier.port) for _ in range(200)]
    began = time.monotonic()
    assert send(verifier, request("GET", "/livez", host=host_of(verifier))).status == 200
    assert time.monotonic() - began < 5
    standing.sign_in()
    for connection in idle:
        connection.socket.close()
    standing.check_let_go(verifier.daemon, before)


def test_connection_flood_is_bounded(standing, verifier):
    """A thousand connections take neither the memory nor the descriptors that the verifier needs."""
    before, memory = descriptors(verifier.daemon.process.pid), resident_bytes(verifier.daemon.process.pid)
    held = []
    for _ in range(1000):
        try:
            held.append(Raw(verifier.port, timeout=2))
        except OSError:
            break
    assert resident_bytes(verifier.daemon.process.pid) - memory < 256 << 20
    for connection in held:
        connection.socket.close()
    standing.check_let_go(verifier.daemon, before)
    standing.sign_in()
