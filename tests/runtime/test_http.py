"""The way out to other parties, tried on a real port."""

import json
from collections.abc import AsyncIterator, Callable

import pytest
from starlette.types import ASGIApp

from runtime.http import Answer, HttpClient
from runtime.serving import Listener, serving
from runtime.settings import ServerLimits
from runtime.telemetry import begin_trace
from stelsel.failures import PartyUnavailable


async def get(http: HttpClient, url: str) -> Answer:
    return await http.send("GET", url, deadline_seconds=5, max_bytes=100_000)


@pytest.fixture
async def port(app: ASGIApp) -> AsyncIterator[int]:
    async with serving(Listener(app=app, port=0), limits=ServerLimits(stop_seconds=0)) as ports:
        yield ports[0]


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient(None, loopback=True)
    yield client
    await client.close()


async def test_a_party_answers(http: HttpClient, port: int) -> None:
    answer = await http.send(
        "POST",
        f"http://localhost:{port}/",
        content=b"<a/>",
        headers={"Content-Type": "text/xml"},
        deadline_seconds=5,
        max_bytes=100_000,
    )
    told = json.loads(answer.content)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert (told["method"], told["body"], told["headers"]["content-type"]) == ("POST", "<a/>", "text/xml")


async def test_a_name_under_localhost_is_this_machine_and_stays_in_the_host_header(http: HttpClient, port: int) -> None:
    answer = await get(http, f"http://gemeente.localhost:{port}/")
    assert json.loads(answer.content)["host"] == f"gemeente.localhost:{port}"


async def test_connections_are_kept(http: HttpClient, port: int) -> None:
    answers = [await get(http, f"http://localhost:{port}/") for _ in range(3)]
    assert len({json.loads(answer.content)["client"] for answer in answers}) == 1


async def test_the_trace_goes_along(http: HttpClient, port: int) -> None:
    trace = begin_trace()
    told = json.loads((await get(http, f"http://localhost:{port}/")).content)
    assert told["headers"]["traceparent"].split("-")[1] == trace


async def test_no_packed_answer_is_asked_for(http: HttpClient, port: int) -> None:
    told = json.loads((await get(http, f"http://localhost:{port}/")).content)
    assert told["headers"]["accept-encoding"] == "identity"


async def test_a_redirect_is_an_answer_and_not_followed(http: HttpClient, port: int) -> None:
    answer = await get(http, f"http://localhost:{port}/elsewhere")
    assert answer.status == 307


async def test_an_answer_without_end_is_cut_off(http: HttpClient, port: int) -> None:
    with pytest.raises(PartyUnavailable, match="more than 100000 bytes"):
        await get(http, f"http://localhost:{port}/endless")


async def test_a_party_that_does_not_answer_is_given_up(http: HttpClient, port: int) -> None:
    with pytest.raises(PartyUnavailable, match=r"localhost did not answer within 0\.2 s"):
        await http.send("GET", f"http://localhost:{port}/never?bsn=1", deadline_seconds=0.2, max_bytes=1_000)


async def test_a_party_that_is_not_there_is_unavailable(http: HttpClient, free_port: Callable[[], int]) -> None:
    with pytest.raises(PartyUnavailable, match="does not accept our connection"):
        await get(http, f"http://localhost:{free_port()}/")


async def test_the_reason_names_the_host_and_not_the_path(http: HttpClient, free_port: Callable[[], int]) -> None:
    with pytest.raises(PartyUnavailable) as caught:
        await get(http, f"http://localhost:{free_port()}/person/anna")
    assert "anna" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.nl/",
        "http://localhost.example.nl/",
        "http://notlocalhost/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "/relative",
        "https:///nobody",
    ],
)
async def test_we_speak_plain_http_to_this_machine_only(http: HttpClient, url: str) -> None:
    with pytest.raises(PartyUnavailable, match="we do not speak"):
        await get(http, url)


async def test_we_speak_no_plain_http_at_all_unless_it_is_allowed(port: int) -> None:
    client = HttpClient(None, loopback=False)
    with pytest.raises(PartyUnavailable, match="we do not speak http to localhost"):
        await get(client, f"http://localhost:{port}/")
    await client.close()


async def test_a_proxy_in_the_environment_is_not_used(
    http: HttpClient, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://localhost:1")
    assert (await get(http, f"http://localhost:{port}/")).status == 200
