"""Failures as statuses, and the way back at the next party."""

import pytest

from exchange.statuses import INTERNAL_ERROR, check_told, failure_of, status_of
from stelsel import urns
from stelsel.failures import (
    OUTCOMES,
    AnswerRefused,
    ArtifactUnknown,
    AssuranceTooLow,
    AuthenticationFailed,
    BadIdentifier,
    Cancelled,
    Failure,
    LoginExpired,
    MeansRefused,
    MeansUnavailable,
    MessageReplayed,
    NoSupportedIdp,
    NoValidRepresentation,
    PartyUnavailable,
    PassiveImpossible,
    Reason,
    RegisterUnavailable,
    ServiceInactive,
    ServiceNotRepresentable,
    ServiceUnknown,
    StoreUnavailable,
    Unavailable,
)
from stelsel.saml.response import Status

TOLD: list[Failure] = [
    Cancelled(),
    AuthenticationFailed(),
    AssuranceTooLow(),
    MeansRefused(),
    NoValidRepresentation(Reason.EXPIRED),
    RegisterUnavailable("rechtspraak"),
    ServiceUnknown(),
    ServiceInactive(),
    ServiceNotRepresentable(),
    BadIdentifier(),
    NoSupportedIdp(),
    PassiveImpossible(),
]


def named(failure: Failure) -> str:
    return type(failure).__name__


@pytest.mark.clause("ERR-04", "C-06", "C-08")
@pytest.mark.parametrize("failure", TOLD, ids=named)
def test_what_one_party_tells_the_next_tells_too(failure: Failure) -> None:
    understood = failure_of(status_of(failure))
    assert type(understood) is type(failure)
    assert status_of(understood) == status_of(failure)


@pytest.mark.clause("ERR-01")
def test_whoever_is_told_of_a_failure_is_told_whose_fault_it_is() -> None:
    told = {outcome.status[0] for kind, outcome in OUTCOMES.items() if outcome.status and kind is not ArtifactUnknown}
    assert told == {urns.STATUS_REQUESTER, urns.STATUS_RESPONDER}
    assert status_of(ArtifactUnknown()) == INTERNAL_ERROR


@pytest.mark.clause("DV-RSP-04")
def test_every_failure_that_a_dv_is_told_has_a_way_back() -> None:
    told = {kind for kind, outcome in OUTCOMES.items() if outcome.status and outcome.page is None}
    # What failed beyond the next party is to that one's caller the same as that it failed itself.
    assert told == {type(failure) for failure in TOLD} | {MeansUnavailable}


@pytest.mark.clause("ERR-03", "DV-RSP-05", "DV-RSP-06")
def test_a_cancel_has_exactly_its_own_words() -> None:
    assert status_of(Cancelled()) == Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "Authentication cancelled")


@pytest.mark.clause("DV-RSP-07")
@pytest.mark.parametrize(
    "failure",
    [
        AnswerRefused(),
        ArtifactUnknown(),
        MessageReplayed(),
        StoreUnavailable(),
        MeansUnavailable(),
        LoginExpired(),
    ],
    ids=named,
)
def test_what_went_wrong_with_another_party_is_not_told_as_the_requesters_fault(failure: Failure) -> None:
    assert status_of(failure) == INTERNAL_ERROR
    assert isinstance(failure_of(INTERNAL_ERROR), PartyUnavailable)


@pytest.mark.parametrize("failure", [AnswerRefused(), LoginExpired(), Unavailable()], ids=named)
def test_what_the_user_reads_on_our_page_is_not_told_to_the_dv(failure: Failure) -> None:
    with pytest.raises(type(failure)):
        check_told(failure)


@pytest.mark.clause("ERR-02", "ERR-07")
@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (Status(urns.STATUS_RESPONDER), AuthenticationFailed),
        (Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED), AuthenticationFailed),
        (Status(urns.STATUS_RESPONDER, urns.STATUS_NO_AUTHN_CONTEXT, "in words of its own"), AssuranceTooLow),
        (Status(urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED, "in words of its own"), MeansRefused),
        (Status(urns.STATUS_REQUESTER, urns.STATUS_REQUEST_DENIED), PartyUnavailable),
    ],
)
def test_a_status_in_other_words_is_read_by_its_codes(status: Status, failure: type[Failure]) -> None:
    assert type(failure_of(status)) is failure
