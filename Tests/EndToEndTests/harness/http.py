# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A small HTTP client: cookies, no redirects of its own accord, nothing hidden."""

import http.client
import json
import ssl
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit


@dataclass
class Answer:
    """An HTTP response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    url: str

    @property
    def text(self):
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def location(self):
        """Where a redirect leads, absolute."""
        target = self.headers.get("Location")
        return urljoin(self.url, target) if target else None


class Browserless:
    """What a browser is without its engine: a cookie jar and one connection a request."""

    def __init__(self, certificate_authority=None):
        self.cookies = {}
        self._authority = certificate_authority

    def _connection(self, parts, timeout):
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self._authority)
            if not self._authority:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            return http.client.HTTPSConnection(parts.hostname, port, timeout=timeout, context=context)
        return http.client.HTTPConnection(parts.hostname, port, timeout=timeout)

    def request(self, method, url, body=None, headers=None, timeout=30):
        """Sends one request and reads the whole answer."""
        parts = urlsplit(url)
        jar = self.cookies.setdefault(parts.hostname, {})
        headers = dict(headers or {})
        if jar and "Cookie" not in headers:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        connection = self._connection(parts, timeout)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read(), url)
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value
        return answer

    def get(self, url, **options):
        """GET."""
        return self.request("GET", url, **options)

    def post_json(self, url, value, headers=None, **options):
        """POST of a JSON value."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        return self.request("POST", url, body=json.dumps(value), headers=headers, **options)

    def post_form(self, url, fields, headers=None, **options):
        """POST of a form."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.request("POST", url, body=urlencode(fields), headers=headers, **options)
