"""What an AD and a BVD may declare, whoever reads it: the rules of ST-SAML 1.7 for the content of their assertions.

And for the BVD that is brought an AD's assertion: whether it was made for it, and for the router that brings it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.assertion import Assertion
from stelsel.saml.encryption import EncryptedId
from stelsel.saml.freshness import check_holds


@dataclass(frozen=True, slots=True)
class Login:
    """What was asked: for which DV, in which service; None where only the message itself is known."""

    dv: EntityId
    service: ServiceUuid | None


DeclarationRule = Callable[[Assertion, Login], None]
_NOBODY: Final = "nobody"


def about_the_service(assertion: Assertion, login: Login) -> None:
    """ServiceUUID is the service that was asked for, and no other (DV-ATT-01)."""
    if assertion.service is None or assertion.service != (login.service or assertion.service):
        raise AnswerRefused(
            "about another service",
            clause="DV-ATT-01",
            expected=login.service or "one service",
            found=assertion.service or "none, several, or no UUID",
        )


def rests_on_no_other(assertion: Assertion, login: Login) -> None:
    """AD and BVD send no Advice and no AuthenticatingAuthority (RD-ASR-05, RD-ASR-11)."""
    if assertion.advice or assertion.authorities:
        raise AnswerRefused(
            "AD and BVD send no Advice and no AuthenticatingAuthority",
            clause="RD-ASR-11" if assertion.advice else "RD-ASR-05",
            expected="neither",
            found="Advice" if assertion.advice else ", ".join(each.value for each in assertion.authorities),
        )


def of_nobody_represented(assertion: Assertion, login: Login) -> None:
    """An AD says who logged in; only a BVD speaks of somebody represented (RD-ASR-09)."""
    barred = {urns.LEGAL_SUBJECT_ID, urns.REPRESENTATION_TYPE}
    found = [attribute.name for attribute in assertion.attributes if attribute.name in barred]
    if found:
        raise AnswerRefused(
            "an AD speaks of somebody represented",
            clause="RD-ASR-09",
            expected="ActingSubjectID alone",
            found=", ".join(found),
        )


def level_of(assertion: Assertion) -> LevelOfAssurance:
    """The level that an AD reached (RD-ASR-03). Raises `AnswerRefused` for a name that is none of the standard's."""
    level = LevelOfAssurance.from_uri(assertion.context_class)
    if level is None:
        raise AnswerRefused(
            "unknown level",
            clause="RD-ASR-03",
            expected=" or ".join(each.uri for each in LevelOfAssurance),
            found=assertion.context_class[:200],
        )
    return level


def at_a_known_level(assertion: Assertion, login: Login) -> None:
    """AuthnContextClassRef of an AD is a level of the standard (RD-ASR-03)."""
    level_of(assertion)


def acting_readable_for_the_dv(assertion: Assertion, login: Login) -> None:
    """ActingSubjectID of an AD is encrypted for the DV (RD-ASR-06)."""
    _readable("ActingSubjectID", assertion.acting, login.dv, "RD-ASR-06")


def facts_for_the_dv_alone(assertion: Assertion, login: Login) -> None:
    """Names and the like are EncryptedAttributes for the DV, which neither router nor BVD reads (DV-ATT-13)."""
    clear = [each.name for each in assertion.attributes if each.name.startswith(urns.ETOEGANG_PERSONAL)]
    if clear:
        raise AnswerRefused(
            "an AD tells something of the person in clear",
            clause="DV-ATT-13",
            expected="EncryptedAttribute",
            found=", ".join(clear)[:200],
        )
    for sealed in assertion.encrypted_attributes:
        if sealed.recipients != (login.dv,):
            raise AnswerRefused(
                "an EncryptedAttribute is not for the DV alone",
                clause="DV-ATT-13",
                expected=login.dv,
                found=", ".join(each.value for each in sealed.recipients) or _NOBODY,
            )


AD_RULES: Final[tuple[DeclarationRule, ...]] = (
    about_the_service,
    rests_on_no_other,
    of_nobody_represented,
    at_a_known_level,
    acting_readable_for_the_dv,
    facts_for_the_dv_alone,
)


def at_no_level(assertion: Assertion, login: Login) -> None:
    """A BVD declares no level (RD-ASR-04)."""
    if assertion.context_class != urns.UNSPECIFIED_CONTEXT:
        raise AnswerRefused(
            "a BVD declares no level",
            clause="RD-ASR-04",
            expected=urns.UNSPECIFIED_CONTEXT,
            found=assertion.context_class[:200],
        )


def representative_readable_for_the_dv(assertion: Assertion, login: Login) -> None:
    """ActingSubjectID of a BVD is encrypted for the DV (RD-ASR-07)."""
    _readable("ActingSubjectID", assertion.acting, login.dv, "RD-ASR-07")


def represented_readable_for_the_dv(assertion: Assertion, login: Login) -> None:
    """LegalSubjectID is encrypted for the DV (RD-ASR-08)."""
    _readable("LegalSubjectID", assertion.legal, login.dv, "RD-ASR-08")


def between_readable_for_the_dv(assertion: Assertion, login: Login) -> None:
    """Whoever stands between can be read by the DV: left out, a mandate would be told as another (ours: DESIGN 3.9)."""
    for attribute in assertion.attributes:
        if attribute.name == urns.INTERMEDIARY_SUBJECT_ID:
            closed = tuple(each for each in attribute.values if isinstance(each, EncryptedId))
            _readable("IntermediarySubjectID", closed, login.dv, "RD-ASR-08")
            if any(login.dv not in each.recipients for each in closed) or len(closed) != len(attribute.values):
                raise AnswerRefused(
                    "IntermediarySubjectID is not encrypted for the DV",
                    clause="RD-ASR-08",
                    expected=login.dv,
                    found="a value that it cannot read",
                )


def on_some_ground(assertion: Assertion, login: Login) -> None:
    """RepresentationType is there (RD-ASR-10)."""
    if not assertion.representation_types:
        raise AnswerRefused(
            "RepresentationType is missing", clause="RD-ASR-10", expected="at least 1 value", found="none"
        )


BVD_RULES: Final[tuple[DeclarationRule, ...]] = (
    about_the_service,
    at_no_level,
    rests_on_no_other,
    representative_readable_for_the_dv,
    represented_readable_for_the_dv,
    between_readable_for_the_dv,
    on_some_ground,
)


@dataclass(frozen=True, slots=True)
class Brought:
    """An AD's assertion in a router's request: for which BVD, by which router with what consumers, and when."""

    bvd: EntityId
    router: EntityId
    consumers: Collection[str]
    service: ServiceUuid | None
    now: datetime


EvidenceRule = Callable[[Assertion, Brought], None]


def meant_for_us(assertion: Assertion, brought: Brought) -> None:
    """The AD made it for this BVD and for the router that brings it (RD-ASR-01, BVD-04; spec/security M5)."""
    if brought.bvd not in assertion.audiences or brought.router not in assertion.audiences:
        raise AnswerRefused(
            "the AD's assertion is not for us",
            clause="RD-ASR-01",
            expected=f"{brought.bvd.value} and {brought.router.value}",
            found=", ".join(audience.value for audience in assertion.audiences),
        )


def brought_by_its_recipient(assertion: Assertion, brought: Brought) -> None:
    """Recipient is a consumer of the router that brings it: nobody else can have received it (DV-VAL-02)."""
    if assertion.recipient not in brought.consumers:
        raise AnswerRefused(
            "the AD's assertion was delivered elsewhere",
            clause="DV-VAL-02",
            expected=" or ".join(sorted(brought.consumers)) or "a consumer of the router, which has none",
            found=assertion.recipient,
        )


def in_time(assertion: Assertion, brought: Brought) -> None:
    """Within NotBefore and both NotOnOrAfter (DV-VAL-03)."""
    check_holds(assertion, brought.now)


def about_this_service(assertion: Assertion, brought: Brought) -> None:
    """The AD recognised the user for the very service that is asked for (BVD-04)."""
    if assertion.service != brought.service:
        raise AnswerRefused(
            "the AD's assertion is about another service",
            clause="BVD-04",
            expected=brought.service or "the ServiceUUID of the request, which has none",
            found=assertion.service or "none, several, or no UUID",
        )


def about_one_person(assertion: Assertion, brought: Brought) -> None:
    """An AD speaks of who logged in and of nobody represented (RD-ASR-09, RD-ASR-11)."""
    more = {
        "LegalSubjectID": assertion.legal,
        "RepresentationType": assertion.representation_types,
        "Advice": assertion.advice,
        "AuthenticatingAuthority": assertion.authorities,
    }
    found = [name for name, values in more.items() if values]
    if found:
        raise AnswerRefused(
            "the AD's assertion speaks of more than who logged in",
            clause="RD-ASR-09",
            expected="ActingSubjectID alone",
            found=", ".join(found),
        )


# Whatever words the AD speaks.
DELIVERY_RULES: Final[tuple[EvidenceRule, ...]] = (meant_for_us, brought_by_its_recipient, in_time)
EVIDENCE_RULES: Final[tuple[EvidenceRule, ...]] = (*DELIVERY_RULES, about_this_service, about_one_person)


def acting_for_the_bvd(assertion: Assertion, bvd: EntityId) -> EncryptedId:
    """ActingSubjectID as it is encrypted for the BVD too (RD-ASR-06). Raises `AnswerRefused`."""
    return _readable("ActingSubjectID", assertion.acting, bvd, "RD-ASR-06", "the BVD")


def _readable(
    name: str, values: tuple[EncryptedId, ...], reader: EntityId, clause: str, called: str = "the DV"
) -> EncryptedId:
    for value in values:
        if reader in value.recipients:
            return value
    recipients = sorted({each.value for value in values for each in value.recipients})
    raise AnswerRefused(
        f"{name} is not encrypted for {called}",
        clause=clause,
        expected=reader,
        found=f"encrypted for {', '.join(recipients) or _NOBODY}" if values else f"no encrypted {name}",
    )
