"""What a portal takes of the gateway's declaration: who logged in, for this very service, for nobody but himself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.assertion import Assertion
from stelsel.saml.encryption import EncryptedId
from stelsel.saml.rules.declarations import AD_RULES, Login, level_of
from stelsel.saml.rules.summary import SUMMARY_RULES, Advised


@dataclass(frozen=True, slots=True)
class Asked:
    """What we asked: as which DV, in which service, and the lowest level that is enough."""

    dv: EntityId
    service: ServiceUuid
    minimum: LevelOfAssurance


Rule = Callable[[Assertion, Asked], None]


def about_our_service(assertion: Assertion, asked: Asked) -> None:
    """ServiceUUID is the service that we asked for (DV-ATT-01; spec/security M3)."""
    if assertion.service != asked.service:
        raise AnswerRefused(
            "about another service", clause="DV-ATT-01", expected=asked.service, found=assertion.service or "none"
        )


def sure_enough(assertion: Assertion, asked: Asked) -> None:
    """The level reaches what the service asks (R-LOA)."""
    level = level_of(assertion)
    if level < asked.minimum:
        raise AnswerRefused("not sure enough", clause="R-LOA", expected=asked.minimum.uri, found=level.uri)


def for_nobody_else(assertion: Assertion, asked: Asked) -> None:
    """Nobody is represented: a mandate is given, and looked at, by the person himself (R-SVC)."""
    if assertion.legal or assertion.representation_types:
        raise AnswerRefused(
            "somebody acts for another where nobody may", clause="R-SVC", expected="ActingSubjectID alone", found="more"
        )


def acting_readable(assertion: Assertion, asked: Asked) -> None:
    """ActingSubjectID is encrypted for us (DV-ATT-05)."""
    acting_for(assertion, asked.dv)


RULES: Final[tuple[Rule, ...]] = (about_our_service, sure_enough, for_nobody_else, acting_readable)


def check_declared(summary: Assertion, evidence: tuple[Assertion, ...], asked: Asked) -> None:
    """`evidence` are the verified assertions of the summary's Advice. Raises `AnswerRefused`.

    What is in them is never used: they show that an AD said so too, about this service, for us (DV-ASR-16).
    """
    advised = Advised(tuple(each.issuer for each in evidence))
    for of_summary in SUMMARY_RULES:
        of_summary(summary, advised)
    for rule in RULES:
        rule(summary, asked)
    for each in evidence:
        for of_authority in AD_RULES:
            of_authority(each, Login(asked.dv, asked.service))


def acting_for(assertion: Assertion, dv: EntityId) -> EncryptedId:
    """ActingSubjectID as it is encrypted for this DV. Raises `AnswerRefused`."""
    for value in assertion.acting:
        if dv in value.recipients:
            return value
    raise AnswerRefused(
        "ActingSubjectID is not encrypted for us", clause="DV-ATT-05", expected=dv, found=f"{len(assertion.acting)}"
    )
