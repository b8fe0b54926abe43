"""The means that a browser's user chose last, if he wanted that remembered: a cookie that says no more than that."""

import base64
import binascii
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from catalog.services import MEANS_NAME
from stelsel.failures import BadIdentifier
from stelsel.identifiers import EntityId

COOKIE: Final = "gateway-means"
KEPT: Final = timedelta(days=365)
_LONGEST: Final = 1024  # bytes of a cookie that we could have set


class RememberedMeans:
    """Reads, sets and forgets that cookie. What it says only puts one choice first: it never chooses."""

    def __init__(self, public_url: str) -> None:
        self._secure = public_url.startswith("https:")
        self._name = f"__Host-{COOKIE}" if self._secure else COOKIE

    def read(self, request: Request) -> tuple[str, EntityId | None] | None:
        """The means, and the supplier where one was chosen; None for anything that we would not have set."""
        value = request.cookies.get(self._name, "")
        name, _, encoded = value.partition(".")
        if len(value) > _LONGEST or not MEANS_NAME.fullmatch(name):
            return None
        try:
            return name, EntityId(base64.urlsafe_b64decode(encoded).decode()) if encoded else None
        except (binascii.Error, ValueError, BadIdentifier):
            return None

    def set(self, response: Response, name: str, supplier: EntityId | None) -> None:
        """Remembers a choice for a year."""
        value = name if supplier is None else f"{name}.{base64.urlsafe_b64encode(supplier.value.encode()).decode()}"
        response.set_cookie(
            self._name,
            value,
            max_age=round(KEPT.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def forget(self, response: Response) -> None:
        """Forgets it."""
        response.delete_cookie(self._name, path="/", secure=self._secure, httponly=True, samesite="lax")
