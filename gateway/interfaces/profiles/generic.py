"""Profile `generic`: any SAML service provider. Plain attribute values under names of ours and of the standard."""

from typing import Final

from gateway.interfaces.profiles.contract import Profile, Told
from gateway.interfaces.profiles.requests import relaxed
from stelsel import urns
from stelsel.failures import AnswerRefused
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.encryption import NameId


def statement(told: Told) -> Assertion:
    """A transient NameID, one Audience, and who, for whom, on which ground and how surely as text."""
    attributes = [
        Attribute(urns.SERVICE_UUID, (told.service.value,)),
        Attribute(urns.ACTING_SUBJECT_ID, (_text(told.acting()),)),
        Attribute(urns.LEVEL_OF_ASSURANCE, (told.identity.loa.uri,)),
    ]
    represented = told.represented()
    if represented is not None:
        attributes.append(Attribute(urns.LEGAL_SUBJECT_ID, (_text(represented),)))
    return told.stated(told.identity.loa.uri, *attributes)


def _text(name: NameId) -> str:
    """A value in clear has no place for its type, so only the one type that a reader would take it for is told."""
    if name.qualifier != urns.LEGACY_BSN:
        raise AnswerRefused(
            "an identifier of a type that this profile cannot name",
            clause="TYP-03",
            expected=urns.LEGACY_BSN,
            found=name.qualifier[:100],
        )
    return name.value


PROFILE: Final = Profile(name="generic", terms=relaxed, statement=statement)
