"""The edge of a service: every failure ends in a page of the plan with a code, or in a problem document."""

import json
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.web.errors import Errors
from runtime.web.frame import Frame, Site
from runtime.web.look import Look
from stelsel.failures import (
    OUTCOMES,
    CookiesBlocked,
    DatabaseUnavailable,
    Failure,
    LoginExpired,
    LoginOvertaken,
    MessageTooLarge,
    Misconfigured,
    NoValidRepresentation,
    Reason,
    RegisterUnavailable,
    ServiceUnknown,
    SignatureRefused,
    StoreUnavailable,
    TooManyTries,
)

SECRET = "what nobody outside may read"
WAY_BACK = Frame(language="nl", dv="Gemeente", service="Bijstand", back="https://gemeente.example/")


class Edge:
    """A service that ends in one error, and what its journal was told."""

    def __init__(self, error: Exception, *, journal_away: bool = False, frame_away: bool = False) -> None:
        self.recorded: list[Exception] = []
        self._journal_away = journal_away
        self._frame_away = frame_away

        async def fail(_: Request) -> Response:
            raise error

        self.app = Starlette(routes=[Route("/page", fail), Route("/api", fail)])
        Errors(
            look=Look(Site(operator="Namens"), Path(__file__).parent),
            record=self._record,
            frame=self._frame,
            speaks_json=lambda request: request.url.path == "/api",
        ).install(self.app)

    async def ask(self, path: str = "/page", method: str = "GET") -> httpx.Response:
        """The answer; an exception that leaves the application fails the test."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            return await client.request(method, path)

    async def _record(self, _: Request, error: Exception) -> str:
        if self._journal_away:
            raise DatabaseUnavailable
        self.recorded.append(error)
        return "7K2M-9XQ4"

    async def _frame(self, _: Request) -> Frame:
        if self._frame_away:
            raise DatabaseUnavailable
        return WAY_BACK


@pytest.mark.parametrize(
    ("failure", "page", "status"),
    [
        (SignatureRefused(SECRET), "E1", 400),
        (MessageTooLarge(SECRET), "E1", 413),
        (LoginExpired(SECRET), "E2", 400),
        (LoginOvertaken(SECRET), "E3", 400),
        (CookiesBlocked(SECRET), "E4", 400),
        (StoreUnavailable(SECRET), "E5", 503),
        (Misconfigured(SECRET), "E5", 500),
        (TooManyTries(SECRET, retry_after_seconds=90), "E7", 429),
        (ZeroDivisionError(SECRET), "E5", 500),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
async def test_a_failure_is_told_by_its_page_with_the_journal_s_code(
    failure: Exception, page: str, status: int
) -> None:
    edge = Edge(failure)
    answer = await edge.ask()
    assert answer.status_code == status
    assert f'data-page="{page}"' in answer.text
    assert "Code 7K2M-9XQ4." in answer.text
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    assert edge.recorded == [failure]


@pytest.mark.parametrize(
    "failure",
    [ServiceUnknown(SECRET), NoValidRepresentation(Reason.NO_MANDATE, SECRET), RegisterUnavailable("brp", SECRET)],
    ids=lambda failure: type(failure).__name__,
)
async def test_what_only_the_dv_should_hear_is_our_fault_when_it_comes_to_the_edge(failure: Failure) -> None:
    answer = await Edge(failure).ask()
    assert (answer.status_code, 'data-page="E5"' in answer.text) == (500, True)


async def test_waiting_is_asked_for_in_minutes_and_in_the_header() -> None:
    answer = await Edge(TooManyTries(retry_after_seconds=601)).ask()
    assert answer.headers["Retry-After"] == "601"
    assert "Wacht 11 minuten." in answer.text


async def test_an_unknown_page_is_told_in_both_languages() -> None:
    answer = await Edge(LoginExpired()).ask("/nowhere")
    assert answer.status_code == 404
    assert 'data-page="E6"' in answer.text
    assert "Deze pagina bestaat niet" in answer.text
    assert '<div lang="en">' in answer.text


async def test_a_wrong_method_is_an_unknown_page_that_still_says_which_are_right() -> None:
    answer = await Edge(LoginExpired()).ask("/page", "DELETE")
    assert answer.status_code == 405
    assert 'data-page="E6"' in answer.text
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(("status", "page"), [(400, "E1"), (415, "E1"), (500, "E5"), (503, "E5")])
async def test_what_the_framework_refuses_has_a_page_too(status: int, page: str) -> None:
    answer = await Edge(HTTPException(status, SECRET)).ask()
    assert answer.status_code == (500 if status > 499 else status)
    assert f'data-page="{page}"' in answer.text
    assert SECRET not in answer.text


async def test_a_program_gets_a_problem_document() -> None:
    answer = await Edge(TooManyTries(SECRET, retry_after_seconds=90)).ask("/api")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "90"
    assert json.loads(answer.text) == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "code": "7K2M-9XQ4",
    }


async def test_without_a_journal_there_is_still_a_page_and_a_code_that_the_log_knows(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await Edge(LoginExpired(SECRET), journal_away=True).ask()
    assert answer.status_code == 400
    (line,) = [record.getMessage() for record in caplog.records if record.name == "namens.web"]
    code = line.split("under code ")[1].split(" ")[0]
    assert f"Code {code}." in answer.text
    assert SECRET not in line


async def test_without_a_catalogue_there_is_still_a_page_but_no_way_back() -> None:
    answer = await Edge(LoginExpired(), frame_away=True).ask()
    assert answer.status_code == 400
    assert 'data-page="E2"' in answer.text
    assert "gemeente.example" not in answer.text


def test_every_page_that_an_outcome_names_can_be_drawn() -> None:
    assert {outcome.page for outcome in OUTCOMES.values() if outcome.page} <= {f"E{n}" for n in range(1, 8)}


@pytest.mark.clause("P7")
async def test_who_hangs_up_before_a_request_is_whole_leaves_no_record_and_no_trace_of_a_fault() -> None:
    edge = Edge(ClientDisconnect())
    answer = await edge.ask()
    assert answer.status_code == 400
    assert answer.text == ""
    assert edge.recorded == []
