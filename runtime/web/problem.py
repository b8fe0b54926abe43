"""Refusals of our APIs, as RFC 9457 has them, with the journal's code."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"


def problem(
    status: int, code: str, *, title: str = "", detail: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem document. `title` is the HTTP status's unless given; `detail` never holds what the caller sent."""
    document: dict[str, object] = {"type": "about:blank", "title": title or HTTPStatus(status).phrase, "status": status}
    if detail:
        document["detail"] = detail
    if code:
        document["code"] = code
    return JSONResponse(document, status, headers=headers, media_type=MEDIA_TYPE)
