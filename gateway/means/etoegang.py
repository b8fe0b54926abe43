"""What a herkenningsmakelaar (HM) declares in the words of eTD, as the gateway passes it on in those of ST-SAML."""

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.login import Login, SealedIdentity
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused
from stelsel.identifiers import EntityId
from stelsel.saml.assertion import Assertion, Attribute, write_attribute
from stelsel.saml.encryption import EncryptedId, addressed_to, renamed

# What is renamed (DV-ATT-13); all else is passed on under its own name.
NAMES: Final[Mapping[str, str]] = {
    urns.ETOEGANG_ACTING: urns.ACTING_SUBJECT_ID,
    urns.ETOEGANG_LEGAL: urns.LEGAL_SUBJECT_ID,
    urns.ETOEGANG_SERVICE_UUID: urns.SERVICE_UUID,
}


def sealed_identity(assertion: Assertion, login: Login) -> SealedIdentity:
    """What the gateway carries of an HM's summary assertion: both subjects renamed, the level in our scale, and every
    other attribute as it is, for the DV alone (DV-ATT-13, TYP-09). Raises `AnswerRefused`."""
    named = _renamed(assertion)
    if _texts(named, urns.SERVICE_UUID) != (login.service.value,):
        raise AnswerRefused(
            "the HM answers for another service",
            clause="DV-ATT-01",
            expected=login.service,
            found=", ".join(_texts(named, urns.SERVICE_UUID)) or "none",
        )
    loa = LevelOfAssurance.from_any(assertion.context_class)
    if loa is None:
        raise AnswerRefused("unknown level", clause="TYP-09", found=assertion.context_class, expected="a level of eTD")
    acting = _closed(named, urns.ACTING_SUBJECT_ID, login.dv)
    if not acting:
        raise AnswerRefused(
            "ActingSubjectID is not encrypted for the DV",
            clause="DV-ATT-13",
            expected=login.dv,
            found="nothing that this DV can read",
        )
    return SealedIdentity(
        acting=acting,
        loa=loa,
        authority=assertion.issuer,
        evidence=assertion.evidence,
        subject=assertion.name_id,
        index=assertion.session_index,
        legal=_closed(named, urns.LEGAL_SUBJECT_ID, login.dv),
        copied=tuple(_copied(assertion, named, login.dv)),
    )


def _renamed(assertion: Assertion) -> Mapping[str, Attribute]:
    """The attributes by our names. One that comes under both names could mean two things."""
    found: dict[str, Attribute] = {}
    for attribute in assertion.attributes:
        name = NAMES.get(attribute.name, attribute.name)
        if name in found:
            raise AnswerRefused(
                "an attribute comes under two names", clause="DV-ATT-13", found=name, expected="one of both names"
            )
        found[name] = Attribute(name, attribute.values)
    return found


def _texts(named: Mapping[str, Attribute], name: str) -> tuple[str, ...]:
    values = named[name].values if name in named else ()
    return tuple(value for value in values if isinstance(value, str))


def _closed(named: Mapping[str, Attribute], name: str, dv: EntityId) -> tuple[bytes, ...]:
    """The values of an attribute that this DV can read. A subject in clear is not one that we pass on (DV-ART-04)."""
    values = named[name].values if name in named else ()
    if any(isinstance(value, str) for value in values):
        raise AnswerRefused("a subject is not encrypted", clause="DV-ATT-13", found=name, expected="EncryptedID")
    return tuple(value.xml for value in values if isinstance(value, EncryptedId) and dv in value.recipients)


def _copied(assertion: Assertion, named: Mapping[str, Attribute], dv: EntityId) -> Iterator[bytes]:
    """Everything else, with Ids that stay unique beside Advice (DV-ATT-11) and no other recipient (DV-ATT-05)."""
    others = (each for name, each in named.items() if name not in NAMES.values())
    for number, attribute in enumerate(others):
        values = (
            renamed(addressed_to(value, dv), f"-c{number}") if isinstance(value, EncryptedId) else value
            for value in attribute.values
        )
        yield write_attribute(Attribute(attribute.name, tuple(values))).encode()
    for closed in assertion.encrypted_attributes:
        yield renamed(addressed_to(closed, dv), "-e").xml
