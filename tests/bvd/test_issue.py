"""What the BVD declares when its artifact is resolved: decided anew, recorded first, for the DV alone to read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bvd.choose import GoOn
from bvd.declaration import REPRESENTATION_TYPES, read_types, representation_types, write_declaration
from bvd.records import DECISION
from exchange.respond import Reply
from exchange.statuses import INTERNAL_ERROR
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, LoginOvertaken, Misconfigured
from stelsel.identifiers import KvkNummer, Pseudonym
from stelsel.saml.assertion import read_element
from stelsel.saml.encryption import EncryptedId, NameId, decrypt_id
from stelsel.saml.response import Status, assertion_in
from stelsel.saml.xml import parse
from stelsel.subjects import PARENTAL, Ground, Interest, Mandate, Party, Period, Representation, State
from tests.bvd.relations import ANNA, BRAM, NOON, TODAY, a_bewind
from tests.bvd.visits import Visits
from tests.conftest import SettableClock
from tests.exchange.factories import a_provider, everybody
from tests.stelsel.saml.factories import BVD, DV, RD, SERVICE, a_recipient, decryption_key, key_of, keys_of_all
from tests.stelsel.saml.judges import check_schema, xmlsec1_verifies

NO_RELATION = Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "No valid representation")
AWAY = Status(urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED, "Representation source not available")


OFFICE, EMPLOYEE = KvkNummer("69599068"), Pseudonym(f"{7:064x}@{8:032x}")


def a_mandate(**changes: Any) -> Mandate:
    """A bewind over Bram, or another relation, found usable."""
    loa = LevelOfAssurance.SUBSTANTIEEL
    return Mandate(representation=replace(a_bewind(), **changes), service=SERVICE, loa=loa, at=NOON)


def declared(mandate: Mandate) -> dict[str, list[NameId | str]]:
    """The values of each attribute of a declaration, opened with the DV's key."""
    reply, keys = Reply(BVD, "_1", "https://rd.test/acs", NOON), [decryption_key(DV.value)]
    written = write_declaration(reply, RD, a_recipient(DV), mandate, ("urn:x:y",), key_of(BVD))
    found = assertion_in(parse(written))
    assert found is not None
    made = read_element(found, keys_of_all())
    return {
        attribute.name: [
            decrypt_id(value, DV, keys) if isinstance(value, EncryptedId) else value for value in attribute.values
        ]
        for attribute in made.attributes
    }


async def refused(visits: Visits, url: str, status: Status, reason: str) -> None:
    """The router is told `status` and nobody's name, and the record has the reason."""
    told = await visits.told(url)
    assert told.response is not None
    assert (told.response.status, told.assertion) == (status, None)
    assert [(row.facts["outcome"], row.facts["reason"]) for row in await visits.recorded()] == [("refused", reason)]


@pytest.mark.clause("BVD-08", "RD-ASR-02", "RD-ASR-04", "RD-ASR-05", "RD-ASR-07", "RD-ASR-08", "RD-ASR-10", "RD-ASR-11")
async def test_what_was_chosen_is_declared_to_the_router_for_the_dv_to_read(visits: Visits) -> None:
    told = await visits.told(await visits.chosen())
    made = told.assertion
    assert made is not None
    assert (made.issuer, made.audiences, made.context_class) == (BVD, (RD,), urns.UNSPECIFIED_CONTEXT)
    assert (made.authorities, made.advice, made.service) == ((), (), SERVICE)
    assert made.representation_types == ("urn:namens:rt:BEWIND",)
    keys = [decryption_key(DV.value)]
    assert decrypt_id(made.acting[0], DV, keys).value == ANNA.value
    assert decrypt_id(made.legal[0], DV, keys).value == BRAM.value


@pytest.mark.clause("DV-ATT-05", "DV-ATT-06", "GEN-15", "RD-ASR-07", "RD-ASR-08")
async def test_a_declaration_is_encrypted_for_the_dv_alone_and_verifies_outside(visits: Visits) -> None:
    made = (await visits.told(await visits.chosen())).assertion
    assert made is not None
    assert [value.recipients for value in (*made.acting, *made.legal)] == [(DV,), (DV,)]
    with pytest.raises(AnswerRefused):
        decrypt_id(made.legal[0], DV, [decryption_key(RD.value)])
    for number in (ANNA.value, BRAM.value):
        assert number.encode() not in made.evidence
    check_schema(made.evidence)
    assert xmlsec1_verifies(made.evidence, key_of(BVD))


@pytest.mark.clause("R-REISSUE", "M2")
@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (a_bewind(state=State.ENDED), "EXPIRED"),
        (a_bewind(period=Period(date(2022, 5, 1), TODAY)), "EXPIRED"),
        (a_bewind(suspensions=(Period(TODAY, None),)), "SUSPENDED"),
        (None, "NO_MANDATE"),
    ],
    ids=["ended by the court", "ended today", "suspended today", "gone"],
)
async def test_what_ended_between_choice_and_issue_is_not_declared(
    visits: Visits, now: Representation | None, reason: str
) -> None:
    url = await visits.chosen()
    visits.court.states = () if now is None else (now,)
    await refused(visits, url, NO_RELATION, reason)


@pytest.mark.clause("R-REISSUE", "R-QUERY", "P1")
async def test_a_register_that_is_away_at_issue_is_told_as_away(visits: Visits) -> None:
    url = await visits.chosen()
    visits.court.silent = True
    await refused(visits, url, AWAY, "REGISTER_UNAVAILABLE")


@pytest.mark.clause("R-REISSUE", "R-SVC", "RD-PRC-01")
async def test_a_service_that_was_closed_before_issue_is_not_declared_for(visits: Visits) -> None:
    url = await visits.chosen()
    await visits.offers(active=False)
    await refused(
        visits,
        url,
        Status(urns.STATUS_REQUESTER, urns.STATUS_REQUEST_UNSUPPORTED, "SERVICE_INACTIVE"),
        "SERVICE_INACTIVE",
    )


@pytest.mark.clause("R-REISSUE")
async def test_the_register_is_asked_anew_at_issue(visits: Visits) -> None:
    url = await visits.chosen()
    before = len(visits.court.asked)
    await visits.told(url)
    assert [question.represented for question in visits.court.asked[before:]] == [BRAM]


@pytest.mark.clause("P3")
async def test_without_a_journal_nothing_is_declared(visits: Visits) -> None:
    url = await visits.chosen()
    await visits.break_journal()
    told = await visits.told(url)
    assert (told.answer.status, told.response) == (INTERNAL_ERROR, None)


@pytest.mark.clause("P3")
async def test_what_was_declared_is_in_the_journal_with_names_sealed(visits: Visits) -> None:
    await visits.told(await visits.chosen())
    (record,) = await visits.recorded()
    assert (record.facts["outcome"], record.facts["ground"], record.facts["dv"]) == ("granted", "BEWIND", DV.value)
    assert BRAM.value not in str(record.facts)
    assert visits.journal.open_sealed(record)["representation"]["represented"][0] == ["Bsn", BRAM.value]


async def test_a_declaration_that_cannot_be_encrypted_is_recorded_as_refused(visits: Visits) -> None:
    url = await visits.chosen()
    visits.party.trust.replace(everybody(dv=a_provider(encryption_keys=())).entities(visits.party.clock()))
    await refused(visits, url, INTERNAL_ERROR, "Misconfigured")


@pytest.mark.clause("R-OUT")
async def test_a_session_ends_no_later_than_the_mandate(visits: Visits) -> None:
    visits.court.states = (a_bewind(period=Period(date(2022, 5, 1), TODAY + timedelta(days=1))),)
    made = (await visits.told(await visits.chosen())).assertion
    assert made is not None
    assert made.session_until == datetime(2026, 3, 10, 23, 0, tzinfo=UTC)


@pytest.mark.clause("R-OUT")
async def test_an_end_that_no_session_lives_to_see_is_not_told_for_it_may_be_a_birthday(visits: Visits) -> None:
    visits.court.states = (a_bewind(period=Period(date(2022, 5, 1), TODAY + timedelta(days=3))),)
    made = (await visits.told(await visits.chosen())).assertion
    assert made is not None
    assert made.session_until is None


@pytest.mark.clause("R-OUT")
async def test_a_mandate_without_an_end_leaves_the_session_to_the_dv(visits: Visits) -> None:
    made = (await visits.told(await visits.chosen())).assertion
    assert made is not None
    assert made.session_until is None


@pytest.mark.clause("R-LOA", "BVD-04")
async def test_a_level_too_low_is_told_and_recorded_before_any_register_is_asked(visits: Visits) -> None:
    url = await visits.begin(context_class=LevelOfAssurance.MIDDEN.uri)
    told = await visits.told(url)
    assert told.response is not None
    assert told.response.status.sub == urns.STATUS_NO_AUTHN_CONTEXT
    assert [row.facts["reason"] for row in await visits.recorded(DECISION)] == ["LOA_TOO_LOW"]
    assert visits.court.asked == []


@pytest.mark.clause("BVD-07", "ERR-03")
async def test_a_user_who_stops_at_the_choice_is_told_as_cancelled(visits: Visits) -> None:
    url = await visits.begin()
    await visits.steps.show(await visits.visit(url))
    await visits.steps.cancel(await visits.visit(url))
    shown = await visits.steps.show(await visits.visit(url))
    assert isinstance(shown, GoOn)
    told = await visits.told(shown.url)
    assert told.response is not None
    assert told.response.status.message == "Authentication cancelled"


@pytest.mark.clause("BVD-09", "C-08")
async def test_leaving_where_nothing_can_be_chosen_is_no_cancel(visits: Visits) -> None:
    visits.court.states = ()
    url = await visits.begin()
    await visits.steps.show(await visits.visit(url))
    for press in (visits.steps.cancel, visits.steps.confirm, visits.steps.ask_again):
        with pytest.raises(LoginOvertaken):
            await press(await visits.visit(url))
    await visits.steps.go_back(await visits.visit(url))
    leave_to = (await visits.visit(url)).leave_to
    assert leave_to is not None
    told = await visits.told(leave_to)
    assert told.response is not None
    assert told.response.status == NO_RELATION


@pytest.mark.clause("M1", "R-CHOICE")
async def test_a_token_that_was_not_offered_in_this_visit_is_refused(visits: Visits) -> None:
    first, second = await visits.begin(), await visits.begin()
    for url in (first, second):
        await visits.steps.show(await visits.visit(url))
    of_another = (await visits.visit(first)).offered[0].token
    for token in (of_another, "", BRAM.value, "0"):
        with pytest.raises(LoginOvertaken):
            await visits.steps.pick(await visits.visit(second), token)


@pytest.mark.clause("M9", "R-CHOICE")
async def test_a_step_of_a_visit_is_taken_once(visits: Visits) -> None:
    url = await visits.begin()
    await visits.steps.show(await visits.visit(url))
    visit = await visits.visit(url)
    await visits.steps.confirm(visit)
    with pytest.raises(LoginOvertaken):
        await visits.steps.confirm(visit)


@pytest.mark.clause("DV-ART-03")
async def test_the_artifact_waits_five_minutes_for_the_router(visits: Visits, clock: SettableClock) -> None:
    first, second = await visits.chosen(), await visits.chosen()
    clock.advance(seconds=299)
    assert (await visits.told(first)).assertion is not None
    clock.advance(seconds=1)
    assert (await visits.told(second)).response is None


@pytest.mark.clause("TYP-05", "DV-ATT-12")
def test_parental_authority_in_care_has_the_standards_own_type_and_all_else_ours() -> None:
    care = frozenset({Interest.ZORG})
    for ground in Ground:
        expected = urns.RT_FULL_CARE_AUTHORITY_CHILD if ground in PARENTAL else f"urn:namens:rt:{ground.value}"
        mandate = a_mandate(ground=ground, role=None)
        assert representation_types(mandate, care, REPRESENTATION_TYPES) == (expected,)
        other = representation_types(mandate, frozenset({Interest.PERSOONLIJK}), REPRESENTATION_TYPES)
        assert other == (f"urn:namens:rt:{ground.value}",)


@pytest.mark.clause("TYP-06", "DV-ATT-12")
@pytest.mark.parametrize(
    ("role", "measure"), [("bewindvoerder", "BEWIND"), ("curator", "CURATELE"), ("mentor", "MENTORSCHAP")]
)
def test_an_office_has_its_own_type_and_that_of_the_measure(role: str, measure: str) -> None:
    mandate = a_mandate(ground=Ground.EH_BEWIND, role=role)
    told = representation_types(mandate, frozenset({Interest.VERMOGEN}), REPRESENTATION_TYPES)
    assert told == ("urn:namens:rt:EH_BEWIND", f"urn:namens:rt:{measure}")


@pytest.mark.clause("C-19", "BVD-06")
async def test_an_organisation_does_not_stand_in_for_the_person_who_was_chosen(visits: Visits) -> None:
    url = await visits.chosen()
    visits.court.states = (replace(a_bewind(), represented=Party(KvkNummer("69599068"), name="Bureau")),)
    assert (await visits.told(url)).assertion is None


@pytest.mark.clause("C-19", "DV-ATT-13")
def test_an_organisation_and_whoever_stands_between_are_named_as_etd_names_them() -> None:
    chosen = replace(a_bewind(), acting=Party(OFFICE, "Bureau"), ground=Ground.EH_BEWIND)
    mandate = replace(a_mandate(), representation=chosen, employee=EMPLOYEE)
    said = declared(mandate)
    assert said[urns.ACTING_SUBJECT_ID] == [NameId(urns.ETOEGANG_PSEUDO, EMPLOYEE.value)]
    assert said[urns.LEGAL_SUBJECT_ID] == [NameId(urns.LEGACY_BSN, BRAM.value)]
    assert said[urns.INTERMEDIARY_SUBJECT_ID] == [NameId(urns.ETOEGANG_KVK, OFFICE.value)]
    company = replace(a_bewind(), represented=Party(OFFICE, "Bureau"), ground=Ground.FUNCTIONARIS)
    said = declared(replace(a_mandate(), representation=company))
    assert said[urns.LEGAL_SUBJECT_ID] == [NameId(urns.ETOEGANG_KVK, OFFICE.value)]
    assert urns.INTERMEDIARY_SUBJECT_ID not in said


@pytest.mark.clause("R-OUT", "DV-ATT-13")
def test_a_restriction_to_a_branch_is_passed_on() -> None:
    company = replace(a_bewind(), represented=Party(OFFICE), restrictions={"vestiging": "000037178598"})
    assert declared(replace(a_mandate(), representation=company))[urns.ETOEGANG_VESTIGING] == ["000037178598"]


@pytest.mark.clause("BVD-06")
def test_nobody_without_a_number_is_declared() -> None:
    nameless = replace(a_bewind(), represented=Party(None, name="Bureau"))
    with pytest.raises(Misconfigured, match="no number"):
        declared(replace(a_mandate(), representation=nameless))


@pytest.mark.clause("TYP-06")
def test_a_network_that_knows_the_values_of_a_later_draft_is_given_those() -> None:
    drafts = {Ground.BEWIND: "WV_Bewindvoerder", Ground.CURATELE: "WV_Curator", Ground.MENTORSCHAP: "WV_Mentor"}
    types = read_types(f"{ground}=urn:nl-eid-gdi:1.1:RT:{name}" for ground, name in drafts.items())
    interests = frozenset({Interest.VERMOGEN})
    said = {ground: representation_types(a_mandate(ground=ground, role=None), interests, types)[0] for ground in Ground}
    assert {ground: said[ground] for ground in drafts} == {
        ground: f"urn:nl-eid-gdi:1.1:RT:{name}" for ground, name in drafts.items()
    }
    assert said[Ground.VRIJWILLIG] == "urn:namens:rt:VRIJWILLIG"


@pytest.mark.parametrize("pair", ["BEWIND", "BEWIND=", "BEWIND=no uri", "VOOGD=urn:x:y", "=urn:x:y"])
def test_a_type_that_cannot_be_stops_the_start(pair: str) -> None:
    with pytest.raises(Misconfigured, match="representation_types"):
        read_types([pair])


def test_a_ground_has_one_type() -> None:
    with pytest.raises(Misconfigured, match="each ground once"):
        read_types(["BEWIND=urn:x:y", "BEWIND=urn:x:z"])


@pytest.mark.clause("R-REISSUE")
async def test_a_relation_on_another_ground_does_not_stand_in_for_the_one_that_was_chosen(visits: Visits) -> None:
    url = await visits.chosen()
    visits.court.states = (replace(a_bewind(), ground=Ground.CURATELE, role="curator"),)
    told = await visits.told(url)
    assert told.assertion is None
