"""Reads the body of a form post, within bounds and without guessing; files are not taken."""

from collections.abc import Mapping
from email.message import Message
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from stelsel.failures import MessageMalformed, MessageTooLarge, WrongMediaType

MAX_BYTES: Final = 256 * 1024
MAX_FIELDS: Final = 50
MEDIA_TYPE: Final = "application/x-www-form-urlencoded"


async def read_form(request: Request, max_bytes: int = MAX_BYTES) -> Mapping[str, str]:
    """The fields of the request's form, each once. Raises `WrongMediaType`, `MessageMalformed`, `MessageTooLarge`."""
    check_media_type(request.headers.get("content-type", ""))
    return parse_form(await read_body(request, max_bytes))


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The body as it came. Raises `MessageTooLarge` as soon as it is too long, whatever its length header said."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise MessageTooLarge("the body is too long", expected=f"at most {max_bytes} bytes", found="more")
    return bytes(body)


def check_media_type(content_type: str) -> None:
    """Raises `WrongMediaType` for anything but a urlencoded form in UTF-8."""
    header = Message()
    header["Content-Type"] = content_type
    charset = header.get_content_charset("utf-8")
    if not content_type or header.get_content_type() != MEDIA_TYPE or charset not in ("utf-8", "us-ascii"):
        raise WrongMediaType(
            "not a urlencoded form in UTF-8", expected=MEDIA_TYPE, found=content_type[:80] or "no Content-Type"
        )


def parse_form(body: bytes) -> Mapping[str, str]:
    """The fields of a urlencoded body. Raises `MessageMalformed` for a field that comes twice, or bad UTF-8.

    Twice the same field is refused, since two readers may each believe another one (spec/security, ASVS 1.5.3).
    """
    if not body:
        return {}
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise MessageMalformed(
            "not a urlencoded form", expected="fields as name=value in ASCII", found="other octets"
        ) from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise MessageMalformed(
            "a form field comes twice", expected="each field once", found=f"{len(pairs) - len(fields)} more"
        )
    return fields
