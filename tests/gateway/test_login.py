"""What comes next in a login."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.login import (
    Answer,
    AskBvd,
    Authenticate,
    CannotRepresent,
    ChooseAuthority,
    ChooseMeans,
    ChooseWhom,
    Login,
    MeansLeft,
    Offer,
    SealedIdentity,
    Via,
    answer_to,
    choice_of,
    next_step,
)
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AssuranceTooLow, LoginOvertaken, NoSupportedIdp, NoValidRepresentation, Reason
from stelsel.identifiers import EntityId, ServiceUuid

DV = EntityId("urn:nl-eid-gdi:1.0:DV:00000099000000010000:entities:9001")
AD = EntityId("urn:nl-eid-gdi:1.0:AD:00000099000000004000:entities:9001")
OTHER_AD = EntityId("urn:nl-eid-gdi:1.0:AD:00000099000000004000:entities:9002")
THIRD_AD = EntityId("urn:nl-eid-gdi:1.0:AD:00000099000000004000:entities:9003")
LOGIN = Login(
    id="f" * 32,
    handle="handle",
    started_at=datetime(2026, 3, 10, 11, tzinfo=UTC),
    interface="saml",
    dv=DV,
    requester=DV,
    request_id="_1",
    reply="http://gemeente.localhost/acs",
    relay_state=None,
    service=ServiceUuid("5d1b5b8e-0000-4000-8000-000000000001"),
    whom=(False, True),
)
IDENTITY = SealedIdentity((b"<EncryptedID/>",), LevelOfAssurance.SUBSTANTIEEL, AD, b"<Assertion/>")
DIGID = MeansLeft("digid", (AD,), LevelOfAssurance.SUBSTANTIEEL)
EIDAS = MeansLeft("eidas", (OTHER_AD,), LevelOfAssurance.SUBSTANTIEEL)
BOTH = Offer((False, True), (DIGID,))
SELF = replace(BOTH, whom=(False,))
OTHER = replace(BOTH, whom=(True,))


@pytest.mark.clause("UC-03")
def test_whether_to_represent_is_asked_before_the_login_starts() -> None:
    assert next_step(LOGIN, BOTH) == ChooseWhom()


def test_what_the_request_or_the_catalogue_decides_is_not_asked() -> None:
    assert next_step(LOGIN, SELF) == Authenticate(Via("digid", AD), represent=False)
    assert next_step(LOGIN, OTHER) == Authenticate(Via("digid", AD), represent=True)


@pytest.mark.clause("C-08", "RD-ASR-06")
def test_who_logged_in_without_a_bsn_is_not_sent_to_the_bvd() -> None:
    abroad = replace(LOGIN, means="digid", represent=True, identity=replace(IDENTITY, known_to_bvd=False))
    step = next_step(abroad, BOTH)
    assert step == CannotRepresent(alone=True)
    assert isinstance(step, CannotRepresent)
    alone = replace(abroad, **answer_to(step, BOTH, "self"))
    assert isinstance(next_step(alone, BOTH), Answer)
    must = next_step(abroad, OTHER)
    assert must == CannotRepresent(alone=False)
    with pytest.raises(LoginOvertaken):
        answer_to(CannotRepresent(alone=False), OTHER, "self")
    for leaving in (CannotRepresent(alone=True), CannotRepresent(alone=False)):
        with pytest.raises(NoValidRepresentation):
            answer_to(leaving, BOTH, "back")
    with pytest.raises(LoginOvertaken):
        answer_to(step, BOTH, "other")


@pytest.mark.clause("DV-PRC-04")
def test_preselection_is_a_filter_and_what_is_left_is_asked() -> None:
    two = replace(SELF, means=(DIGID, EIDAS))
    assert next_step(LOGIN, two) == ChooseMeans(represent=False)
    assert next_step(replace(LOGIN, means="eidas"), two) == Authenticate(Via("eidas", OTHER_AD), represent=False)


@pytest.mark.clause("ERR-08")
def test_after_a_refusal_of_the_only_means_the_user_is_asked_and_not_sent_round() -> None:
    assert next_step(replace(LOGIN, refused_means=("digid",)), SELF) == ChooseMeans(represent=False)


@pytest.mark.clause("UC-02")
def test_a_level_below_the_minimum_ends_the_login() -> None:
    low = replace(IDENTITY, loa=LevelOfAssurance.MIDDEN)
    with pytest.raises(AssuranceTooLow):
        next_step(replace(LOGIN, means="digid", identity=low), SELF)


@pytest.mark.clause("R-RESTR", "R-CHAIN")
@pytest.mark.parametrize(
    ("declared", "taken", "reason"),
    [
        ({"restricted": True}, {"restrictions": True}, Reason.RESTRICTION_NOT_SUPPORTED),
        ({"links": 2}, {"chain": 2}, Reason.CHAIN_NOT_ALLOWED),
    ],
    ids=["a branch", "a chain"],
)
def test_what_a_service_does_not_take_of_a_mandate_ends_the_login(
    declared: dict[str, Any], taken: dict[str, Any], reason: Reason
) -> None:
    login = replace(LOGIN, means="digid", identity=replace(IDENTITY, **declared))
    assert next_step(login, replace(SELF, **taken)) == Answer(login.identity or IDENTITY, None)
    with pytest.raises(NoValidRepresentation) as refused:
        next_step(login, SELF)
    assert refused.value.reason is reason


@pytest.mark.clause("RD-REQ-09")
def test_the_bvd_is_asked_after_the_ad_and_the_dv_answered_after_the_bvd() -> None:
    known = replace(LOGIN, represent=True, means="digid", identity=IDENTITY)
    assert next_step(known, BOTH) == AskBvd(IDENTITY)
    assert next_step(replace(known, pending="artifact"), BOTH) == Answer(IDENTITY, "artifact")


def test_for_oneself_no_bvd_is_asked() -> None:
    assert next_step(replace(LOGIN, represent=False, means="digid", identity=IDENTITY), BOTH) == Answer(IDENTITY, None)


@pytest.mark.clause("DV-PRC-03")
def test_with_no_means_left_nothing_is_shown() -> None:
    with pytest.raises(NoSupportedIdp):
        next_step(LOGIN, replace(BOTH, means=()))


SUPPLIERS = MeansLeft("eherkenning", (OTHER_AD, THIRD_AD), LevelOfAssurance.SUBSTANTIEEL)


def test_of_several_suppliers_of_the_only_means_one_is_chosen() -> None:
    offer = replace(SELF, means=(SUPPLIERS,))
    question = next_step(LOGIN, offer)
    assert question == ChooseAuthority("eherkenning", represent=False)
    chosen = answer_to(question, offer, choice_of(THIRD_AD))
    assert next_step(replace(LOGIN, **chosen), offer) == Authenticate(Via("eherkenning", THIRD_AD), represent=False)


def test_a_supplier_is_asked_after_the_means_is_chosen() -> None:
    offer = replace(SELF, means=(DIGID, SUPPLIERS))
    question = next_step(LOGIN, offer)
    assert question == ChooseMeans(represent=False)
    chosen = replace(LOGIN, **answer_to(question, offer, "means:eherkenning"))
    assert next_step(chosen, offer) == ChooseAuthority("eherkenning", represent=False)


@pytest.mark.clause("DV-PRC-04")
def test_a_supplier_that_the_dv_named_is_not_asked_for() -> None:
    named = replace(SUPPLIERS, authorities=(THIRD_AD,))
    assert next_step(LOGIN, replace(SELF, means=(named,))) == Authenticate(
        Via("eherkenning", THIRD_AD), represent=False
    )


@pytest.mark.parametrize("choice", ["", "self", "means:eherkenning", choice_of(AD), "authority:", "means:"])
def test_what_a_page_does_not_offer_changes_nothing(choice: str) -> None:
    with pytest.raises(LoginOvertaken):
        answer_to(ChooseAuthority("eherkenning", represent=False), replace(SELF, means=(SUPPLIERS,)), choice)


def test_a_supplier_of_another_means_is_not_asked_though_it_was_chosen_before() -> None:
    stale = replace(LOGIN, means="eherkenning", authority=AD)
    assert next_step(stale, replace(SELF, means=(SUPPLIERS,))) == ChooseAuthority("eherkenning", represent=False)


def test_each_means_has_a_minimum_of_its_own() -> None:
    higher = replace(EIDAS, minimum=LevelOfAssurance.HOOG)
    offer = replace(SELF, means=(DIGID, higher))
    assert next_step(replace(LOGIN, means="digid", identity=IDENTITY), offer) == Answer(IDENTITY, None)
    with pytest.raises(AssuranceTooLow):
        next_step(replace(LOGIN, means="eidas", identity=IDENTITY), offer)


def test_a_means_that_the_service_took_away_during_the_login_is_not_answered_with() -> None:
    with pytest.raises(NoSupportedIdp):
        next_step(replace(LOGIN, means="eidas", identity=IDENTITY), SELF)
