"""What else was said of a login than who, for whom and how surely, for profiles that open it on the DV's behalf."""

from collections.abc import Iterator

from gateway.interfaces.profiles.contract import Told
from stelsel import urns
from stelsel.failures import AnswerRefused, NoValidRepresentation
from stelsel.reasons import Reason
from stelsel.saml.assertion import Attribute, read_attributes
from stelsel.saml.encryption import EncryptedAttribute
from stelsel.saml.etoegang import RESTRICTION
from stelsel.saml.rules.etoegang import OURS
from stelsel.saml.sealed_attributes import unseal


def copied(told: Told) -> tuple[Attribute, ...]:
    """Every attribute beside the subjects, under its own name; identifiers in them stay closed.

    Raises `AnswerRefused` for one that nobody may say here, `NoValidRepresentation` for a restriction that the service
    does not take: it stood in an attribute that is encrypted whole, and was read by nobody before (R-RESTR).
    """
    attributes, _ = read_attributes(told.identity.copied)
    return (*attributes, *opened(told))


def opened(told: Told) -> tuple[Attribute, ...]:
    """Those of them that were encrypted whole. Raises as `copied`."""
    attributes, sealed = read_attributes(told.identity.copied)
    found = tuple(_opened(told, sealed))
    names = [each.name for each in (*attributes, *found)]
    if len(set(names)) < len(names):
        raise AnswerRefused("an Attribute stands twice", clause="DV-ATT-02", expected="each Name once", found="twice")
    return found


def _opened(told: Told, sealed: tuple[EncryptedAttribute, ...]) -> Iterator[Attribute]:
    for each in sealed:
        found = unseal(each, told.dv, told.keys)
        if found.name.startswith((*OURS, urns.ETOEGANG_CORE)):
            raise AnswerRefused(
                "an EncryptedAttribute speaks in the router's own words, or of who acts",
                clause="DV-ATT-13",
                expected="something else of eTD",
                found=found.name[:100],
            )
        if told.identity.facts and found.name not in told.facts:
            raise AnswerRefused(
                "something of the person that this service is not told",
                clause="DV-ATT-13",
                expected=", ".join(sorted(told.facts)) or "nothing",
                found=found.name[:100],
            )
        if RESTRICTION in found.name and not told.restrictions:
            raise NoValidRepresentation(Reason.RESTRICTION_NOT_SUPPORTED, "the HM's mandate is for a part only")
        yield found
