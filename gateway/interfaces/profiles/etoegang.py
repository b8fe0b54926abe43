"""Profile `etoegang`: software that was built for eHerkenning's HM. The names of eTD, identities as EncryptedID.

A citizen who logs in for nobody else is ActingSubjectID, and there is no LegalSubjectID: nobody is represented, and
inventing one would say so. A represented citizen is LegalSubjectID. Both are told as the BSN they are.
"""

from collections.abc import Mapping
from typing import Final

from gateway.interfaces.profiles.contract import Profile, Told
from gateway.interfaces.profiles.requests import relaxed
from stelsel import urns
from stelsel.failures import Misconfigured
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.encryption import EncryptedId, NameId, encrypt_id

# Types of the standard as eTD calls them; what has no row is eTD's own, and is copied as it came (DV-ATT-13).
QUALIFIERS: Final[Mapping[str, str]] = {urns.LEGACY_BSN: urns.ETOEGANG_BSN}  # TYP-07


def statement(told: Told) -> Assertion:
    """One Audience, the level as assurance class, identities re-encrypted for the DV's own keys."""
    attributes = [
        *_service(told),
        Attribute(urns.ETOEGANG_ACTING, (_sealed(told, told.acting()),)),
    ]
    represented = told.represented()
    if represented is not None:
        attributes.append(Attribute(urns.ETOEGANG_LEGAL, (_sealed(told, represented),)))
    return told.stated(told.identity.loa.etoegang, *attributes)


def _service(told: Told) -> list[Attribute]:
    """ServiceUUID; and ServiceID, where the DV's metadata numbers the service, as eTD puts it together."""
    found = [Attribute(urns.ETOEGANG_SERVICE_UUID, (told.service.value,))]
    number = next((each.index for each in told.entity.services if each.uuid == told.service), None)
    if number is not None and told.oin is not None:
        name = f"urn:etoegang:DV:{told.oin.value}:services:{number}"
        found.insert(0, Attribute(urns.ETOEGANG_SERVICE_ID, (name,)))
    return found


def _sealed(told: Told, name: NameId) -> EncryptedId:
    if not told.entity.encryption_keys:
        raise Misconfigured("profile etoegang needs an encryption key in the DV's metadata", found=told.dv.value)
    renamed = NameId(QUALIFIERS.get(name.qualifier, name.qualifier), name.value)
    return encrypt_id(renamed, [told.entity.recipient()])


PROFILE: Final = Profile(name="etoegang", terms=relaxed, statement=statement)
