"""Logout messages that must end no session, at the doors of a running network: refused, told and logged (S23)."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from pilot.browser import Page
from pilot.places import BVD, DIGID, GATEWAY
from stelsel.saml import logout, redirect
from stelsel.saml.bindings import encode_post
from stelsel.saml.ids import new_id
from tests.attacks.doors import on_a_page
from tests.attacks.leaving import Leaving, a_logout, an_answer, leaving, slo
from tests.attacks.parties import DV, Attacked, Party

OTHER_DV: Final = "ziekenhuis"
ELSEWHERE: Final = "https://elsewhere.example/saml/slo"
Sent = dict[str, str] | str  # the fields of a form, or a query
Refused = tuple[int, str, Callable[[Leaving], Sent]]


def request(user: Leaving, signer: str = DV, **changes: Any) -> Sent:
    """The DV's LogoutRequest that would end the login of this user, but for the changes."""
    return {"SAMLRequest": encode_post(_request(user, signer, **changes)), "RelayState": "home"}


def query(user: Leaving, signer: str = DV) -> str:
    """The same in a query."""
    return urlsplit(
        redirect.write_url(
            "https://gateway.test/", "SAMLRequest", _request(user, None), "home", _party(user, signer).key
        )
    ).query


def _request(user: Leaving, signer: str | None, **changes: Any) -> bytes:
    names = {"name_id": user.began.name_id, "session_index": user.began.session_index}
    made = a_logout(user.browser.pilot, GATEWAY, DV, **names | changes)
    return logout.write_request(made, None if signer is None else _party(user, signer).key)


def _party(user: Leaving, name: str) -> Party:
    return Party(user.browser.pilot, name)


def _after(user: Leaving, minutes: int) -> datetime:
    return user.browser.pilot.clock() + timedelta(minutes=minutes)


def _whole(user: Leaving) -> str:
    return encode_post(_request(user, DV))


# By name: the status of the answer, the clause in the log, and what is sent.
REQUESTS: Final[Mapping[str, Refused]] = {
    "under another DV's key": (400, "GEN-16", lambda user: request(user, OTHER_DV)),
    "not signed": (400, "GEN-08", lambda user: {"SAMLRequest": encode_post(_request(user, None))}),
    "for another address": (400, "LGO-01", lambda user: request(user, destination=ELSEWHERE)),
    "for no address": (400, "LGO-01", lambda user: request(user, destination=None)),
    "six minutes old": (400, "GEN-22", lambda user: request(user, issue_instant=_after(user, -6))),
    "of the future": (400, "GEN-22", lambda user: request(user, issue_instant=_after(user, 2))),
    "past its own end": (400, "GEN-22", lambda user: request(user, not_on_or_after=_after(user, 0))),
    "by the AD": (400, "SSO-06", lambda user: request(user, DIGID, issuer=_party(user, DIGID).entity)),
    "by the BVD": (400, "SSO-06", lambda user: request(user, BVD, issuer=_party(user, BVD).entity)),
    "request and answer in one": (
        400,
        "GEN-27",
        lambda user: {"SAMLRequest": _whole(user), "SAMLResponse": _whole(user)},
    ),
    "no message": (400, "GEN-27", lambda _: {"RelayState": "home"}),
    "larger than a message may be": (413, "ERR-09", lambda user: request(user, name_id="_" + "a" * 70_000)),
    "a long RelayState": (
        400,
        "DV-REQ-25",
        lambda user: {"SAMLRequest": _whole(user), "RelayState": "a" * 81},
    ),
    "a query without a signature": (400, "GEN-08", lambda user: query(user).partition("&SigAlg")[0]),
    "a query under another DV's key": (400, "GEN-10", lambda user: query(user, OTHER_DV)),
    "a query with another RelayState": (
        400,
        "GEN-10",
        lambda user: query(user).replace("RelayState=home", "RelayState=away"),
    ),
    "a query with everything twice": (400, "GEN-27", lambda user: "&".join([query(user)] * 2)),
}


async def refused(
    user: Leaving, caplog: pytest.LogCaptureFixture, sent: Sent, status: int, clause: str, party: str = GATEWAY
) -> None:
    """The page has a code, under which log and journal have the clause, what it says, what was due and what came."""
    pilot = user.browser.pilot
    where = slo(pilot, party)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        if isinstance(sent, str):
            answer = await user.browser.http.get(f"{where}?{sent}")
        else:
            answer = await user.browser.http.post(where, data=sent)
    code = on_a_page(answer, ("E1", "E3"))
    assert answer.status_code == status
    logged = [record for record in caplog.records if getattr(record, "code", "") == code]
    assert [getattr(record, "refusal_clause", "") for record in logged] == [clause]
    entry = await pilot.network.services[party].assembly.journal.find(code)
    assert entry is not None
    assert entry.facts["clause"] == clause
    assert {"rule", "expected", "found"} <= entry.facts.keys(), entry.facts
    assert user.began.name_id not in str(entry.facts)


@pytest.mark.clause("S23", "S12", "S15", "LGO-01", "SSO-06", "GEN-08", "GEN-22", "GEN-27", "P7", "S16", "S22", "S27")
@pytest.mark.parametrize("attack", REQUESTS)
async def test_a_request_that_is_refused_ends_no_session(
    attacked: Attacked, caplog: pytest.LogCaptureFixture, attack: str
) -> None:
    status, clause, made = REQUESTS[attack]
    async with leaving(attacked) as user:
        await refused(user, caplog, made(user), status, clause)
        assert await user.still_serves()


@pytest.mark.clause("S23", "LGO-01")
async def test_a_name_that_another_dv_received_ends_nothing_of_it(attacked: Attacked) -> None:
    async with leaving(attacked) as user:
        for names in ({}, {"name_id": new_id()}):
            fields = request(user, OTHER_DV, issuer=_party(user, OTHER_DV).entity, **names)
            assert isinstance(fields, dict)
            assert "SAMLResponse" in (await user.post(**fields)).fields
        assert await user.still_serves()


@pytest.mark.clause("S18", "S23", "GEN-24")
async def test_a_request_that_was_answered_is_good_for_no_second_logout(
    attacked: Attacked, caplog: pytest.LogCaptureFixture
) -> None:
    async with leaving(attacked) as user:
        once = request(user, name_id=new_id(), session_index=None)
        assert isinstance(once, dict)
        await user.post(**once)
        await refused(user, caplog, once, 400, "GEN-24")
        assert await user.still_serves()


@pytest.mark.clause("S21", "S23", "LGO-02", "SSO-06")
async def test_only_the_answer_that_is_due_leads_on(attacked: Attacked, caplog: pytest.LogCaptureFixture) -> None:
    async with leaving(attacked) as user:
        request_id, relay_state = await user.begin()

        def answer(signer: str = DIGID, state: str = relay_state, **changes: Any) -> dict[str, str]:
            made = an_answer(user.browser.pilot, request_id, **changes)
            return {
                "SAMLResponse": encode_post(logout.write_response(made, _party(user, signer).key)),
                "RelayState": state,
            }

        for sent, status, clause in (
            (answer(OTHER_DV), 400, "GEN-16"),
            (answer(OTHER_DV, issuer=_party(user, OTHER_DV).entity), 400, "LGO-02"),
            (answer(destination=ELSEWHERE), 400, "LGO-02"),
            (answer(in_response_to=new_id()), 400, "LGO-02"),
            (answer(in_response_to=None), 400, "LGO-02"),
            (answer(issue_instant=_after(user, -6)), 400, "GEN-22"),
            (answer(state="nobody waits"), 400, "SSO-06"),
        ):
            await refused(user, caplog, sent, status, clause)
        due = answer()
        assert (await user.post(**due)).fields["RelayState"] == "home"
        await refused(user, caplog, due, 400, "SSO-06")


@pytest.mark.clause("S23", "SSO-06")
async def test_digid_takes_no_answer_and_no_request_of_a_dv(
    attacked: Attacked, caplog: pytest.LogCaptureFixture
) -> None:
    async with leaving(attacked) as user:
        response = logout.write_response(an_answer(user.browser.pilot, new_id()), _party(user, GATEWAY).key)
        await refused(user, caplog, {"SAMLResponse": encode_post(response)}, 400, "SSO-06", DIGID)
        await refused(user, caplog, request(user), 400, "GEN-16", DIGID)


@pytest.mark.clause("S23", "SSO-06", "MD-AD-04")
async def test_the_bvd_has_no_door_for_logout(attacked: Attacked) -> None:
    async with leaving(attacked) as user:
        fields = request(user)
        assert isinstance(fields, dict)
        answer = await user.browser.http.post(slo(user.browser.pilot, BVD), data=fields)
        assert (Page(str(answer.url), answer.status_code, answer.content).name, answer.status_code) == ("E6", 404)
        assert await user.still_serves()
