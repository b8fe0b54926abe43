"""What eTD adds to an assertion: how a herkenningsmakelaar (HM) says who acts, for which organisation (st-saml 5)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stelsel import urns
from stelsel.identifiers import EntityId, KvkNummer, Oin, Pseudonym, Rsin, ServiceUuid, Vestigingsnummer
from stelsel.saml.assertion import Attribute
from stelsel.saml.encryption import NameId, Recipient, encrypt_id

RESTRICTION: Final = ":ServiceRestriction:"  # in the name of an attribute, of whatever version of eTD
_SERVICE_ID: Final = re.compile(r"urn:etoegang:DV:([0-9]{20}):services:([0-9]{1,5})")
_TYPES: Final = {KvkNummer: urns.ETOEGANG_KVK, Rsin: urns.ETOEGANG_RSIN}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Recognised:
    """Who an HM recognised, in clear: it exists in an HM only.

    `acting` is the specific pseudonym. `represented` are the numbers of one organisation, its KvK number first;
    `intermediaries` the organisations between it and the acting person, outermost first. `service_id` is eTD's own name
    of the service, `registry` the machtigingenregister that vouches for the mandate.
    """

    service: ServiceUuid
    service_id: str
    acting: Pseudonym
    represented: tuple[KvkNummer | Rsin, ...]
    name: str
    vestiging: Vestigingsnummer | None = None
    intermediaries: tuple[KvkNummer, ...] = ()
    registry: EntityId

    def __repr__(self) -> str:
        return f"Recognised(..., {self.service.value})"


def service_id(dv: Oin, number: int) -> str:
    """eTD's name of a DV's service: its number in the DV's metadata."""
    return f"urn:etoegang:DV:{dv.value}:services:{number}"


def dv_in(name: str) -> Oin | None:
    """The DV in such a name; None where it is none."""
    match = _SERVICE_ID.fullmatch(name)
    return Oin(match[1]) if match else None


def attributes_of(recognised: Recognised, readers: Sequence[Recipient]) -> tuple[Attribute, ...]:
    """The attributes of an HM's summary assertion: every identifier encrypted, once for all readers."""

    def closed(qualifier: str, value: str) -> Attribute:
        return Attribute(qualifier, (encrypt_id(NameId(qualifier, value), readers),))

    def numbers(name: str, values: Sequence[KvkNummer | Rsin]) -> Attribute:
        return Attribute(name, tuple(each for one in values for each in closed(_TYPES[type(one)], one.value).values))

    attributes = [
        Attribute(urns.ETOEGANG_SERVICE_ID, (recognised.service_id,)),
        Attribute(urns.ETOEGANG_SERVICE_UUID, (recognised.service.value,)),
        Attribute(urns.ETOEGANG_REPRESENTATION, ("true",)),
        numbers(urns.ETOEGANG_LEGAL, recognised.represented),
        Attribute(urns.ETOEGANG_ACTING, closed(urns.ETOEGANG_PSEUDO, recognised.acting.value).values),
        Attribute(urns.ETOEGANG_REGISTRY, (recognised.registry.value,)),
        Attribute(urns.ETOEGANG_COMPANY_NAME, (recognised.name,)),
    ]
    if recognised.intermediaries:
        attributes.append(numbers(urns.ETOEGANG_INTERMEDIARY, recognised.intermediaries))
    if recognised.vestiging is not None:
        attributes.append(Attribute(urns.ETOEGANG_VESTIGING, (recognised.vestiging.value,)))
    return tuple(attributes)
