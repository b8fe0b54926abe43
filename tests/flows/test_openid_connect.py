"""Whole logins over OpenID Connect: the same people, mandates and refusals as over SAML, in tokens."""

import json
from typing import Any

import pytest

from tests.flows.pilots import Pilot


def who(outcome: dict[str, Any]) -> tuple[str, str | None]:
    """The numbers of who acts and of who is represented, in an ID token whose signature was found good."""
    assert outcome["outcome"] == "success", outcome
    assert outcome["signatures"] == {"id_token": True}
    represented = outcome["represented"]
    return outcome["acting"]["value"], represented and represented["value"]


@pytest.mark.clause("OIDC-25", "OIDC-26", "OIDC-38", "OIDC-41", "OIDC-01")
async def test_a_user_who_acts_for_herself_reaches_the_client(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("Grada", "S4", interface="oidc")
    assert who(outcome) == (scenarios.bsn("Grada"), None)
    assert outcome["loa"] == "http://eidas.europa.eu/LoA/substantial"
    assert len(outcome["authorities"]) == 1


@pytest.mark.clause("OIDC-43", "OIDC-47", "OIDC-11")
async def test_both_interfaces_tell_one_mandate_alike(scenarios: Pilot) -> None:
    """Loss-free: what differs is how it is signed."""
    by_token = await scenarios.log_in("M1", "S4", "K11", interface="oidc")
    by_saml = await scenarios.log_in("M1", "S4", "K11")
    assert who(by_token) == (scenarios.bsn("M1"), scenarios.bsn("K11"))
    assert {**by_token, "signatures": None} == {**by_saml, "signatures": None}


@pytest.mark.clause("OIDC-43")
async def test_an_employee_acts_for_the_organisation(scenarios: Pilot) -> None:
    by_token, by_saml = [
        await scenarios.log_in("e1", "S1", means="eherkenning", level="loa3", interface=interface)
        for interface in ("oidc", "saml")
    ]
    assert by_token["acting"]["type"] == "Pseudo"
    assert {**by_token, "signatures": None} == {**by_saml, "signatures": None}


@pytest.mark.clause("ERR-03", "SEC-04")
@pytest.mark.parametrize(("where", "told"), [("means", "authorize"), ("ad", "authorize"), ("bvd", "token")])
async def test_who_stops_is_told_as_access_denied(scenarios: Pilot, where: str, told: str) -> None:
    outcome = await scenarios.log_in("M1", "S4", "K11", cancel=where, interface="oidc")
    assert (outcome["error"], outcome["where"], outcome["message"]) == (
        "access_denied",
        told,
        "Authentication cancelled",
    )


@pytest.mark.clause("R-LOA", "OIDC-33")
async def test_too_low_a_level_for_a_mandate_is_told_at_the_token_endpoint(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("F1", "S2", "C2", level="midden", interface="oidc")
    assert (outcome["error"], outcome["where"]) == ("unmet_authentication_requirements", "token")
    assert outcome["reason"] == "LOA_TOO_LOW"


@pytest.mark.clause("R-SVC")
async def test_a_service_that_is_over_is_told_to_the_client(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("Grada", "S8", interface="oidc")
    assert (outcome["error"], outcome["where"], outcome["message"]) == (
        "invalid_request",
        "authorize",
        "SERVICE_INACTIVE",
    )


@pytest.mark.clause("OIDC-24", "FAPI-03", "O8")
async def test_a_code_that_is_shown_twice_gives_nothing_and_takes_back_what_it_gave(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("Grada", "S4", resolve_twice=True, userinfo_after=0.0, interface="oidc")
    assert (outcome["again"]["error"], outcome["again"]["where"]) == ("invalid_grant", "token")
    assert (outcome["userinfo"]["error"], outcome["userinfo"]["http"]) == ("invalid_token", 401)


@pytest.mark.clause("OIDC-50", "OIDC-51")
async def test_userinfo_tells_who_logged_in_and_of_nobody_else(scenarios: Pilot) -> None:
    told = (await scenarios.log_in("M1", "S4", "K11", userinfo_after=0.0, interface="oidc"))["userinfo"]
    assert told["alt_sub"][0]["sub"] == scenarios.bsn("M1")
    assert "represents" not in told
    assert scenarios.bsn("K11") not in json.dumps(told)
