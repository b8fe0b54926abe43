"""From what the browser brought (an artifact, an LC's ticket, a posted Response) to the gateway's answer, judged."""

import binascii
import json
import secrets
from base64 import b64decode
from typing import Final
from urllib.parse import quote

from pilot.sample_dv.answers import read_answer, read_posted
from pilot.sample_dv.back_channel import BackChannel, NoAnswer, endpoint_index
from pilot.sample_dv.bsnk import BsnkReader
from pilot.sample_dv.checks import Asked, Trust
from pilot.sample_dv.decryption import EncryptionKey
from pilot.sample_dv.dialects import DIALECTS
from pilot.sample_dv.known import Clock, Known, KnownParties
from pilot.sample_dv.messages import write_artifact_resolve
from pilot.sample_dv.peers import MetadataRefused
from pilot.sample_dv.received import Answer, Check, Distrusted
from pilot.sample_dv.sessions import Pending
from pilot.sample_dv.settings import SampleDvSettings
from pilot.sample_dv.signatures import Signatures
from runtime.offload import Offload
from runtime.settings import system_clock

SLACK_SECONDS: Final = 120


class Fetching:
    """Fetches and judges the answers to one DV's requests."""

    def __init__(
        self,
        settings: SampleDvSettings,
        signatures: Signatures,
        parties: KnownParties,
        channel: BackChannel,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._signatures = signatures
        self._parties = parties
        self._channel = channel
        self._offload = offload
        self._clock = clock
        given = settings.bsnk
        bsnk = None if given is None else BsnkReader.from_files(given.oin, given.keys, given.scheme)
        self._key = EncryptionKey.from_files(settings.entity_id, settings.keys.opening(), bsnk)
        self._dialect = DIALECTS[settings.agreed.profile]

    async def fetched(self, handle: str, pending: Pending, traceparent: str | None) -> Answer:
        """The answer behind an artifact, or for a DV behind an LC behind the ticket that the LC gave for it."""
        supplier = self._settings.supplier
        try:
            known = await self._parties.now()
            if supplier is None:
                resolve_id, soap = await self._resolved(handle, known, traceparent)
            else:
                url = f"{supplier.answers_url}/{quote(handle, safe='')}"
                handed = json.loads(await self._channel.get(url, traceparent))
                resolve_id, soap = str(handed["resolve_id"]), str(handed["soap"]).encode()
        except (NoAnswer, MetadataRefused) as error:
            return away(error)
        except (ValueError, KeyError, TypeError):
            return distrusted("SAMLart", "een artifact van de gateway", "iets anders", "DV-ART-05")
        asked = self._asked(pending, resolve_id)
        return await self._offload(read_answer, soap, asked, self._trust(known), self._dialect)

    async def posted(self, value: str, pending: Pending) -> Answer:
        """The answer in a SAMLResponse field."""
        try:
            known = await self._parties.now()
            message = b64decode(value, validate=True)
        except (NoAnswer, MetadataRefused) as error:
            return away(error)
        except (binascii.Error, ValueError):
            return distrusted("SAMLResponse", "een bericht van de gateway", "iets anders", "DV-RSP-01")
        asked = self._asked(pending)
        return await self._offload(read_posted, message, asked, self._trust(known), self._dialect)

    async def _resolved(self, artifact: str, known: Known, traceparent: str | None) -> tuple[str, bytes]:
        location = known.gateway.artifact_resolution[endpoint_index(artifact)]
        issuer, at = self._settings.entity_id, self._clock()
        resolve_id, soap = await self._offload(write_artifact_resolve, issuer, self._signatures, artifact, location, at)
        return resolve_id, await self._channel.post(location, soap, traceparent)

    def _asked(self, pending: Pending, resolve_id: str = "") -> Asked:
        return Asked(
            resolve_id=resolve_id,
            request_id=pending.request_id,
            consumer=self._settings.answered_at,
            service=pending.service.uuid,
            minimum=pending.service.minimum,
            for_other=pending.for_other,
            at=self._clock(),
            code=new_code(),
        )

    def _trust(self, known: Known) -> Trust:
        settings = self._settings
        # How far the network's clock stands from the system's, now: one that stands still falls behind.
        offset = abs(round((self._clock() - system_clock()).total_seconds()))
        return Trust(
            gateway=settings.gateway,
            entity_id=settings.entity_id,
            signatures=known.signatures,
            key=self._key,
            slack_seconds=offset + SLACK_SECONDS,
            decrypted_there=settings.decrypted_there,
        )


def new_code() -> str:
    """What the user reads out to the DV's own desk."""
    return secrets.token_hex(4).upper()


def away(error: Exception) -> Distrusted:
    """Somebody whom this DV needs does not answer."""
    return Distrusted(new_code(), 503, (Check("bereikbaarheid", False, "een antwoord", str(error), "DV-RSV-05"),))


def distrusted(name: str, expected: str, received: str, clause: str) -> Distrusted:
    """One thing was not as it has to be."""
    return Distrusted(new_code(), 400, (Check(name, False, expected, received, clause),))
