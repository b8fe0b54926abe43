"""Our own keys while the service runs: the folders are looked at again, and TLS shows what is in use now."""

import logging
import ssl
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from metadata.folders import KeyFolder
from metadata.held import HeldKeys
from runtime.http import HttpClient
from runtime.offload import Offload
from runtime.settings import Clock
from runtime.tls import ServerTls, TlsIdentity, client_context
from stelsel.failures import Misconfigured

_LOG: Final = logging.getLogger("namens.keys")


class OwnKeys:
    """The key folder of a party, the keys it holds for others, and the two sides on which its TLS certificate shows.

    What cannot be read leaves the last good keys at work: it is logged at each look, and `trouble` says so.
    """

    def __init__(
        self, folder: KeyFolder, held: HeldKeys, port: ServerTls, http: HttpClient, anchors: Path, shown: TlsIdentity
    ) -> None:
        self._folder = folder
        self._held = held
        self._port = port
        self._http = http
        self._anchors = anchors
        self._shown = shown
        self.trouble = False

    async def look(self, clock: Clock, offload: Offload) -> None:
        """Takes what changed. A TLS key whose time has come is shown from the next connection on, at both sides."""
        wrong, shown = await offload(self._read, clock())
        if shown is not None:
            identity, server, client = shown
            self._port.show(server)
            self._http.show(client)
            self._shown = identity
            _LOG.info("another TLS certificate is shown", extra={"file": identity.certificate.name})
        for each in wrong:
            _LOG.error("keys cannot be read: the last good ones stay", extra=each.facts())
        self.trouble = bool(wrong)

    def _read(
        self, at: datetime
    ) -> tuple[Sequence[Misconfigured], tuple[TlsIdentity, ssl.SSLContext, ssl.SSLContext] | None]:
        wrong: list[Misconfigured] = []
        try:
            if self._folder.look(at):
                _LOG.info("keys were read again", extra={"keys": dict(self._folder.ring.states(at))})
        except Misconfigured as error:
            wrong.append(error)
        wrong += self._held.look(at)
        try:
            identity = self._folder.ring.tls(at)
            if identity != self._shown:
                return wrong, (identity, self._port.made(identity), client_context(self._anchors, identity))
        except Misconfigured as error:
            wrong.append(error)
        return wrong, None
