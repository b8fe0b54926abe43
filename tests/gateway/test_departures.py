"""A gateway that starts says of each DV outside ST-SAML what that gives up."""

import logging

import pytest

from catalog.connections import BackChannel
from catalog.profiles import Loss
from gateway.departures import tell_departures
from tests.gateway.factories import House
from tests.stelsel.saml.factories import DV


async def test_each_dv_outside_the_standard_is_named_with_what_it_gives_up(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await tell_departures(house.catalog)
        assert not caplog.records
        await house.connects("digid-legacy", back_channel=BackChannel.SIGNATURE)
        await tell_departures(house.catalog)
    (told,) = caplog.records
    facts = told.__dict__
    assert (facts["dv"], facts["profile"]) == (DV.value, "digid-legacy")
    assert "Nobody can be represented" in facts["gives_up"]
    assert facts["gives_up"].endswith(Loss.BY_SIGNATURE)
