"""The way out of a shared login: a LogoutRequest to the gateway and its answer, or both through the LC (SSO-03)."""

import json
from typing import Final
from urllib.parse import quote

from starlette.requests import Request

from pilot.sample_dv.back_channel import BackChannel, NoAnswer
from pilot.sample_dv.dialects import DIALECTS
from pilot.sample_dv.forms import read_fields
from pilot.sample_dv.known import Clock, KnownParties
from pilot.sample_dv.logout import NotLoggedOut, read_posted_logout, read_signed_logout
from pilot.sample_dv.messages import write_logout_request
from pilot.sample_dv.peers import MetadataRefused
from pilot.sample_dv.received import Received
from pilot.sample_dv.settings import SampleDvSettings, SampleSupplier
from pilot.sample_dv.signatures import Signatures
from pilot.sample_dv.travelling import Travelling, by_post, by_redirect, read_redirected
from runtime.offload import Offload

MOST_BYTES: Final = 1024 * 1024


class Leaving:
    """Asks for the logouts of one DV and reads how they ended."""

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
        self._carry = by_redirect if DIALECTS[settings.agreed.profile].redirect else by_post

    async def ask(self, received: Received, handle: str) -> tuple[str, Travelling] | None:
        """The ID of a LogoutRequest about this login, and the way to who takes it; None where nobody does now."""
        supplier = self._settings.supplier
        try:
            if supplier is not None:
                return await self._ask_through(supplier, received, handle)
            destination = (await self._parties.now()).gateway.single_logout
        except (NoAnswer, MetadataRefused, ValueError, KeyError, TypeError):
            return None
        if destination is None:
            return None
        message = write_logout_request(
            self._settings.entity_id, received.name_id, received.session_index, destination, self._clock()
        )
        return message.id, await self._offload(self._carry, message, destination, handle, self._signatures)

    async def answer(self, request: Request) -> tuple[bytes, str]:
        """The gateway's LogoutResponse, its signature checked, and the handle of ours that came with it.

        By the binding of our request, or behind the ticket of the LC. Raises `NotLoggedOut`, `NotSigned`, `NoAnswer`,
        `MetadataRefused`.
        """
        known, gateway = await self._parties.now(), self._settings.gateway
        supplier, given = self._settings.supplier, request.query_params
        if supplier is not None:
            text = await self._collected(supplier, given.get("ticket", ""))
            signed = await self._offload(read_signed_logout, text, gateway, known.signatures)
            return signed, given.get("RelayState", "")
        if request.method == "POST":
            form = await read_fields(request, MOST_BYTES) or {}
            value = form.get("SAMLResponse", "")
            text = await self._offload(read_posted_logout, value, gateway, known.signatures)
            return text, form.get("RelayState", "")
        return await self._offload(read_redirected, request.scope["query_string"], known.gateway.certificates)

    async def _ask_through(self, supplier: SampleSupplier, received: Received, handle: str) -> tuple[str, Travelling]:
        fields = {"name_id": received.name_id, "session_index": received.session_index or "", "state": handle}
        said = json.loads(await self._channel.post_fields(supplier.logouts_url, fields))
        return str(said["request_id"]), Travelling(str(said["url"]))

    async def _collected(self, supplier: SampleSupplier, ticket: str) -> bytes:
        try:
            said = json.loads(await self._channel.get(f"{supplier.logouts_url}/{quote(ticket, safe='')}"))
            return str(said["message"]).encode()
        except (ValueError, KeyError, TypeError) as error:
            raise NotLoggedOut("no message of the LC's") from error
