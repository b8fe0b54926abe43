"""Gezag in both shapes that the BRP published, read as pure JSON."""

from typing import Any

import pytest

from registers import REGISTERS
from registers.question import Question
from runtime.http import HttpClient
from stelsel.failures import RegisterUnavailable
from stelsel.identifiers import Bsn, KvkNummer
from stelsel.subjects import Ground, Joint, Representation, State
from tests.registers.factories import NOON, digits_in, settings_for

MOTHER, FATHER, CHILD, AUNT = (Bsn(number) for number in ("999970513", "999970501", "999970562", "999990123"))


def a_holder(subject: Bsn | None, **more: Any) -> dict[str, Any]:
    """A parent or other in a relation."""
    number = {} if subject is None else {"burgerservicenummer": subject.value}
    return {**number, "naam": {"volledigeNaam": "Iemand"}, **more}


def a_relation(kind: str, **more: Any) -> dict[str, Any]:
    """A relation over the child."""
    return {"type": kind, "minderjarige": a_holder(CHILD, leeftijd=4), **more}


def stated(
    *relations: Any, acting: Bsn | KvkNummer = MOTHER, named: Bsn | None = None, about: Bsn | None = None
) -> tuple[Representation, ...]:
    """What the adapter makes of an answer with these relations."""
    record = {"burgerservicenummer": (about or named or MOTHER).value, "gezag": list(relations)}
    raw = {"type": "RaadpleegMetBurgerservicenummer", "personen": [record]}
    register = REGISTERS["gezag"](settings_for("http://brp.localhost", HttpClient(None, loopback=True)))
    return register.translate(raw, Question(acting=acting, represented=named, at=NOON))


BOTH = [a_holder(MOTHER), a_holder(FATHER)]


@pytest.mark.parametrize(
    ("relation", "ground", "holders", "role"),
    [
        (a_relation("GezamenlijkOuderlijkGezag", ouders=BOTH), Ground.OUDERLIJK_GEZAG, 2, "ouder"),
        (a_relation("TweehoofdigOuderlijkGezag", ouders=BOTH), Ground.OUDERLIJK_GEZAG, 2, "ouder"),
        (a_relation("EenhoofdigOuderlijkGezag", ouder=BOTH[0]), Ground.OUDERLIJK_GEZAG, 1, "ouder"),
        (
            a_relation("GezamenlijkGezag", ouder=BOTH[0], derde=a_holder(AUNT, type="BekendeDerde")),
            Ground.GEZAMENLIJK_GEZAG,
            2,
            "ouder",
        ),
        (a_relation("GezamenlijkGezag", ouder=BOTH[0]), Ground.GEZAMENLIJK_GEZAG, 2, "ouder"),
        (
            a_relation("GezamenlijkGezag", ouder=BOTH[0], derde={"type": "OnbekendeDerde"}),
            Ground.GEZAMENLIJK_GEZAG,
            2,
            "ouder",
        ),
        (
            a_relation("GezamenlijkGezag", ouder=a_holder(AUNT), derde=a_holder(MOTHER)),
            Ground.GEZAMENLIJK_GEZAG,
            2,
            "derde",
        ),
        (a_relation("Voogdij", derden=[a_holder(MOTHER, type="BekendeDerde")]), Ground.VOOGDIJ, 1, "voogd"),
        (a_relation("Voogdij", derden=[a_holder(AUNT), a_holder(MOTHER)]), Ground.VOOGDIJ, 2, "voogd"),
    ],
)
@pytest.mark.parametrize("named", [None, CHILD])
def test_each_type_in_each_shape_states_who_holds_it(
    relation: dict[str, Any], ground: Ground, holders: int, role: str, named: Bsn | None
) -> None:
    (row,) = stated(relation, named=named)
    assert (row.ground, row.joint_holders, row.role) == (ground, holders, role)
    assert (row.acting.subject, row.represented.subject) == (MOTHER, CHILD)
    assert row.joint is Joint.ALONE
    assert row.state is State.ACTIVE


def test_data_under_investigation_are_stated_as_such() -> None:
    (row,) = stated(a_relation("EenhoofdigOuderlijkGezag", ouder=BOTH[0], inOnderzoek=True))
    assert row.under_investigation


@pytest.mark.parametrize(
    ("relation", "state"),
    [
        (a_relation("GezagNietTeBepalen", toelichting="..."), State.UNDETERMINED),
        (a_relation("TijdelijkGeenGezag", toelichting="..."), State.NO_AUTHORITY_NOW),
        (a_relation("Voogdij", derden=[]), State.NO_AUTHORITY_NOW),
        (a_relation("Voogdij"), State.NO_AUTHORITY_NOW),
    ],
)
def test_a_named_child_over_whom_nobody_can_be_seen_to_hold_gezag_is_stated_so(
    relation: dict[str, Any], state: State
) -> None:
    (row,) = stated(relation, named=CHILD, acting=AUNT)
    assert (row.state, row.acting.subject, row.represented.subject) == (state, AUNT, CHILD)


def test_a_parent_without_a_bsn_is_nobody_who_can_act() -> None:
    relation = a_relation("GezamenlijkOuderlijkGezag", ouders=[a_holder(MOTHER), a_holder(None)])
    assert [row.acting.subject for row in stated(relation, named=CHILD)] == [MOTHER]
    assert stated(relation, named=CHILD, acting=FATHER) == ()


def test_others_than_the_holders_are_told_nothing() -> None:
    assert stated(a_relation("GezamenlijkOuderlijkGezag", ouders=BOTH), named=CHILD, acting=AUNT) == ()


def test_the_children_of_a_named_adult_are_nobodys_business() -> None:
    relation = a_relation("GezamenlijkOuderlijkGezag", ouders=BOTH)
    assert stated(relation, named=FATHER, acting=AUNT) == ()
    assert stated(relation, named=FATHER, acting=MOTHER) == ()


def test_the_gezag_over_a_minor_who_logs_in_is_not_the_minors() -> None:
    assert stated(a_relation("GezamenlijkOuderlijkGezag", ouders=BOTH), acting=CHILD, about=CHILD) == ()


def test_an_office_holds_no_gezag_and_is_not_asked_about() -> None:
    assert stated(a_relation("EenhoofdigOuderlijkGezag", ouder=BOTH[0]), acting=KvkNummer("69599068")) == ()


@pytest.mark.parametrize(
    "relation",
    [
        None,
        "gezag",
        {},
        {"type": "EenhoofdigOuderlijkGezag", "ouder": BOTH[0]},
        a_relation("Opperhoofd", ouder=BOTH[0]),
        a_relation("GezamenlijkOuderlijkGezag"),
        a_relation("GezamenlijkOuderlijkGezag", ouders=BOTH[:1]),
        a_relation("GezamenlijkOuderlijkGezag", ouders=[*BOTH, BOTH[0]]),
        a_relation("EenhoofdigOuderlijkGezag", ouder={"burgerservicenummer": "999970514"}),
        a_relation("EenhoofdigOuderlijkGezag", ouder={"burgerservicenummer": 999970513}),
        a_relation("EenhoofdigOuderlijkGezag", ouder=BOTH[0], inOnderzoek="ja"),
        a_relation("GezamenlijkGezag", ouder=BOTH[0], derde=a_holder(AUNT, type="Oom")),
        a_relation("EenhoofdigOuderlijkGezag", ouder=a_holder(FATHER)),
    ],
)
def test_nonsense_makes_the_source_unavailable_and_is_told_by_its_path_only(relation: Any) -> None:
    with pytest.raises(RegisterUnavailable) as refused:
        stated(relation)
    assert "personen[0].gezag[0]" in refused.value.why
    assert not list(digits_in(str(refused.value.facts())))
