"""Profile `generic`: any SAML service provider. Plain attribute values under names of ours and of the standard.

A text has no place for its type. A BSN stands there without one, as it always did; of whoever is something else, an
employee or an organisation, the type stands in an attribute beside it, and a DV gets such a login only for services of
its own that name such a means.
"""

from collections.abc import Iterator
from typing import Final

from gateway.interfaces.profiles.contract import Profile, Told
from gateway.interfaces.profiles.copied import copied
from gateway.interfaces.profiles.requests import relaxed
from stelsel import urns
from stelsel.failures import AnswerRefused
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.encryption import EncryptedId, NameId

# What is told in clear; what BSNk encrypted is nothing to anybody in clear.
TYPES: Final = (urns.LEGACY_BSN, urns.ETOEGANG_PSEUDO, urns.ETOEGANG_KVK, urns.ETOEGANG_RSIN, urns.OWN_PSEUDONYM)


def statement(told: Told) -> Assertion:
    """A transient NameID, one Audience, and who, for whom, on which ground and how surely as text."""
    attributes = [
        Attribute(urns.SERVICE_UUID, (told.service.value,)),
        *_subject(urns.ACTING_SUBJECT_ID, urns.ACTING_TYPE, told.opened(*told.identity.acting)[:1]),
        Attribute(urns.LEVEL_OF_ASSURANCE, (told.identity.loa.uri,)),
    ]
    if told.legal:
        attributes += _subject(urns.LEGAL_SUBJECT_ID, urns.LEGAL_TYPE, told.opened(*told.legal))
    return told.stated(told.identity.loa.uri, *attributes, *_others(told))


def _subject(name: str, type_name: str, found: tuple[NameId, ...]) -> Iterator[Attribute]:
    """Somebody as text: of an organisation its first number, and further ones under the names of their types.

    So an RSIN, which looks like a BSN, stands where a BSN is due only if there is no KvK number.
    """
    for each in found:
        _check(each)
    first = found[0]
    yield Attribute(name, (first.value,))
    if first.qualifier != urns.LEGACY_BSN:
        yield Attribute(type_name, (first.qualifier,))
        yield from (Attribute(each.qualifier, (each.value,)) for each in found[1:] if each.qualifier != first.qualifier)


def _others(told: Told) -> Iterator[Attribute]:
    """What else was said, identifiers in it as text too: an intermediary is the KvK number of an organisation."""
    for each in copied(told):
        values = (told.opened(one.xml)[0].value if isinstance(one, EncryptedId) else one for one in each.values)
        yield Attribute(each.name, tuple(values))


def _check(name: NameId) -> None:
    if name.qualifier not in TYPES:
        raise AnswerRefused(
            "an identifier of a type that this profile cannot name",
            clause="TYP-03",
            expected=", ".join(TYPES),
            found=name.qualifier[:100],
        )


PROFILE: Final = Profile(name="generic", terms=relaxed, statement=statement)
