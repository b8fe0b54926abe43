"""How metadata and revocation lists come from addresses: bounded in size and time, without redirects, not packed."""

from urllib.parse import urlsplit

from metadata.addresses import is_loopback, is_safe
from metadata.settings import MetadataSettings
from runtime.http import HttpClient
from stelsel.failures import MessageRefused, PartyUnavailable


class Fetching:
    """The way to the web sites of others. `loopback` lets this machine be asked: a pilot network only.

    What is given out here was signed by its publisher or authority, or is judged by a person: https adds little.
    """

    def __init__(self, http: HttpClient, settings: MetadataSettings, *, loopback: bool) -> None:
        self._http = http
        self._settings = settings
        self._loopback = loopback

    async def document(self, url: str) -> bytes:
        """The document at `url`. Raises `PartyUnavailable`, and `MessageRefused` for an address that we do not ask."""
        if not is_safe(url, loopback=self._loopback) or (_is_here(url) and not self._loopback):
            raise MessageRefused(
                "not an address we fetch metadata from", clause="GEN-19", expected="https, not this machine", found=url
            )
        return await self._get(url, self._settings.document_bytes)

    async def revocation_list(self, url: str) -> bytes:
        """The list at `url`; lists are signed, and authorities give them over http. Raises as `document` does."""
        address = url.replace("http://", "https://", 1)
        if not is_safe(address, loopback=False) or (_is_here(url) and not self._loopback):
            raise MessageRefused(
                "not an address we fetch revocation lists from",
                clause="GEN-12",
                expected="http or https, not this machine",
                found=url,
            )
        return await self._get(url, self._settings.list_bytes)

    async def _get(self, url: str, most_bytes: int) -> bytes:
        answer = await self._http.send("GET", url, deadline_seconds=self._settings.fetch_seconds, max_bytes=most_bytes)
        if answer.status != 200:
            where = "; we follow no redirect" if 300 <= answer.status < 400 else ""
            raise PartyUnavailable(f"answered {answer.status}{where}")
        packed = answer.headers.get("content-encoding", "identity").strip().lower()
        if packed not in ("", "identity"):
            raise PartyUnavailable(f"answered packed ({packed[:20]}), which was not asked and is not unpacked")
        return answer.content


def _is_here(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")
