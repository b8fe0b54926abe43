"""What a portal takes of the gateway's declaration: each rule is broken by itself."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from portals.rules import RULES, Asked, Rule, check_declared
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused
from stelsel.saml.assertion import Assertion, Attribute
from tests.stelsel.saml.factories import AD, DV, RD, SERVICE, an_assertion, an_encrypted_id

ASKED: Final = Asked(DV, SERVICE, LevelOfAssurance.MIDDEN)
ABOUT: Final = Attribute(urns.SERVICE_UUID, (SERVICE.value,))


def a_summary(**changes: Any) -> Assertion:
    """What the gateway declares to the portal."""
    return an_assertion(**{"issuer": RD, "audiences": (DV,), "authorities": (AD,), "advice": (b"<AD/>",), **changes})


def acting(*readers: Any) -> Attribute:
    return Attribute(urns.ACTING_SUBJECT_ID, tuple(an_encrypted_id(each) for each in readers))


BROKEN: Final[Mapping[str, Callable[[], Assertion]]] = {
    "about_our_service": lambda: a_summary(
        attributes=(Attribute(urns.SERVICE_UUID, ("00000000-0000-4000-8000-000000000001",)), acting(DV))
    ),
    "sure_enough": lambda: a_summary(context_class=LevelOfAssurance.BASIS.uri),
    "for_nobody_else": lambda: a_summary(
        attributes=(ABOUT, acting(DV), Attribute(urns.LEGAL_SUBJECT_ID, (an_encrypted_id(DV),)))
    ),
    "acting_readable": lambda: a_summary(attributes=(ABOUT, acting(RD))),
}


def test_every_rule_is_broken_below() -> None:
    assert set(BROKEN) == {rule.__name__ for rule in RULES}


@pytest.mark.clause("DV-ATT-01", "DV-ATT-05", "R-LOA", "R-SVC")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_declaration_that_breaks_one_rule_breaks_that_rule_alone(rule: Rule) -> None:
    broken = BROKEN[rule.__name__]()
    for other in RULES:
        if other is rule:
            with pytest.raises(AnswerRefused):
                other(broken, ASKED)
        else:
            other(broken, ASKED)


def test_a_declaration_in_order_is_taken_with_the_evidence_of_the_ad() -> None:
    check_declared(a_summary(), (an_assertion(),), ASKED)


@pytest.mark.clause("DV-ASR-16", "DV-ASR-14")
def test_a_declaration_that_no_ad_stands_behind_is_refused() -> None:
    with pytest.raises(AnswerRefused):
        check_declared(a_summary(advice=(), authorities=()), (), ASKED)


@pytest.mark.clause("RD-ASR-06", "DV-ATT-01")
def test_evidence_about_another_service_is_no_evidence() -> None:
    other = an_assertion(
        attributes=(Attribute(urns.SERVICE_UUID, ("00000000-0000-4000-8000-000000000001",)), acting(DV))
    )
    with pytest.raises(AnswerRefused):
        check_declared(a_summary(), (other,), ASKED)
