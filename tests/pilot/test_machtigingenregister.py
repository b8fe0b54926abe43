"""For whom an employee may act, as the pilot's machtigingenregister has it, and what a makelaar reads of its answer."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest

from catalog.repository import Catalog
from pilot.bevoegdheden import Register
from pilot.faults import CallLog
from pilot.machtigingenregister import PATH, bevoegdheden_of, build_machtigingenregister
from pilot.world import World
from registers.settings import RegisterSettings
from runtime.database import Database
from runtime.http import HttpClient
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import RegisterUnavailable
from stelsel.identifiers import Pseudonym, ServiceUuid
from stelsel.reasons import Reason
from stelsel.subjects import Ground
from tests.pilot.serving import listening, serve
from tests.pilot.written_worlds import EXTENDED, NOW, a_world

OPEN, OTHER = "000037178598", "000037178601"
CLOSED = "000038509504"
D = f"""
[[organisation]]
name = "D"
full_name = "Test BV Donald"
kvk = "68750110"
rsin = "999990056"
vestigingen = [{{number = "{OPEN}"}}, {{number = "{OTHER}"}}, {{number = "{CLOSED}", closed = "yesterday"}}]
"""


def employed(*authorised: str, organisation: str = "D", name: str = "d1", loa: str = "loa4") -> str:
    """An employee with these authorisations."""
    rows = ", ".join(f"{{{each}}}" for each in authorised)
    return f'[[employee]]\nname = "{name}"\norganisation = "{organisation}"\nloa = "{loa}"\nauthorised = [{rows}]\n'


def link(giver: str, receiver: str, service: str = "S6", more: str = "") -> str:
    """A link of a chain."""
    name = f"{giver}-{receiver}-{service}"
    return f'[[chain]]\nname = "{name}"\nfrom = "{giver}"\nto = "{receiver}"\nservice = "{service}"\n{more}\n'


def found(
    world: World, name: str = "d1", service: str = "S6"
) -> list[tuple[str, list[str], str | None, Reason | None]]:
    """Whom, through whom, within which branch, and why not."""
    return [
        (
            each.organisation.name,
            [one.name for one in each.links],
            each.vestiging.value if each.vestiging else None,
            each.refused,
        )
        for each in bevoegdheden_of(world, world.employee(name), world.service(service), NOW)
    ]


@pytest.mark.clause("R-ACT", "R-RESTR", "R-KLOA")
@pytest.mark.parametrize(
    ("authorised", "branch", "reason"),
    [
        ('for = "S6"', None, None),
        ('for = "S6", state = "INGETROKKEN"', None, Reason.EMPLOYEE_NOT_AUTHORISED),
        ('for = "S6", loa = "loa2"', None, Reason.LOA_TOO_LOW),
        (f'for = "S6", vestiging = "{OPEN}"', OPEN, None),
        (f'for = "S6", vestiging = "{CLOSED}"', CLOSED, Reason.ORGANISATION_INACTIVE),
    ],
)
def test_an_authorisation_counts_or_says_why_not(
    tmp_path: Path, authorised: str, branch: str | None, reason: Reason | None
) -> None:
    assert found(a_world(tmp_path, EXTENDED + D + employed(authorised))) == [("D", [], branch, reason)]


@pytest.mark.clause("R-RESTR")
def test_a_branch_is_refused_where_the_service_takes_none(tmp_path: Path) -> None:
    world = a_world(tmp_path, EXTENDED + D + employed(f'for = "S1", vestiging = "{OPEN}"'))
    assert found(world, service="S1") == [("D", [], OPEN, Reason.RESTRICTION_NOT_SUPPORTED)]


@pytest.mark.clause("R-ACT")
@pytest.mark.parametrize("state", ["ended", "bankrupt"])
def test_an_organisation_that_ended_acts_no_more(tmp_path: Path, state: str) -> None:
    world = a_world(tmp_path, EXTENDED + D + f'state = "{state}"\n' + employed('for = "S6"'))
    assert found(world) == [("D", [], None, Reason.ORGANISATION_INACTIVE)]


def test_each_part_of_an_organisation_is_a_choice_of_its_own_and_the_same_part_is_one(tmp_path: Path) -> None:
    rows = ('for = "S6"', f'for = "S6", vestiging = "{OTHER}"', 'for = "S6", state = "INGETROKKEN"')
    assert found(a_world(tmp_path, EXTENDED + D + employed(*rows))) == [
        ("D", [], None, None),
        ("D", [], OTHER, None),
    ]


def test_who_may_do_bewindvoering_logs_in_where_an_office_may_act(tmp_path: Path) -> None:
    world = a_world(tmp_path, EXTENDED + employed('for = "bewindvoering"', organisation="B1"))
    assert found(world, service="S1") == [("B1", [], None, None)]
    assert found(world, service="S6") == []


@pytest.mark.clause("R-CHAIN")
@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (link("D", "A") + link("A", "d1"), None),
        (link("D", "A", more='state = "INGETROKKEN"') + link("A", "d1"), Reason.CHAIN_BROKEN),
        (link("D", "A") + link("A", "d1", more='state = "INGETROKKEN"'), Reason.CHAIN_BROKEN),
        (link("D", "A", more='loa = "loa2"') + link("A", "d1"), Reason.LOA_TOO_LOW),
        (link("D", "A", more=f'vestiging = "{OPEN}"') + link("A", "d1"), Reason.RESTRICTION_NOT_SUPPORTED),
    ],
)
def test_a_chain_holds_when_each_of_its_links_does(tmp_path: Path, rows: str, reason: Reason | None) -> None:
    world = a_world(tmp_path, EXTENDED + D + employed(organisation="A") + rows)
    assert found(world) == [("D", ["A"], None, reason)]


@pytest.mark.clause("R-CHAIN")
def test_a_chain_longer_than_the_service_takes_and_a_circle_are_refused(tmp_path: Path) -> None:
    rows = link("D", "B1") + link("B1", "A") + link("A", "d1") + link("A", "B1")
    world = a_world(tmp_path, EXTENDED + D + employed(organisation="A") + rows)
    assert found(world) == [
        ("B1", ["A"], None, None),
        ("D", ["B1", "A"], None, Reason.CHAIN_NOT_ALLOWED),
        ("A", ["B1", "A"], None, Reason.CHAIN_BROKEN),
    ]
    assert found(world, service="S1") == []
    other = link("D", "A", "S1") + link("A", "d1", "S1")
    world = a_world(tmp_path, EXTENDED + D + employed(organisation="A") + other)
    assert found(world, service="S1") == [("D", ["A"], None, Reason.CHAIN_NOT_ALLOWED)]


@pytest.mark.clause("R-OUT")
def test_the_lowest_of_means_mandate_and_links_counts(tmp_path: Path) -> None:
    rows = link("D", "A", more='loa = "loa3"') + link("A", "d1")
    world = a_world(tmp_path, EXTENDED + D + employed(organisation="A") + rows)
    (only,) = bevoegdheden_of(world, world.employee("d1"), world.service("S6"), NOW)
    assert (only.loa, only.ground) == (LevelOfAssurance.SUBSTANTIEEL, Ground.KETEN)


@asynccontextmanager
async def asked(world: World, sqlite_url: str) -> AsyncIterator[tuple[Register, CallLog, str, HttpClient]]:
    """The register over HTTP, and the makelaar's side of it."""
    database, calls = Database(sqlite_url), CallLog()
    catalog = Catalog(database)
    await catalog.store(world.entries)
    http = HttpClient(None, loopback=True)
    async with serve(build_machtigingenregister(world, lambda: NOW, calls, catalog), listening()) as port:
        url = f"http://127.0.0.1:{port}"
        try:
            yield Register(RegisterSettings(url=url, http=http, monotonic=monotonic)), calls, url, http
        finally:
            await http.close()
            await database.close()


async def test_a_makelaar_reads_what_the_register_has(tmp_path: Path, sqlite_url: str) -> None:
    rows = employed('for = "S6"', f'for = "S6", vestiging = "{CLOSED}"')
    world = a_world(tmp_path, EXTENDED + D + rows)
    service, employee = world.service("S6").uuid, world.employee("d1")
    async with asked(world, sqlite_url) as (register, calls, url, http):
        got = await register.ask(employee.pseudonym, service)
        (offered,) = got.usable
        assert [each.value for each in offered.organisation] == ["68750110", "999990056"]
        assert (offered.name, offered.ground, got.refused) == (
            "Test BV Donald",
            Ground.EH_MACHTIGING,
            (Reason.ORGANISATION_INACTIVE,),
        )
        with pytest.raises(RegisterUnavailable):
            await register.ask(Pseudonym("nobody"), service)
        with pytest.raises(RegisterUnavailable):
            await register.ask(employee.pseudonym, ServiceUuid("no-such-service"))
        body = json.dumps({"middel": 7}).encode()
        answer = await http.send("POST", url + PATH, content=body, headers={}, deadline_seconds=2, max_bytes=10_000)
        assert answer.status == 400
    assert [(each["source"], each["about"], each["outcome"]) for each in calls.entries()] == [
        ("mr", "d1", "answered"),
        ("mr", "unknown", "refused"),
        ("mr", "d1", "refused"),
        ("mr", "unknown", "refused"),
    ]


@pytest.mark.clause("R-QUERY", "P1")
@pytest.mark.parametrize("mode", ["down", "503", "nonsense", "truncated"])
async def test_a_register_in_trouble_has_no_answer_at_all(tmp_path: Path, sqlite_url: str, mode: str) -> None:
    world = a_world(tmp_path, EXTENDED + D + employed('for = "S6"'), f"fault.mr.mode={mode}")
    async with asked(world, sqlite_url) as (register, _, _, _):
        with pytest.raises(RegisterUnavailable):
            await register.ask(world.employee("d1").pseudonym, world.service("S6").uuid)
