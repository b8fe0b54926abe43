"""The court's measures, read as pure JSON."""

from datetime import date
from typing import Any

import pytest

from registers.question import Question
from registers.rechtspraak import Rechtspraak, read_measures_over
from runtime.http import HttpClient
from stelsel.failures import RegisterUnavailable
from stelsel.identifiers import Bsn, KvkNummer, Subject
from stelsel.subjects import Ground, Joint, Period, Representation, State
from tests.registers.factories import NOON, digits_in, settings_for

ANNA, BRAM, CHRIS = Bsn("999990123"), Bsn("999990032"), Bsn("999990135")
OFFICE = KvkNummer("69599068")


def an_appointment(**changes: Any) -> dict[str, Any]:
    """Anna, bewindvoerder since 2022."""
    values = {
        "burgerservicenummer": ANNA.value,
        "naam": "Anna",
        "hoedanigheid": "FAMILIAIR",
        "rol": "BEWINDVOERDER",
        "benoemdPer": "2022-05-01",
        "bevoegdheid": "ZELFSTANDIG",
    }
    return {key: value for key, value in (values | changes).items() if value is not ...}


def a_measure(*appointments: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Bewind over Bram since 2021."""
    values = {
        "zaaknummer": "zaak-1",
        "soort": "BEWIND",
        "omvang": "ALLE_GOEDEREN",
        "datumIngang": "2021-01-01",
        "status": "ACTIEF",
        "betrokkene": {"burgerservicenummer": BRAM.value, "naam": "Bram", "geboortedatum": "1980-01-01"},
        "vertegenwoordigers": list(appointments) or [an_appointment()],
    }
    return {key: value for key, value in (values | changes).items() if value is not ...}


def stated(*measures: Any, acting: Subject = ANNA, named: Subject | None = None) -> tuple[Representation, ...]:
    """What the adapter makes of these measures."""
    register = Rechtspraak(settings_for("http://rechtspraak.localhost", HttpClient(None, loopback=True)))
    return register.translate({"maatregelen": list(measures)}, Question(acting=acting, represented=named, at=NOON))


@pytest.mark.clause("C-20")
def test_a_measure_states_who_acts_for_whom_in_which_role() -> None:
    (row,) = stated(a_measure())
    assert (row.acting.subject, row.represented.subject) == (ANNA, BRAM)
    assert (row.ground, row.role, row.state, row.joint) == (Ground.BEWIND, "bewindvoerder", State.ACTIVE, Joint.ALONE)
    assert (row.represented.name, row.represented.born) == ("Bram", "1980-01-01")
    assert row.period == Period(date(2022, 5, 1))
    assert not row.named_goods
    assert row.restrictions == {}


@pytest.mark.clause("R-TIME")
@pytest.mark.parametrize(
    ("measure", "appointment", "period"),
    [
        ({}, {}, Period(date(2022, 5, 1))),
        ({"datumIngang": "2023-01-01"}, {}, Period(date(2023, 1, 1))),
        ({"datumEinde": "2026-03-10"}, {}, Period(date(2022, 5, 1), date(2026, 3, 10))),
        ({}, {"ontslagenPer": "2025-01-01"}, Period(date(2022, 5, 1), date(2025, 1, 1))),
        (
            {"datumEinde": "2026-03-10"},
            {"ontslagenPer": "2025-01-01"},
            Period(date(2022, 5, 1), date(2025, 1, 1)),
        ),
    ],
)
def test_a_representative_counts_while_measure_and_appointment_both_hold(
    measure: dict[str, Any], appointment: dict[str, Any], period: Period
) -> None:
    (row,) = stated(a_measure(an_appointment(**appointment), **measure))
    assert row.period == period


@pytest.mark.parametrize("status", ["OPGEHEVEN", "GEEINDIGD"])
def test_a_measure_that_the_court_ended_is_stated_as_ended(status: str) -> None:
    assert stated(a_measure(status=status))[0].state is State.ENDED


@pytest.mark.parametrize(
    ("suspended", "windows"),
    [
        ({"van": "2026-03-01"}, (Period(date(2026, 3, 1)),)),
        ({"van": "2026-03-01", "tot": "2026-04-01"}, (Period(date(2026, 3, 1), date(2026, 4, 1)),)),
        ([{"van": "2025-03-01", "tot": "2025-04-01"}, {"van": "2026-03-01"}], None),
        (None, ()),
    ],
)
def test_suspensions_are_from_inclusive_and_to_exclusive(suspended: Any, windows: Any) -> None:
    (row,) = stated(a_measure(an_appointment(geschorst=suspended)))
    assert len(row.suspensions) == 2 if windows is None else row.suspensions == windows


def test_the_court_says_who_acts_together_over_named_goods_with_a_task_of_their_own() -> None:
    both = (
        an_appointment(bevoegdheid="GEZAMENLIJK", taken=["huis", "auto"]),
        an_appointment(burgerservicenummer=CHRIS.value, bevoegdheid="GEZAMENLIJK"),
        an_appointment(burgerservicenummer="999990111", ontslagenPer="2023-01-01"),
    )
    (row,) = stated(a_measure(*both, omvang="GENOEMDE_GOEDEREN"))
    assert (row.joint, row.joint_holders, row.named_goods) == (Joint.JOINT, 2, True)
    assert row.restrictions == {"taken": "huis; auto"}


def test_an_office_is_known_by_its_kvk_number_and_its_ground_is_its_own() -> None:
    office = an_appointment(burgerservicenummer=..., kvkNummer=OFFICE.value, hoedanigheid="PROFESSIONEEL")
    (row,) = stated(a_measure(office), acting=OFFICE)
    assert (row.acting.subject, row.ground, row.role) == (OFFICE, Ground.EH_BEWIND, "bewindvoerder")


def test_who_was_dismissed_and_appointed_anew_has_two_relations_with_keys_of_their_own() -> None:
    rows = stated(
        a_measure(
            an_appointment(benoemdPer="2020-01-01", ontslagenPer="2021-01-01"), an_appointment(benoemdPer="2025-01-01")
        )
    )
    assert len({row.reference for row in rows}) == 2


@pytest.mark.clause("R-ACT")
def test_a_measure_over_who_acts_is_stated_as_one_by_which_that_person_is_represented() -> None:
    (row,) = stated(a_measure(soort="CURATELE"), acting=BRAM)
    assert (row.ground, row.acting.subject, row.represented.subject) == (Ground.CURATELE, None, BRAM)
    (same,) = read_measures_over({"maatregelen": [a_measure(soort="CURATELE")]}, BRAM, NOON)
    assert same == row


@pytest.mark.clause("M6")
def test_measures_over_somebody_else_are_refused_whole() -> None:
    with pytest.raises(RegisterUnavailable):
        read_measures_over({"maatregelen": [a_measure()]}, ANNA, NOON)


@pytest.mark.parametrize(
    "measure",
    [
        None,
        {},
        a_measure(soort="FAILLISSEMENT"),
        a_measure(status="MISSCHIEN"),
        a_measure(status=...),
        a_measure(datumIngang=...),
        a_measure(datumIngang="gisteren"),
        a_measure(datumIngang="20210101"),
        a_measure(datumEinde="2026-02-30"),
        a_measure(omvang="HALF"),
        a_measure(zaaknummer=7),
        a_measure(betrokkene={"naam": "Bram"}),
        a_measure(betrokkene={"burgerservicenummer": "999990033"}),
        a_measure(vertegenwoordigers=...),
        a_measure(an_appointment(rol="CURATOR")),
        a_measure(an_appointment(rol="buurman")),
        a_measure(an_appointment(benoemdPer=...)),
        a_measure(an_appointment(bevoegdheid="SOMS")),
        a_measure(an_appointment(geschorst={"tot": "2026-01-01"})),
        a_measure(an_appointment(kvkNummer=OFFICE.value)),
        a_measure(an_appointment(burgerservicenummer=CHRIS.value)),
    ],
)
def test_nonsense_makes_the_source_unavailable_and_is_told_by_its_path_only(measure: Any) -> None:
    with pytest.raises(RegisterUnavailable) as refused:
        stated(measure)
    assert "maatregelen[0]" in refused.value.why
    assert not list(digits_in(str(refused.value.facts())))


@pytest.mark.clause("M6")
def test_an_answer_about_another_client_than_the_one_named_is_refused_whole() -> None:
    with pytest.raises(RegisterUnavailable):
        stated(a_measure(), named=CHRIS)
