"""An authority takes a certificate back in a running network: after the next refresh its party is refused (GEN-12)."""

import pytest

from pilot.places import BVD, DIGID, GATEWAY
from tests.flows.load import go_round
from tests.flows.outcomes import who
from tests.flows.pilots import Pilot, Start


async def refreshed(pilot: Pilot) -> None:
    """A minute later everything has been fetched again, as `pilot run` does it in the background.

    The revoked party's own document is not taken any more; of the last good one the revoked key alone has ended.
    """
    pilot.clock.advance(seconds=61)
    assert await go_round(pilot) != []


async def clause_told(pilot: Pilot) -> object:
    """The clause that the gateway's journal has for the refusal that came last."""
    refusals = await pilot.network.services[GATEWAY].assembly.journal.entries("refusal", pilot.clock())
    return refusals[-1].facts.get("clause")


@pytest.mark.clause("GEN-12", "GEN-16", "S24")
async def test_a_dv_whose_certificate_was_revoked_is_refused_after_the_refresh(start_pilot: Start) -> None:
    pilot = await start_pilot()
    revoked, told = await pilot.running.revoke("gemeente", ["signing"])
    assert revoked
    assert told["revoked"] == ["signing-1.pem"]
    assert who(await pilot.log_in("F1", "S1")) == (pilot.bsn("F1"), None)
    await refreshed(pilot)
    refused = await pilot.log_in("F1", "S1")
    assert (refused["outcome"], refused["http"]) == ("page", 400)
    assert await clause_told(pilot) == "GEN-16"
    assert who(await pilot.log_in("F1", "S4")) == (pilot.bsn("F1"), None)


@pytest.mark.clause("GEN-12", "GEN-21")
async def test_a_dv_whose_tls_certificate_was_revoked_can_fetch_nothing(start_pilot: Start) -> None:
    pilot = await start_pilot()
    assert who(await pilot.log_in("F1", "S1")) == (pilot.bsn("F1"), None)
    await pilot.running.revoke("gemeente", ["tls"])
    await refreshed(pilot)
    refused = await pilot.log_in("F1", "S1")
    assert refused["outcome"] == "page"
    door = f"{pilot.places.host(GATEWAY)}/back"
    assert [each.status for each in pilot.wire if each.host == door][-1] == 403


@pytest.mark.clause("GEN-12")
async def test_an_ad_whose_certificate_was_revoked_logs_nobody_in(start_pilot: Start) -> None:
    pilot = await start_pilot()
    assert who(await pilot.log_in("F1", "S1")) == (pilot.bsn("F1"), None)
    await pilot.running.revoke(DIGID, ["signing"])
    await refreshed(pilot)
    refused = await pilot.log_in("F1", "S1")
    assert (refused["outcome"], refused["http"]) == ("page", 400)
    assert await clause_told(pilot) == "GEN-16"


@pytest.mark.clause("GEN-12", "MD-GEN-03")
async def test_while_the_lists_and_documents_are_away_the_last_good_ones_count_until_they_end(
    start_pilot: Start,
) -> None:
    pilot = await start_pilot()
    pilot.away |= {f"{name}.localhost" for name in ("pilot", "gemeente", "ziekenhuis", BVD)}
    gateway = pilot.network.services[GATEWAY].assembly
    pilot.clock.advance(days=6)
    await gateway.refresh.once()
    await gateway.reload()
    assert gateway.party.trust.find(pilot.world.dv("gemeente").entity_id, pilot.clock()).signing_keys
    pilot.clock.advance(days=2)  # the lists have ended: nobody can say any more what was not taken back
    await gateway.reload()
    assert not gateway.party.trust.find(pilot.world.dv("gemeente").entity_id, pilot.clock()).signing_keys


async def test_a_party_that_is_not_there_has_nothing_to_take_back(scenarios: Pilot) -> None:
    for party in ("nobody", "../keys", ""):
        revoked, told = await scenarios.running.revoke(party, ["signing"])
        assert not revoked
        assert told["refused"]
    assert not (await scenarios.running.revoke("gemeente", ["everything"]))[0]
