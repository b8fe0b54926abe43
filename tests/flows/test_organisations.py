"""People who act for an organisation, by DigiD and the Handelsregister: scenario 24 of mandates 8."""

import pytest

from tests.flows.outcomes import CANCELLED, NO_REPRESENTATION, SOURCE_AWAY, refusal
from tests.flows.pilots import Pilot


@pytest.mark.clause("R-DET", "DV-ATT-13", "DV-ATT-12")
@pytest.mark.parametrize(
    ("who", "organisation", "kvk"), [("Directeur", "D", "68750110"), ("Eigenares", "Eenmanszaak", "69599084")]
)
async def test_scenario_24_who_may_act_alone_acts_for_the_organisation(
    scenarios: Pilot, who: str, organisation: str, kvk: str
) -> None:
    outcome = await scenarios.log_in(who, "S6", organisation)
    assert outcome["outcome"] == "success", outcome
    assert outcome["acting"] == {"type": "legacy-BSN", "value": scenarios.bsn(who)}
    assert outcome["represented"] == {"type": "KvKnr", "value": kvk}
    assert (outcome["ground"], outcome["role"], outcome["via"]) == ("FUNCTIONARIS", None, [])
    assert outcome["representation_types"] == ["urn:namens:rt:FUNCTIONARIS"]
    assert all(each["ok"] for each in outcome["signatures"]["advice"])


@pytest.mark.clause("R-JOINT", "R-DET", "R-TIME", "R-ACT")
@pytest.mark.parametrize(
    ("who", "organisation", "reason"),
    [
        ("Mededirecteur", "D", "JOINT_AUTHORITY_REQUIRED"),
        ("Gevolmachtigde", "D", "AUTHORITY_UNDETERMINED"),
        ("Geschorste", "D", "SUSPENDED"),
        ("V1", "D", "NO_MANDATE"),
    ],
)
async def test_scenario_24_what_kvks_rule_does_not_settle_is_refused(
    scenarios: Pilot, who: str, organisation: str, reason: str
) -> None:
    assert refusal(await scenarios.log_in(who, "S6", organisation)) == (*NO_REPRESENTATION, reason)


@pytest.mark.clause("R-ACT")
async def test_scenario_24_a_bankrupt_company_is_not_offered_beside_one_that_is_not(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("Directeur", "S6", "Failliet")
    assert refusal(outcome) == (*CANCELLED, "ORGANISATION_INACTIVE")


@pytest.mark.clause("R-REISSUE", "R-QUERY")
async def test_a_handelsregister_that_is_away_is_told_as_away(scenarios: Pilot) -> None:
    scenarios.take_away("kvk")
    try:
        outcome = await scenarios.log_in("Eigenares", "S6", "Eenmanszaak")
    finally:
        scenarios.give_back()
    try:
        late = await scenarios.log_in("Directeur", "S6", "D", before_resolve=lambda: scenarios.take_away("kvk"))
    finally:
        scenarios.give_back()
    assert refusal(outcome) == refusal(late) == (*SOURCE_AWAY, "REGISTER_UNAVAILABLE")


async def test_the_organisations_of_a_director_are_told_as_data(scenarios: Pilot) -> None:
    shown = await scenarios.choices("Directeur", "S6")
    assert [(each["label"], each["ground"], each["usable"]) for each in shown["choices"]] == [
        ("Test BV Donald", "FUNCTIONARIS", True)
    ]
