"""Cluster connections in the catalogue: read from files, kept, and judged at the moment of a request (DV-PRC-02)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.clusters import Cluster, Hosting, Supplier
from catalog.loader import read_file
from catalog.repository import Catalog
from catalog.services import PROFILES, STANDARD, Entries
from runtime.database import Database
from stelsel.failures import Failure, Misconfigured, ServiceInactive, ServiceUnknown
from stelsel.identifiers import EntityId, Oin, ServiceUuid
from stelsel.subjects import Period
from tests.catalog.factories import BIJSTAND, GEMEENTE, GEMEENTE_ROW, SERVICE_ROW, a_file, a_provider, a_service

NOW = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
LC = EntityId.of("LC", Oin("00000099000000070000"), 9001)
OTHER = ServiceUuid("0d1f7d3c-5b0e-4f3e-9a55-0c5b6f3a7103")
ROWS = """
[[lc]]
name = "leverancier"
oin = "00000099000000070000"
entity = "9001"
hosting = "paas"
[[cluster]]
name = "gemeente"
lc = "leverancier"
dv = "gemeente"
"""


def a_supplier(**changes: Any) -> Supplier:
    """One that runs software for others."""
    values: dict[str, Any] = {"entity_id": LC, "oin": LC.oin, "name": "leverancier", "title": {"nl": "L", "en": "L"}}
    return Supplier(**values | changes)


async def catalogue(database: Database, supplier: Supplier | None = None, **changes: Any) -> Catalog:
    """The municipality with its service, connected through the supplier."""
    catalog = Catalog(database)
    cluster = Cluster(**{"lc": LC, "dv": GEMEENTE} | changes)
    await catalog.store(Entries((a_provider(),), (a_service(),), (supplier or a_supplier(),), (cluster,)))
    return catalog


@pytest.mark.clause("UC-04", "UC-05", "DV-PRC-02")
def test_a_supplier_and_its_dvs_are_read_from_a_file(tmp_path: Path) -> None:
    text = GEMEENTE_ROW + SERVICE_ROW + ROWS + 'services = ["bijstand"]\nactive_until = 2027-01-01\n'
    entries = read_file(a_file(tmp_path, text), NOW)
    (supplier,), (cluster,) = entries.suppliers, entries.clusters
    assert (supplier.entity_id, supplier.hosting, supplier.title["nl"]) == (LC, Hosting.PAAS, "leverancier")
    assert cluster == Cluster(lc=LC, dv=GEMEENTE, services=frozenset({BIJSTAND}), window=Period(None, date(2027, 1, 1)))


@pytest.mark.clause("UC-05")
def test_who_hosts_infrastructure_alone_is_no_supplier(tmp_path: Path) -> None:
    text = GEMEENTE_ROW + SERVICE_ROW + ROWS.replace('"paas"', '"iaas"')
    with pytest.raises(Misconfigured, match=r"lcs\[0\].hosting: 'iaas' is none of saas, paas"):
        read_file(a_file(tmp_path, text), NOW)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('dv = "gemeente"\n', 'dv = "nobody"\n', r"clusters\[0\].dv: 'nobody' is none of gemeente"),
        ('lc = "leverancier"', 'lc = "nobody"', r"clusters\[0\].lc: 'nobody' is none of leverancier"),
        ("[[cluster]]", '[[cluster]]\nservices = ["x"]', r"clusters\[0\].services\[0\]: 'x' is none of bijstand"),
    ],
)
def test_a_registration_of_somebody_who_is_not_there_is_refused(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    rows = ROWS.replace(old, new)
    assert rows != ROWS
    with pytest.raises(Misconfigured, match=problem):
        read_file(a_file(tmp_path, GEMEENTE_ROW + SERVICE_ROW + rows), NOW)


@pytest.mark.clause("UC-04", "MD-LC-02")
@pytest.mark.parametrize(
    ("entity", "problem"),
    [
        ("urn:nl-eid-gdi:1.0:DV:00000099000000070000:entities:9001", "is no EntityID of an LC"),
        ("https://leverancier.example/saml", "is no EntityID of an LC"),
        ("urn:nl-eid-gdi:1.0:LC:00000099000000079999:entities:9001", "names another OIN than 00000099000000070000"),
    ],
)
def test_a_supplier_has_an_entity_id_of_an_lc_with_its_own_oin(tmp_path: Path, entity: str, problem: str) -> None:
    rows = ROWS.replace('entity = "9001"', f'entity = "{entity}"')
    with pytest.raises(Misconfigured, match=rf"lcs\[0\].entity: {problem}"):
        read_file(a_file(tmp_path, GEMEENTE_ROW + SERVICE_ROW + rows), NOW)
    whole = ROWS.replace('entity = "9001"', f'entity = "{LC.value}"')
    assert read_file(a_file(tmp_path, GEMEENTE_ROW + SERVICE_ROW + whole), NOW).suppliers[0].entity_id == LC


@pytest.mark.clause("UC-04", "DV-ATT-05")
@pytest.mark.parametrize("profile", [profile for profile in PROFILES if profile != STANDARD])
async def test_a_dv_whose_identities_are_opened_here_cannot_go_through_a_supplier(
    database: Database, tmp_path: Path, profile: str
) -> None:
    text = f'{GEMEENTE_ROW}profile = "{profile}"\n{SERVICE_ROW}{ROWS}'
    with pytest.raises(
        Misconfigured, match=rf"clusters\[0\].dv: has profile {profile}: only a DV with profile st-saml"
    ):
        read_file(a_file(tmp_path, text), NOW)
    catalog = await catalogue(database)
    with pytest.raises(Misconfigured, match=f"dv gemeente has profile {profile}: only a DV with profile st-saml"):
        await catalog.store(Entries((a_provider(profile=profile),), ()))
    assert (await catalog.provider(GEMEENTE)).profile == STANDARD


@pytest.mark.clause("DV-PRC-02")
async def test_a_service_is_asked_for_by_its_dv_or_by_the_supplier_that_connects_it(database: Database) -> None:
    catalog = await catalogue(database)
    for requester in (GEMEENTE, LC):
        assert (await catalog.asked(BIJSTAND, GEMEENTE, requester, NOW)).uuid == BIJSTAND


@pytest.mark.clause("DV-PRC-02")
@pytest.mark.parametrize(
    ("changes", "failure", "why"),
    [
        ({"active": False}, ServiceInactive, "the DV's registration with this LC is not active"),
        ({"window": Period(None, date(2026, 3, 10))}, ServiceInactive, "the DV's registration with this LC"),
        ({"window": Period(date(2026, 3, 11), None)}, ServiceInactive, "the DV's registration with this LC"),
        ({"services": frozenset()}, ServiceUnknown, "the service is not registered with this LC"),
        ({"services": frozenset({OTHER})}, ServiceUnknown, "the service is not registered with this LC"),
        ({"supplier": a_supplier(active=False)}, ServiceInactive, "the LC is not active"),
        ({"supplier": a_supplier(window=Period(None, date(2026, 1, 1)))}, ServiceInactive, "the LC is not active"),
    ],
)
async def test_a_registration_that_does_not_count_now_is_refused_by_its_own_name(
    database: Database, changes: dict[str, Any], failure: type[Failure], why: str
) -> None:
    catalog = await catalogue(database, **changes)
    with pytest.raises(failure, match=why) as refused:
        await catalog.asked(BIJSTAND, GEMEENTE, LC, NOW)
    assert refused.value.broken_clause == "DV-PRC-02"


@pytest.mark.clause("DV-PRC-02")
async def test_a_supplier_or_dv_that_is_not_registered_at_all_is_refused(database: Database) -> None:
    catalog = await catalogue(database)
    stranger = EntityId.of("LC", Oin("00000099000000079999"), 9001)
    with pytest.raises(ServiceUnknown, match="this LC is not in the catalogue"):
        await catalog.asked(BIJSTAND, GEMEENTE, stranger, NOW)
    another = a_supplier(entity_id=stranger, oin=stranger.oin)
    await catalog.store(Entries((), (), (another,)))
    with pytest.raises(ServiceUnknown, match="the DV is not registered with this LC"):
        await catalog.asked(BIJSTAND, GEMEENTE, stranger, NOW)


async def test_what_is_stored_again_takes_the_place_of_what_was(database: Database) -> None:
    catalog = await catalogue(database)
    await catalog.store(Entries((), (), (), (Cluster(lc=LC, dv=GEMEENTE, active=False),)))
    with pytest.raises(ServiceInactive):
        await catalog.asked(BIJSTAND, GEMEENTE, LC, NOW)
    await catalog.store(Entries((), (), (replace(a_supplier(), hosting=Hosting.PAAS),)))
