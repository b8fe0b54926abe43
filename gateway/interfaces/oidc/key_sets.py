"""The keys of clients: as the catalogue has them, or as a client publishes them, fetched in the background."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from catalog.clients import Client, is_loopback_url
from catalog.repository import Catalog
from gateway.interfaces.oidc.refused import ClientRefused
from gateway.interfaces.oidc.terms import OidcTerms
from runtime.offload import Offload
from runtime.settings import Clock
from stelsel.failures import Failure, Misconfigured, PartyUnavailable
from stelsel.jose.encryption import EncryptionJwk, read_encryption_keys
from stelsel.jose.keys import PublicJwk, read_key_set
from stelsel.jose.objects import MAX_BYTES

REFRESH: Final = timedelta(hours=1)
KEEP: Final = timedelta(hours=24)  # last good; after this the client proves nothing any more
AGAIN: Final = timedelta(minutes=1)  # for keys that could not be had, or a name that we do not know
DEADLINE_SECONDS: Final = 5.0
_LOG: Final = logging.getLogger("namens.oidc")


@dataclass(frozen=True, slots=True)
class KeySet:
    """What a client signs with, and what we encrypt for it with."""

    signing: tuple[PublicJwk, ...]
    encryption: tuple[EncryptionJwk, ...]


@dataclass(frozen=True, slots=True)
class _Fetched:
    keys: KeySet
    at: datetime


class KeySets:
    """The keys of every client. Nothing is fetched from an address that is not in the catalogue (O3, O13)."""

    def __init__(self, catalog: Catalog, terms: OidcTerms, offload: Offload, clock: Clock) -> None:
        self._catalog = catalog
        self._terms = terms
        self._offload = offload
        self._clock = clock
        self._fetched: dict[str, _Fetched] = {}
        self._asked: dict[str, datetime] = {}

    async def of(self, client: Client) -> KeySet:
        """The keys of a client. Raises `ClientRefused` while those that it publishes are not known."""
        if client.key_set:
            return await self._offload(_read, client.key_set)
        now = self._clock()
        found = self._fetched.get(client.key_set_url)
        if found is None:
            await self._fetch(client, now)
            found = self._fetched.get(client.key_set_url)
        if found is None or now >= found.at + KEEP:
            raise ClientRefused(
                "the keys that this client publishes are not known",
                clause="OAU-02",
                expected="a JWK Set of the last 24 hours at its jwks_uri",
                found=urlsplit(client.key_set_url).hostname,
            )
        return found.keys

    async def newer(self, client: Client) -> KeySet:
        """The keys once more, for a token that names one which was not there; not asked for twice in a minute."""
        if client.key_set_url:
            await self._fetch(client, self._clock())
        return await self.of(client)

    async def encryption(self, client: Client) -> EncryptionJwk:
        """The key that tokens for this client are encrypted with. Raises `Misconfigured`: nothing goes in clear."""
        keys = (await self.of(client)).encryption
        if not keys:
            raise Misconfigured("this client has no encryption key, and is told identifiers", found=client.client_id)
        return keys[0]

    async def keep_up(self) -> None:
        """Fetches what is older than an hour. What fails is logged, and the last good stays."""
        now = self._clock()
        for client in await self._catalog.clients():
            had = self._fetched.get(client.key_set_url)
            if client.key_set_url and (had is None or now >= had.at + REFRESH):
                await self._fetch(client, now)

    async def _fetch(self, client: Client, now: datetime) -> None:
        url = client.key_set_url
        if url in self._asked and now < self._asked[url] + AGAIN:
            return
        self._asked[url] = now
        try:
            if not url.startswith("https:") and not (self._terms.loopback and is_loopback_url(url)):
                raise Misconfigured("jwks_uri is no https address", found=client.client_id)
            answer = await self._terms.web.send(
                "GET",
                url,
                headers={"Accept": "application/json"},
                deadline_seconds=DEADLINE_SECONDS,
                max_bytes=MAX_BYTES,
            )
            if answer.status != 200:
                raise PartyUnavailable(f"{urlsplit(url).hostname} answered HTTP {answer.status}")
            keys = await self._offload(_read, answer.content.decode("utf-8", "replace"))
        except Failure as failure:
            _LOG.warning("the keys of a client are not taken", extra={"client": client.client_id, **failure.facts()})
        else:
            self._fetched[url] = _Fetched(keys, now)


@lru_cache(1024)
def _read(text: str) -> KeySet:
    content = text.encode()
    return KeySet(read_key_set(content), read_encryption_keys(content))
