"""Our metadata as it is served: fresh each hour, and not sent again to who has it."""

from datetime import datetime

import pytest
from starlette.requests import Request

from exchange.published import METADATA_TYPE, MetadataDocument, has_it
from tests.conftest import SettableClock


class Writer:
    """Writes what is in it and when it was written. `keys` is what may change."""

    def __init__(self) -> None:
        self.keys = "old"

    async def write(self, at: datetime) -> bytes:
        return f"{self.keys} at {at.isoformat()}".encode()

    def revision(self, at: datetime) -> object:
        return self.keys


def asked(**headers: str) -> Request:
    """A request with these headers."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/metadata", "headers": named, "query_string": b""})


@pytest.mark.clause("MD-GEN-03")
async def test_it_is_written_anew_each_hour_and_when_a_key_changes(clock: SettableClock) -> None:
    writer = Writer()
    document = MetadataDocument(clock, writer.write, writer.revision)
    first = await document.read()
    clock.advance(minutes=59)
    assert await document.read() == first
    writer.keys = "new"
    assert (await document.read()).startswith(b"new at 2026-03-10T11:59")
    clock.advance(minutes=1)
    assert (await document.read()).startswith(b"new at 2026-03-10T12:00")


async def test_it_may_be_kept_until_the_hour_is_over(clock: SettableClock) -> None:
    writer = Writer()
    document = MetadataDocument(clock, writer.write, writer.revision)
    clock.advance(minutes=45)
    answer = await document.answer(asked())
    assert answer.media_type == METADATA_TYPE
    assert answer.headers["cache-control"] == "public, max-age=900"


async def test_who_has_it_is_not_sent_it_again_until_it_changes(clock: SettableClock) -> None:
    writer = Writer()
    document = MetadataDocument(clock, writer.write, writer.revision)
    tag = (await document.answer(asked())).headers["etag"]
    again = await document.answer(asked(if_none_match=tag))
    assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag)
    writer.keys = "new"
    changed = await document.answer(asked(if_none_match=tag))
    assert (changed.status_code, changed.headers["etag"] == tag) == (200, False)


@pytest.mark.parametrize(
    ("header", "has"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("", False),
        ("a", False),
        (",".join(['"b"'] * 20 + ['"a"']), False),
    ],
)
def test_entity_tags_are_compared_as_http_has_it(header: str, has: bool) -> None:
    assert has_it(header, '"a"') is has
