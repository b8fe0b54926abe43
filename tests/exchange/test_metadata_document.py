"""Our own metadata is signed once for all who ask at the same moment."""

import asyncio
from datetime import UTC, datetime

from exchange.published import MetadataDocument

NOW = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)


async def test_many_who_ask_at_once_are_given_one_signed_document() -> None:
    made: list[datetime] = []
    everybody_asks = asyncio.Event()

    async def make(at: datetime) -> bytes:
        made.append(at)
        await everybody_asks.wait()
        return b"signed"

    document = MetadataDocument(lambda: NOW, make, lambda at: None)
    asked = [asyncio.ensure_future(document.read()) for _ in range(20)]
    await asyncio.sleep(0)
    everybody_asks.set()
    assert await asyncio.gather(*asked) == [b"signed"] * 20
    assert made == [NOW]


async def test_a_document_that_could_not_be_signed_is_made_for_the_next_who_asks() -> None:
    made: list[datetime] = []

    async def make(at: datetime) -> bytes:
        made.append(at)
        if len(made) == 1:
            raise OSError("no key")
        return b"signed"

    document = MetadataDocument(lambda: NOW, make, lambda at: None)
    answers = await asyncio.gather(document.read(), document.read(), return_exceptions=True)
    assert isinstance(answers[0], OSError)
    assert answers[1] == b"signed"
