"""What the router's own assertion must hold, for the DV that reads it: the rules of ST-SAML 1.5 for its content."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused
from stelsel.identifiers import EntityId
from stelsel.saml.assertion import Assertion
from stelsel.saml.encryption import EncryptedId


@dataclass(frozen=True, slots=True)
class Advised:
    """Who signed the assertions in Advice, in order."""

    issuers: tuple[EntityId, ...]


SummaryRule = Callable[[Assertion, Advised], None]
_SUBJECTS: Final = (urns.ACTING_SUBJECT_ID, urns.LEGAL_SUBJECT_ID)


def of_a_transient_subject(assertion: Assertion, advised: Advised) -> None:
    """NameID is transient (DV-ASR-03)."""
    if assertion.name_id_format != urns.TRANSIENT:
        raise AnswerRefused(
            "Format of NameID",
            clause="DV-ASR-03",
            expected=urns.TRANSIENT,
            found=assertion.name_id_format[:200] or "none",
        )


def about_one_service(assertion: Assertion, advised: Advised) -> None:
    """ServiceUUID names one service (DV-ATT-01)."""
    if assertion.service is None:
        raise AnswerRefused(
            "ServiceUUID", clause="DV-ATT-01", expected="one UUID in clear", found="none, several, or no UUID"
        )


def at_a_level(assertion: Assertion, advised: Advised) -> None:
    """AuthnContextClassRef is a level of the standard (DV-ASR-13)."""
    if LevelOfAssurance.from_uri(assertion.context_class) is None:
        raise AnswerRefused(
            "unknown level",
            clause="DV-ASR-13",
            expected=" or ".join(level.uri for level in LevelOfAssurance),
            found=assertion.context_class[:200],
        )


def names_who_acts(assertion: Assertion, advised: Advised) -> None:
    """ActingSubjectID is there (DV-ATT-02)."""
    if not any(attribute.name == urns.ACTING_SUBJECT_ID for attribute in assertion.attributes):
        raise AnswerRefused("ActingSubjectID is missing", clause="DV-ATT-02", expected="one Attribute", found="none")


def subjects_are_encrypted(assertion: Assertion, advised: Advised) -> None:
    """Both subjects are EncryptedIDs, never in clear (DV-ATT-04)."""
    for attribute in assertion.attributes:
        if attribute.name in _SUBJECTS and any(isinstance(value, str) for value in attribute.values):
            raise AnswerRefused(
                "a subject is not encrypted",
                clause="DV-ATT-04",
                expected=f"EncryptedID in {attribute.name}",
                found="a value in clear",
            )


def recipients_are_audiences(assertion: Assertion, advised: Advised) -> None:
    """Each Recipient of a key is an Audience, and neither router nor LC (DV-ATT-05)."""
    values = (value for attribute in assertion.attributes for value in attribute.values)
    recipients = {each for value in values if isinstance(value, EncryptedId) for each in value.recipients}
    strangers = [each.value for each in recipients if each not in assertion.audiences or each.role in ("RD", "LC")]
    if strangers:
        raise AnswerRefused(
            "an identity is encrypted for somebody else",
            clause="DV-ATT-05",
            expected="Audiences that are no RD and no LC",
            found=", ".join(sorted(strangers)),
        )


def ground_only_of_somebody_represented(assertion: Assertion, advised: Advised) -> None:
    """RepresentationType stands beside a LegalSubjectID only (DV-ATT-03, DV-ATT-12)."""
    represents = any(attribute.name == urns.LEGAL_SUBJECT_ID for attribute in assertion.attributes)
    if assertion.representation_types and not represents:
        raise AnswerRefused(
            "RepresentationType without LegalSubjectID",
            clause="DV-ATT-12",
            expected="LegalSubjectID beside it",
            found=", ".join(assertion.representation_types)[:200],
        )


def brings_the_evidence(assertion: Assertion, advised: Advised) -> None:
    """Advice holds the AD's assertion, and the BVD's where somebody is represented (DV-ASR-16)."""
    roles = {issuer.role for issuer in advised.issuers}
    needed = {"AD", "BVD"} if assertion.legal else {"AD"}
    if not needed <= roles and None not in roles:
        raise AnswerRefused(
            "Advice lacks evidence",
            clause="DV-ASR-16",
            expected=f"assertions of {' and '.join(sorted(needed))}",
            found=", ".join(issuer.value for issuer in advised.issuers) or "no Advice",
        )


def authorities_gave_the_evidence(assertion: Assertion, advised: Advised) -> None:
    """AuthenticatingAuthority names whose assertions stand in Advice, never the router (DV-ASR-14)."""
    named, gave = set(assertion.authorities), set(advised.issuers)
    if named != gave or assertion.issuer in named:
        raise AnswerRefused(
            "AuthenticatingAuthority",
            clause="DV-ASR-14",
            expected=", ".join(sorted(each.value for each in gave)) or "nobody: there is no Advice",
            found=", ".join(each.value for each in assertion.authorities) or "nobody",
        )


SUMMARY_RULES: Final[tuple[SummaryRule, ...]] = (
    of_a_transient_subject,
    about_one_service,
    at_a_level,
    names_who_acts,
    subjects_are_encrypted,
    recipients_are_audiences,
    ground_only_of_somebody_represented,
    brings_the_evidence,
    authorities_gave_the_evidence,
)
