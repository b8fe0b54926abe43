"""What a herkenningsmakelaar (HM) may declare to a router, in the words of eTD (DV-ATT-13, st-saml 5).

Its Advice holds the declarations of its authenticatiedienst and machtigingenregister: those it vouches for, and nobody
reads them here.
"""

from typing import Final

from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused
from stelsel.identifiers import EntityId
from stelsel.saml.assertion import Assertion
from stelsel.saml.encryption import EncryptedId
from stelsel.saml.etoegang import RESTRICTION, dv_in
from stelsel.saml.rules.declarations import DeclarationRule, Login

OURS: Final = ("urn:nl-eid-gdi:", "urn:namens:")  # how names begin that only a router may use
_SUBJECTS: Final = (urns.ETOEGANG_ACTING, urns.ETOEGANG_LEGAL, urns.ETOEGANG_INTERMEDIARY)
Values = tuple[str | EncryptedId, ...]


def values_of(assertion: Assertion, name: str) -> Values | None:
    """The values of an attribute; None where it is not there."""
    return next((each.values for each in assertion.attributes if each.name == name), None)


def speaks_for_etd_alone(assertion: Assertion, login: Login) -> None:
    """No attribute has a name of ST-SAML or of ours: copied unaltered, it would be the router's own word."""
    found = [each.name for each in assertion.attributes if each.name.startswith(OURS)]
    if found:
        raise AnswerRefused(
            "an HM speaks in the router's own words",
            clause="DV-ATT-13",
            expected="attributes of eTD",
            found=", ".join(found)[:200],
        )


def about_the_service(assertion: Assertion, login: Login) -> None:
    """ServiceUUID is the service that was asked for, and no other (DV-ATT-01)."""
    found = values_of(assertion, urns.ETOEGANG_SERVICE_UUID) or ()
    if len(found) != 1 or not isinstance(found[0], str) or (login.service and found[0] != login.service.value):
        raise AnswerRefused(
            "the HM answers for another service",
            clause="DV-ATT-01",
            expected=login.service or "one service",
            found=", ".join(each for each in found if isinstance(each, str))[:200] or "none in clear",
        )


def of_a_service_of_the_dv(assertion: Assertion, login: Login) -> None:
    """ServiceID, where it is there, names a service of this DV: who logged in elsewhere is not told here."""
    found = values_of(assertion, urns.ETOEGANG_SERVICE_ID)
    oin = login.dv.oin
    if found is None or oin is None:
        return
    if len(found) != 1 or not isinstance(found[0], str) or dv_in(found[0]) != oin:
        raise AnswerRefused(
            "the HM answers for another DV",
            clause="DV-ATT-13",
            expected=f"a ServiceID of {oin.value}",
            found=", ".join(each for each in found if isinstance(each, str))[:200] or "none in clear",
        )


def at_a_level_of_etd(assertion: Assertion, login: Login) -> None:
    """AuthnContextClassRef is one of eTD's assurance classes (TYP-09)."""
    etd_level_of(assertion)


def etd_level_of(assertion: Assertion) -> LevelOfAssurance:
    """The level that an HM declares. Raises `AnswerRefused` for a name that is none of eTD's."""
    level = LevelOfAssurance.from_etoegang(assertion.context_class)
    if level is None:
        raise AnswerRefused(
            "unknown level",
            clause="TYP-09",
            expected=" or ".join(each.etoegang for each in LevelOfAssurance),
            found=assertion.context_class[:200],
        )
    return level


def subjects_are_encrypted(assertion: Assertion, login: Login) -> None:
    """Who acts, for whom, and who stands between them are EncryptedIDs, never in clear (DV-ATT-04, DV-ATT-13)."""
    for name in _SUBJECTS:
        if any(isinstance(value, str) for value in values_of(assertion, name) or ()):
            raise AnswerRefused(
                "a subject is not encrypted", clause="DV-ATT-13", expected=f"EncryptedID in {name}", found="text"
            )


def acting_readable_for_the_dv(assertion: Assertion, login: Login) -> None:
    """ActingSubjectID is there, encrypted for the DV (DV-ATT-02, RD-ASR-06)."""
    if not readable(values_of(assertion, urns.ETOEGANG_ACTING) or (), login.dv):
        raise AnswerRefused(
            "ActingSubjectID is not encrypted for the DV",
            clause="RD-ASR-06",
            expected=login.dv,
            found="nothing that this DV can read",
        )


def others_readable_for_the_dv(assertion: Assertion, login: Login) -> None:
    """Whoever else is named can be read by the DV too: left out, a mandate would be told as something else."""
    for name in _SUBJECTS[1:]:
        values = values_of(assertion, name)
        if values is not None and not readable(values, login.dv):
            raise AnswerRefused(
                f"{name} is not encrypted for the DV",
                clause="DV-ATT-13",
                expected=login.dv,
                found="nothing that this DV can read",
            )


def represents_as_it_says(assertion: Assertion, login: Login) -> None:
    """Representation, where it is there, says whether there is a LegalSubjectID (DV-ATT-03)."""
    said = values_of(assertion, urns.ETOEGANG_REPRESENTATION)
    represents = values_of(assertion, urns.ETOEGANG_LEGAL) is not None
    if said is not None and said != ("true" if represents else "false",):
        raise AnswerRefused(
            "Representation is not what the assertion holds",
            clause="DV-ATT-03",
            expected="true with LegalSubjectID, false without",
            found=", ".join(each for each in said if isinstance(each, str))[:100] or "no text",
        )


def nobody_stands_between_nobody(assertion: Assertion, login: Login) -> None:
    """An intermediary and a restriction are of a mandate: without LegalSubjectID there is none (DV-ATT-03)."""
    represents = values_of(assertion, urns.ETOEGANG_LEGAL) is not None
    if not represents and (values_of(assertion, urns.ETOEGANG_INTERMEDIARY) or restricted(assertion)):
        raise AnswerRefused(
            "a mandate of nobody",
            clause="DV-ATT-03",
            expected="LegalSubjectID",
            found="an intermediary or a restriction without it",
        )


HM_RULES: Final[tuple[DeclarationRule, ...]] = (
    speaks_for_etd_alone,
    about_the_service,
    of_a_service_of_the_dv,
    at_a_level_of_etd,
    subjects_are_encrypted,
    acting_readable_for_the_dv,
    others_readable_for_the_dv,
    represents_as_it_says,
    nobody_stands_between_nobody,
)


def readable(values: Values, reader: EntityId) -> tuple[EncryptedId, ...]:
    """Those that `reader` can open."""
    return tuple(value for value in values if isinstance(value, EncryptedId) and reader in value.recipients)


def restricted(assertion: Assertion) -> bool:
    """Whether the mandate holds for a part of the organisation only; one that is encrypted whole nobody here sees."""
    return any(RESTRICTION in attribute.name for attribute in assertion.attributes)
