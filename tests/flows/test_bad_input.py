"""Every endpoint of gateway and BVD, front and back, with what no client of theirs sends: the right status, a code, a
log line, and never a fault of ours. What is knocked at is the table of routes itself.
"""

import logging
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
from starlette.routing import Route

from gateway.interfaces.oidc.terms import PUSH, TOKEN, USERINFO
from pilot.browser import Page
from pilot.loopback import LoopbackTransport
from pilot.places import BVD, GATEWAY
from runtime.journal import CODE_ALPHABET
from runtime.web.forms import MAX_BYTES, MAX_FIELDS, MEDIA_TYPE
from tests.flows.pilots import Pilot
from tests.flows.speakers import tls_of

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
CODE: Final = re.compile(rf"\b[{CODE_ALPHABET}]{{8}}\b")
SOAP_PATH: Final = "/saml/artifact"
PROGRAMS: Final = (PUSH, TOKEN, USERINFO)  # at the front, told in the words of OAuth
NO_BODY: Final = (USERINFO, "/logout/{waiting}")  # nothing that stands in a body counts there
# By path parameter: what stands there that no handle, file or interface is called.
JUNK: Final = ("x", "%FF%FE", "%2E%2E%3B", "a" * 4_000, "%00", "'\"<b>")
HEADERS: Final[Mapping[str, Mapping[str, bytes]]] = {
    "cookies that are none": {"Cookie": b"gateway=\xff\xfe; bvd==; ;;=; gateway"},
    "many cookies": {"Cookie": b"; ".join(b"gateway=%d" % number for number in range(200))},
    "an Accept that is none": {"Accept": b";;q=x,,\xff/*"},
    "an Accept-Language that is none": {"Accept-Language": b"q=;nl;q=-1e999,\xff"},
    "a traceparent that is none": {"traceparent": b"00-\xff"},
}
QUERIES: Final = (
    "lang=%FF&lang=xx",
    "SAMLart=x&SAMLart=y&RelayState=%FF",
    "RelayState=" + "a" * 5_000,
    "SAMLRequest=%FF",
    "SAMLResponse=x&SigAlg=y&Signature=z",
    "profile=%00",
    "&&==&",
)
TYPES: Final = ("", "application/json", "multipart/form-data; boundary=x", f"{MEDIA_TYPE}; charset=utf-16", "\xff/x")
BODIES: Final[Mapping[str, tuple[bytes, int]]] = {
    "a field twice": (b"SAMLRequest=a&SAMLRequest=b", 400),
    "not UTF-8": (b"csrf=%FF&choice=%C0%AF", 400),
    "raw octets": (b"csrf=\xff", 400),
    "no fields": (b"&&&", 400),
    "too many fields": (b"&".join(b"f%d=x" % number for number in range(MAX_FIELDS + 1)), 400),
    "too long": (b"SAMLRequest=" + b"a" * MAX_BYTES, 413),
}
NOWHERE: Final = (
    "/",
    "/niets",
    "/saml",
    "/saml/sso/",
    "/SAML/SSO",
    "/%FF",
    "//saml/sso",
    "/login",
    "/metadata.xml",
    "/login/..%2Fx",
)


@dataclass(frozen=True, slots=True)
class Side:
    """One port of one party. `methods` are those of each path."""

    party: str
    back: bool
    url: str
    client: httpx.AsyncClient
    methods: Mapping[str, frozenset[str]]

    def paths(self, *with_methods: str, but: Sequence[str] = ()) -> Iterator[str]:
        """The paths that take one of these methods, junk in their parameters."""
        for path, methods in self.methods.items():
            if methods & set(with_methods) and path not in but:
                yield from {re.sub(r"\{[^}]+\}", junk, path) for junk in JUNK}


def table(app: Any) -> Mapping[str, frozenset[str]]:
    """The routes of a served application, however it is dressed."""
    while not hasattr(app, "routes"):
        app = app._otherwise if hasattr(app, "_otherwise") else app._app
    found: dict[str, frozenset[str]] = {}
    for route in app.routes:
        if isinstance(route, Route):
            found[route.path] = found.get(route.path, frozenset()) | frozenset(route.methods or ())
    return found


@pytest.fixture(params=[(GATEWAY, False), (GATEWAY, True), (BVD, False), (BVD, True)], ids=str)
async def side(request: pytest.FixtureRequest, scenarios: Pilot) -> AsyncIterator[Side]:
    party, back = request.param
    pki, service = scenarios.network.prepared.pki, scenarios.network.services[party]
    tls = tls_of(pki.anchors, pki.ring("gemeente" if party == GATEWAY else GATEWAY) / "tls-1.pem") if back else None
    url = scenarios.places.back(party) if back else scenarios.places.front(party)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=LoopbackTransport(tls), trust_env=False, timeout=30)
        )
        yield Side(party, back, url, client, table(service.back if back else service.front))


async def knock(side: Side, caplog: pytest.LogCaptureFixture, method: str, path: str, **more: Any) -> int:
    """The status of an answer that is told as it should be: by a code that stands in the log, and no fault of ours."""
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        answer = await side.client.request(method, side.url + path, **more)
    what = f"{method} {path[:80]} {more.get('headers', '')}: {answer.status_code} {answer.content[:300]!r}"
    assert answer.status_code < 500, what
    if answer.status_code < 400 or method == "HEAD":
        return answer.status_code
    # At the front some doors are for programs; whether a path or method is there at all, people are told.
    told_to_programs = answer.status_code not in (404, 405)
    if path.partition("?")[0] in PROGRAMS and told_to_programs:
        assert answer.headers["content-type"] == "application/json", what
        assert answer.headers["cache-control"] == "no-store", what
        assert answer.json().keys() == {"error", "error_description", "code"}, what
        code = answer.json()["code"]
    elif side.back or (path == SOAP_PATH and told_to_programs):
        assert answer.headers["content-type"] == "application/problem+json", what
        document = answer.json()
        assert document["status"] == answer.status_code, what
        code = document["code"]
    else:
        page = Page(str(answer.url), answer.status_code, answer.content)
        assert page.name.startswith("E"), what
        codes = set(CODE.findall(" ".join(page.texts("//main"))))
        assert len(codes) == 1, what
        code = codes.pop()
    told = [record for record in caplog.records if getattr(record, "code", "") == code]
    assert len(told) == 1, what
    assert not any(record.exc_info for record in caplog.records), what
    return answer.status_code


def harmless(path: str) -> tuple[int, ...]:
    """What may come of asking a path for a page; userinfo is told to nobody without a token."""
    return (401,) if path == USERINFO else (200, 400, 404)


async def test_the_table_of_routes_is_known(side: Side) -> None:
    assert (SOAP_PATH in side.methods) == (side.back or side.party == GATEWAY)
    assert len(side.methods) >= (2 if side.back else 8) - (side.party == BVD)


async def test_another_method_is_told_so(side: Side, caplog: pytest.LogCaptureFixture) -> None:
    for path, methods in side.methods.items():
        here = re.sub(r"\{[^}]+\}", "x", path)
        for method in set(METHODS) - methods:
            assert await knock(side, caplog, method, here) == 405, (method, path)


async def test_head_is_get_without_a_body(side: Side) -> None:
    for path in side.paths("GET"):
        asked = [await side.client.request(method, side.url + path) for method in ("HEAD", "GET")]
        assert asked[0].status_code == asked[1].status_code, path
        assert asked[0].content == b""


async def test_what_is_nowhere_is_not_found(side: Side, caplog: pytest.LogCaptureFixture) -> None:
    for path in NOWHERE:
        for method in ("GET", "POST"):
            assert await knock(side, caplog, method, path) == 404, path


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
async def test_headers_that_make_no_sense_do_no_harm(
    side: Side, caplog: pytest.LogCaptureFixture, headers: Mapping[str, bytes]
) -> None:
    for path in side.paths("GET"):
        assert await knock(side, caplog, "GET", path, headers=dict(headers)) in harmless(path)


async def test_queries_that_make_no_sense_do_no_harm(side: Side, caplog: pytest.LogCaptureFixture) -> None:
    for path in (path for path in side.methods if "GET" in side.methods[path]):
        for query in QUERIES:
            here = re.sub(r"\{[^}]+\}", "x", path)
            assert await knock(side, caplog, "GET", f"{here}?{query}") in harmless(path), (path, query)


@pytest.mark.clause("GEN-27", "DV-RSV-05")
async def test_another_kind_of_body_is_told_so(side: Side, caplog: pytest.LogCaptureFixture) -> None:
    for path in side.paths("POST", but=NO_BODY):
        for kind in (*TYPES, MEDIA_TYPE if path == SOAP_PATH else "text/xml"):
            headers = {"Content-Type": kind.encode("latin-1")} if kind else {}
            assert await knock(side, caplog, "POST", path, content=b"a=b", headers=headers) == 415, (path, kind)


@pytest.mark.clause("ERR-09")
@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES)
async def test_a_form_that_could_be_read_in_two_ways_is_refused(
    side: Side, caplog: pytest.LogCaptureFixture, body: bytes, status: int
) -> None:
    for path in side.paths("POST", but=(SOAP_PATH, *NO_BODY)):
        headers = {"Content-Type": MEDIA_TYPE}
        assert await knock(side, caplog, "POST", path, content=body, headers=headers) == status, path


async def test_a_form_for_no_login_is_not_found(side: Side, caplog: pytest.LogCaptureFixture) -> None:
    for path in set(side.paths("POST")) - side.methods.keys():
        headers = {"Content-Type": MEDIA_TYPE}
        assert await knock(side, caplog, "POST", path, content=b"choice=x", headers=headers) == 404, path
