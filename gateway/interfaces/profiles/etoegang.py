"""Profile `etoegang`: software that was built for eHerkenning's HM. The names of eTD, identities as EncryptedID.

A citizen who logs in for nobody else is ActingSubjectID, and there is no LegalSubjectID: nobody is represented, and
inventing one would say so. A represented citizen is LegalSubjectID. Both are told as the BSN they are. What an HM said
is told as the HM said it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from gateway.interfaces.profiles.contract import Profile, Told
from gateway.interfaces.profiles.copied import opened
from gateway.interfaces.profiles.requests import relaxed
from stelsel import urns
from stelsel.failures import Misconfigured
from stelsel.saml.assertion import Assertion, Attribute, read_attributes
from stelsel.saml.encryption import EncryptedId, NameId, Recipient, encrypt_id
from stelsel.saml.etoegang import service_id
from stelsel.saml.sealed_attributes import seal

# Types of the standard as eTD calls them; what has no row is eTD's own, and is copied as it came (DV-ATT-13).
QUALIFIERS: Final[Mapping[str, str]] = {urns.LEGACY_BSN: urns.ETOEGANG_BSN}  # TYP-07


def statement(told: Told) -> Assertion:
    """One Audience, the level as assurance class, identities re-encrypted for the DV's own keys."""
    copied = tuple(_copied(told))
    attributes = [
        *(each for each in _service(told) if each.name not in {one.name for one in copied}),
        Attribute(urns.ETOEGANG_ACTING, _sealed(told, *told.identity.acting)),
    ]
    if told.legal:
        attributes.append(Attribute(urns.ETOEGANG_LEGAL, _sealed(told, *told.legal)))
    made = told.stated(told.identity.loa.etoegang, *attributes, *copied)
    closed = (seal(each.name, [str(value) for value in each.values], _reader(told)) for each in opened(told))
    return replace(made, copied=tuple(each.xml for each in closed))


def _service(told: Told) -> list[Attribute]:
    """ServiceUUID; and ServiceID, where the DV's metadata numbers the service, as eTD puts it together."""
    found = [Attribute(urns.ETOEGANG_SERVICE_UUID, (told.service.value,))]
    number = next((each.index for each in told.entity.services if each.uuid == told.service), None)
    if number is not None and told.oin is not None:
        found.insert(0, Attribute(urns.ETOEGANG_SERVICE_ID, (service_id(told.oin, number),)))
    return found


def _copied(told: Told) -> Iterator[Attribute]:
    """What else an HM said; its identifiers encrypted anew, for it encrypted them for the key that we hold."""
    attributes, _ = read_attributes(told.identity.copied)
    for each in attributes:
        values = (_sealed(told, one.xml)[0] if isinstance(one, EncryptedId) else one for one in each.values)
        yield Attribute(each.name, tuple(values))


def _reader(told: Told) -> Recipient:
    if not told.entity.encryption_keys:
        raise Misconfigured("profile etoegang needs an encryption key in the DV's metadata", found=told.dv.value)
    return told.entity.recipient()


def _sealed(told: Told, *values: bytes) -> tuple[EncryptedId, ...]:
    names = (NameId(QUALIFIERS.get(each.qualifier, each.qualifier), each.value) for each in told.opened(*values))
    return tuple(encrypt_id(each, [_reader(told)]) for each in names)


PROFILE: Final = Profile(name="etoegang", terms=relaxed, statement=statement)
