"""What comes next in a login."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.login import (
    Answer,
    AskBvd,
    Authenticate,
    ChooseMeans,
    ChooseWhom,
    Login,
    Offer,
    SealedIdentity,
    next_step,
)
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AssuranceTooLow, NoSupportedIdp
from stelsel.identifiers import EntityId, ServiceUuid

DV = EntityId("urn:nl-eid-gdi:1.0:DV:00000099000000010000:entities:9001")
AD = EntityId("urn:nl-eid-gdi:1.0:AD:00000099000000004000:entities:9001")
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
BOTH = Offer((False, True), ("digid",), LevelOfAssurance.SUBSTANTIEEL)
SELF = replace(BOTH, whom=(False,))
OTHER = replace(BOTH, whom=(True,))


@pytest.mark.clause("UC-03")
def test_whether_to_represent_is_asked_before_the_login_starts() -> None:
    assert next_step(LOGIN, BOTH) == ChooseWhom()


def test_what_the_request_or_the_catalogue_decides_is_not_asked() -> None:
    assert next_step(LOGIN, SELF) == Authenticate("digid", represent=False)
    assert next_step(LOGIN, OTHER) == Authenticate("digid", represent=True)


@pytest.mark.clause("DV-PRC-04")
def test_preselection_is_a_filter_and_what_is_left_is_asked() -> None:
    two = replace(SELF, means=("digid", "eidas"))
    assert next_step(LOGIN, two) == ChooseMeans(represent=False)
    assert next_step(replace(LOGIN, means="eidas"), two) == Authenticate("eidas", represent=False)


@pytest.mark.clause("ERR-08")
def test_after_a_refusal_of_the_only_means_the_user_is_asked_and_not_sent_round() -> None:
    assert next_step(replace(LOGIN, refused_means=("digid",)), SELF) == ChooseMeans(represent=False)


@pytest.mark.clause("UC-02")
def test_a_level_below_the_minimum_ends_the_login() -> None:
    low = replace(IDENTITY, loa=LevelOfAssurance.MIDDEN)
    with pytest.raises(AssuranceTooLow):
        next_step(replace(LOGIN, identity=low), SELF)


@pytest.mark.clause("RD-REQ-09")
def test_the_bvd_is_asked_after_the_ad_and_the_dv_answered_after_the_bvd() -> None:
    known = replace(LOGIN, represent=True, identity=IDENTITY)
    assert next_step(known, BOTH) == AskBvd(IDENTITY)
    assert next_step(replace(known, pending="artifact"), BOTH) == Answer(IDENTITY, "artifact")


def test_for_oneself_no_bvd_is_asked() -> None:
    assert next_step(replace(LOGIN, represent=False, identity=IDENTITY), BOTH) == Answer(IDENTITY, None)


@pytest.mark.clause("DV-PRC-03")
def test_with_no_means_left_nothing_is_shown() -> None:
    with pytest.raises(NoSupportedIdp):
        next_step(LOGIN, replace(BOTH, means=()))
