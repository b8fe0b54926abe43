"""`pilot login` against the sample DV and a gateway that answers at once: the shapes of CONTRACT."""

from pathlib import Path

import pytest

from pilot.login import KnownDv, KnownNetwork, KnownService, Misused, exit_code, log_in
from pilot.steps import Wish
from stelsel import urns
from stelsel.saml.response import Status
from tests.pilot.dv_site import BIJSTAND, INZIEN, Site
from tests.pilot.pretend_gateway import ANNA, BRAM, Declared

ALONE = Wish(person="Anna", dv="gemeente", service="S1")
FOR_BRAM = Wish(person="Anna", dv="gemeente", service="S1", for_whom="Bram")


def known(site: Site) -> KnownNetwork:
    """What the network's own commands would tell."""
    return KnownNetwork.read(
        {
            "dvs": [
                {
                    "name": "gemeente",
                    "login": f"{site.url}/login",
                    "services": [
                        {"name": each.name, "uuid": each.uuid, "title": "", "minimum": each.minimum}
                        for each in (BIJSTAND, INZIEN)
                    ],
                }
            ]
        },
        [
            {"name": "Anna", "identifiers": [{"type": "legacy-BSN", "value": ANNA}]},
            {"name": "Bram", "identifiers": [{"type": "legacy-BSN", "value": BRAM}]},
        ],
    )


async def bewind(trace: str) -> tuple[str | None, str | None]:
    """The decision record of a login that was granted."""
    assert len(trace) == 32
    return "BEWIND", None


async def refused(trace: str) -> tuple[str | None, str | None]:
    """The decision record of a login that was refused."""
    return None, "EXPIRED"


async def test_a_login_for_another_tells_what_the_dv_received_and_the_ground_from_the_record(site: Site) -> None:
    site.gateway.service = BIJSTAND.uuid
    site.gateway.says = Declared(represented=BRAM)
    outcome = await log_in(FOR_BRAM, known(site), bewind)
    assert exit_code(outcome) == 0
    assert (outcome["outcome"], outcome["ground"]) == ("success", "BEWIND")
    assert outcome["represented"] == {"type": "legacy-BSN", "value": BRAM}
    assert site.gateway.requests[0].requester_ids


async def test_a_login_for_oneself_has_no_ground(site: Site) -> None:
    site.gateway.service = BIJSTAND.uuid
    outcome = await log_in(ALONE, known(site), bewind)
    assert (outcome["acting"], outcome["represented"], outcome["ground"]) == (
        {"type": "legacy-BSN", "value": ANNA},
        None,
        None,
    )


async def test_a_refused_login_tells_the_status_and_the_reason_from_the_record(site: Site) -> None:
    site.gateway.says = Declared(
        status=Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "No valid representation")
    )
    outcome = await log_in(FOR_BRAM, known(site), refused)
    assert exit_code(outcome) == 1
    code = outcome.pop("code")
    assert code
    assert outcome == {
        "outcome": "status",
        "status": [urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED],
        "message": "No valid representation",
        "error": None,
        "where": None,
        "reason": "EXPIRED",
    }


async def test_a_login_that_a_page_ends_tells_the_page(site: Site) -> None:
    site.gateway.front_status = 400
    outcome = await log_in(ALONE, known(site), refused)
    assert exit_code(outcome) == 1
    assert outcome == {"outcome": "page", "http": 400, "code": "K7Q2", "reason": "EXPIRED"}


async def test_resolving_twice_tells_both_answers(site: Site) -> None:
    site.gateway.service = BIJSTAND.uuid
    wish = Wish(person="Anna", dv="gemeente", service="S1", resolve_twice=True)
    outcome = await log_in(wish, known(site), bewind)
    assert outcome["outcome"] == "success"
    assert (outcome["again"]["outcome"], outcome["again"]["status"]) == ("status", [urns.STATUS_SUCCESS, None])


async def test_a_slow_dv_waits_between_the_artifact_and_its_resolve(site: Site) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        assert site.gateway.requests
        assert site.gateway.resolved == 0
        waited.append(seconds)

    wish = Wish(person="Anna", dv="gemeente", service="S1", resolve_after=90)
    site.gateway.service = BIJSTAND.uuid
    outcome = await log_in(wish, known(site), bewind, wait=wait)
    assert (waited, outcome["outcome"]) == ([90], "success")


async def test_the_next_login_with_the_same_file_is_the_same_browsers(site: Site, tmp_path: Path) -> None:
    wish = Wish(person="Anna", dv="gemeente", service="S2", browser=tmp_path / "jar")
    site.gateway.service = INZIEN.uuid
    await log_in(wish, known(site), bewind)
    first = (tmp_path / "jar").read_text()
    await log_in(wish, known(site), bewind)
    assert "gemeente-session" in first
    assert (tmp_path / "jar").read_text() != first  # a login renews the session


@pytest.mark.parametrize(
    "wish",
    [
        Wish(person="Nobody", dv="gemeente", service="S1"),
        Wish(person="Anna", dv="nowhere", service="S1"),
        Wish(person="Anna", dv="gemeente", service="S0"),
    ],
)
async def test_a_name_that_the_network_lacks_is_misuse(site: Site, wish: Wish) -> None:
    with pytest.raises(Misused):
        await log_in(wish, known(site), bewind)


def test_a_service_nobody_has_is_asked_for_by_its_uuid() -> None:
    uuid = "11111111-2222-4333-8444-555555555555"
    dv = KnownDv(name="gemeente", login="http://gemeente.localhost:8000/login", services=())
    assert KnownNetwork(dvs=(dv,)).service(uuid) == KnownService(name=uuid, uuid=uuid, minimum="basis")
