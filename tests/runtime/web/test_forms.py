"""Form bodies are read within bounds and without guessing."""

from collections.abc import Mapping
from typing import Any

import pytest
from starlette.requests import Request

from runtime.web.forms import MAX_FIELDS, MEDIA_TYPE, parse_form, read_form
from stelsel.failures import MessageMalformed, MessageTooLarge


def a_post(*chunks: bytes, content_type: str = MEDIA_TYPE) -> Request:
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return Request({"type": "http", "headers": [(b"content-type", content_type.encode())]}, receive)


async def read(request: Request, max_bytes: int = 100) -> Mapping[str, str]:
    return await read_form(request, max_bytes)


async def test_fields_come_as_they_were_sent() -> None:
    found = await read(a_post(b"naam=J%C3%BCrg+van%20Dijk&le", b"eg=&plus=%2B"))
    assert found == {"naam": "Jürg van Dijk", "leeg": "", "plus": "+"}


async def test_an_empty_body_is_an_empty_form() -> None:
    assert await read(a_post(b"")) == {}


async def test_a_body_over_the_bound_is_refused_whatever_its_length_header_says() -> None:
    with pytest.raises(MessageTooLarge):
        await read(a_post(b"a=" + b"x" * 60, b"y" * 60))


@pytest.mark.parametrize(
    "body",
    [
        b"a=1&a=2",
        b"a=1&b",
        b"a=%FF",
        b"a=%C0%AF",
        "a=é".encode(),
        b"a=1&&b=2",
        b"&".join(b"f%d=x" % n for n in range(MAX_FIELDS + 1)),
    ],
    ids=["twice", "no-value", "not-utf-8", "overlong-utf-8", "raw-bytes", "empty-field", "too-many"],
)
def test_a_body_that_two_readers_could_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(MessageMalformed):
        parse_form(body)


@pytest.mark.parametrize(
    "content_type",
    ["", "multipart/form-data; boundary=x", "application/json", f"{MEDIA_TYPE}; charset=utf-16", "text/plain"],
)
async def test_another_kind_of_body_is_refused(content_type: str) -> None:
    with pytest.raises(MessageMalformed):
        await read(a_post(b"a=1", content_type=content_type))


async def test_a_charset_that_is_named_and_ours_is_fine() -> None:
    assert await read(a_post(b"a=1", content_type=f"{MEDIA_TYPE};charset=UTF-8")) == {"a": "1"}
