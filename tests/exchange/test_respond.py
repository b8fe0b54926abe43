"""Assertions that we make: how long they may be delivered, and how long they hold."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.respond import WINDOW, Reply, statement
from gateway.settings import GatewaySettings
from runtime.settings import JournalSettings, Secret, StoreSettings
from stelsel.saml.assertion import Assertion
from tests.stelsel.saml.factories import AD, BVD, DV, NOON, RD

KEY = Secret(b"k" * 32)


def stated(**changes: Any) -> Assertion:
    """What the RD states at noon."""
    reply = Reply(RD, "_dv", "https://dv.test/acs", NOON, **changes)
    return statement(reply, audiences=(DV,), context_class="urn:x:y", attributes=())


def settings(**changes: Any) -> GatewaySettings:
    """A gateway's, with what it must be told."""
    values: dict[str, Any] = {
        "entity_id": RD,
        "public_url": "https://rd.test",
        "back_channel_url": "https://rd.test:8443",
        "keys": Path("keys"),
        "anchors": Path("anchors.pem"),
        "handle_key": KEY,
        "database_url": "sqlite:///:memory:",
        "store": StoreSettings(key=KEY),
        "journal": JournalSettings(key=KEY),
        "operator": "RD",
        "bvd": BVD,
        "digid": AD,
    }
    return GatewaySettings(**values | changes)


@pytest.mark.clause("DV-ASR-05", "DV-ASR-09", "C-07")
def test_both_windows_are_two_minutes_where_nothing_else_is_set() -> None:
    made = stated()
    assert (made.confirm_until, made.not_before, made.not_on_or_after) == (NOON + WINDOW, NOON - WINDOW, NOON + WINDOW)
    assert settings().assertion_seconds == WINDOW.total_seconds()


@pytest.mark.clause("DV-ASR-05", "DV-ASR-09", "C-07")
def test_conditions_may_outlive_the_delivery_which_stays_two_minutes() -> None:
    made = stated(holds=timedelta(hours=1))
    assert (made.confirm_until, made.not_on_or_after) == (NOON + WINDOW, NOON + timedelta(hours=1))


@pytest.mark.clause("DV-ASR-05", "C-07")
def test_conditions_that_end_before_the_delivery_stop_the_start() -> None:
    with pytest.raises(ValueError, match="assertion_seconds"):
        settings(assertion_seconds=119)
