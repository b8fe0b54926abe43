"""The fields that were posted to a sample party, within a bound."""

from urllib.parse import parse_qsl

from starlette.requests import Request


async def read_fields(request: Request, most_bytes: int) -> dict[str, str] | None:
    """The fields; None where they are more than the party reads."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return None
    return dict(parse_qsl(body.decode("ascii", "replace")))
