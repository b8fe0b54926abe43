"""What the authorities of a pilot network took back: their revocation lists, over http as in life."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from metadata.keys import USES, KeyUse
from metadata.revocation import SKEW
from pilot.pki import ISSUING_LIST, ROOT_LIST, Authority, Pki
from runtime.settings import Clock

CRL_TYPE: Final = "application/pkix-crl"
GOOD_FOR: Final = timedelta(days=7)


class NothingToRevoke(Exception):
    """No party of that name has a certificate of that use."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `pilot revoke` asks."""

    party: str
    uses: tuple[KeyUse, ...]

    @classmethod
    def read(cls, body: bytes) -> Self:
        """What was posted. Raises `NothingToRevoke`."""
        try:
            return TypeAdapter(cls).validate_json(body)
        except ValidationError:
            raise NothingToRevoke("not the fields of `pilot revoke`") from None


class RevocationLists:
    """The lists of one network, signed anew for each who asks. What was taken back stays so until the network ends."""

    def __init__(self, pki: Pki, clock: Clock) -> None:
        self._pki = pki
        self._clock = clock
        self._revoked: dict[int, datetime] = {}

    @property
    def address(self) -> str:
        """Where the list stands of what can be taken back here."""
        return f"{self._pki.lists}/{ISSUING_LIST}"

    def revoke(self, party: str, uses: tuple[KeyUse, ...] = USES) -> tuple[str, ...]:
        """Takes back a party's certificates; their files, by name. Raises `NothingToRevoke`."""
        files = self._pki.files(party, uses)
        if not files:
            raise NothingToRevoke(f"there is no party {party} with a certificate for {', '.join(uses)}")
        for file in files:
            certificate = x509.load_pem_x509_certificate(file.read_bytes())
            self._revoked.setdefault(certificate.serial_number, self._clock())
        return tuple(file.name for file in files)

    def written(self, name: str) -> bytes:
        """The list of that file name as it stands now, DER. Raises `KeyError`."""
        authority = {ROOT_LIST: self._pki.root, ISSUING_LIST: self._pki.issuing}[name]
        revoked = self._revoked if name == ISSUING_LIST else {}
        return _signed(authority, revoked, self._clock())

    def route(self) -> Route:
        """`/crl/NAME`."""
        return Route("/crl/{name}", self._answer, methods=["GET"])

    async def _answer(self, request: Request) -> Response:
        try:
            content = await asyncio.to_thread(self.written, request.path_params["name"])
        except KeyError:
            return Response(status_code=404)
        return Response(content, media_type=CRL_TYPE)


def _signed(authority: Authority, revoked: dict[int, datetime], at: datetime) -> bytes:
    key = authority.key
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at - SKEW)
        .next_update(at + GOOD_FOR)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
    )
    for serial, moment in list(revoked.items()):
        row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment)
        builder = builder.add_revoked_certificate(row.build())
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)
