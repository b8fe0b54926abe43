"""Values as text of a message we write: escaped once, here, so that a message can be put together from strings."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from stelsel import urns

SAML_NAMESPACE: Final = f' xmlns:saml="{urns.SAML}"'
SAMLP_NAMESPACE: Final = f' xmlns:samlp="{urns.SAMLP}"'

_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL: Final = re.compile('[&<>"\t\n\r]')
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def escaped(value: str) -> str:
    """`value` as it may stand in a text or between double quotes. Raises `ValueError` for what XML cannot hold."""
    if _ILLEGAL.search(value):
        raise ValueError("a character that XML cannot hold")
    return _SPECIAL.sub(lambda special: _ESCAPES[special[0]], value)


def attributes(values: Mapping[str, str | None]) -> str:
    """The attributes of a start tag, each after a space; those that are None are left out."""
    return "".join(f' {name}="{escaped(value)}"' for name, value in values.items() if value is not None)


def element(tag: str, value: str | None) -> str:
    """A leaf, or nothing where there is no value."""
    return "" if value is None else f"<{tag}>{escaped(value)}</{tag}>"


def moment(at: datetime) -> str:
    """An instant in UTC, cut to milliseconds, as every party reads it (SAML core 1.3.3)."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
