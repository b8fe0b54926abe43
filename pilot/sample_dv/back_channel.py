"""SOAP to the gateway's ArtifactResolutionService, and whatever else a sample party asks of others over TLS."""

import base64
import binascii
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import httpx

from pilot.loopback import LoopbackTransport, NetworkAway

DEADLINE_SECONDS: Final = 20.0
MOST_BYTES: Final = 512 * 1024


class NoAnswer(Exception):
    """The other side is away, or answered with something that is no SOAP."""


class BackChannel:
    """One client that shows the certificate in `own` (GEN-20), or none. Connections are kept."""

    def __init__(self, authority: Path, own: Path | None) -> None:
        tls = ssl.create_default_context(cafile=str(authority))
        tls.minimum_version = ssl.TLSVersion.TLSv1_2  # GEN-19
        if own is not None:
            tls.load_cert_chain(own)
        self._http = httpx.AsyncClient(
            transport=LoopbackTransport(tls), timeout=DEADLINE_SECONDS, follow_redirects=False, trust_env=False
        )

    async def post(self, url: str, soap: bytes, traceparent: str | None) -> bytes:
        """The SOAP answer. Raises `NoAnswer`."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        return await self._content("POST", url, soap, headers, traceparent)

    async def post_fields(self, url: str, fields: Mapping[str, str]) -> bytes:
        """The answer to a form. Raises `NoAnswer`."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._content("POST", url, urlencode(fields).encode(), headers, None)

    async def get(self, url: str, traceparent: str | None = None) -> bytes:
        """A document, such as metadata. Raises `NoAnswer`."""
        return await self._content("GET", url, b"", {}, traceparent)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def _content(
        self, method: str, url: str, content: bytes, headers: dict[str, str], traceparent: str | None
    ) -> bytes:
        if traceparent is not None:
            headers = {**headers, "traceparent": traceparent}
        try:
            answer = await self._http.request(method, url, content=content, headers=headers)
        except (NetworkAway, httpx.HTTPError) as error:
            raise NoAnswer(type(error).__name__) from error
        if answer.status_code != 200 or len(answer.content) > MOST_BYTES:
            raise NoAnswer(f"HTTP {answer.status_code}")
        return answer.content


def endpoint_index(artifact: str) -> int:
    """The index of the ArtifactResolutionService inside an artifact of type 4 (DV-ART-05). Raises `ValueError`."""
    try:
        raw = base64.b64decode(artifact, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    if len(raw) != 44 or raw[:2] != b"\x00\x04":
        raise ValueError("no artifact of type 4")
    return int.from_bytes(raw[2:4], "big")
