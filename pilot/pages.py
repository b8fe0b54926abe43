"""Pages of the pilot itself: the stub of a login means (PAGES 2.4), and the page from which people begin.

The stub's forms post to its own path with `csrf` and `choice`: `person:NAME` (with `level`, a word), `search` (with
`q`), `country:CODE`, `countries`, `cancel`, `fail`, `refuse`. It has no field for a user name, password or pin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.responses import Response

from bvd.wording import folded
from runtime.web.frame import Frame, Site
from runtime.web.look import Look
from stelsel.assurance import LevelOfAssurance

FOLDER: Final = Path(__file__).parent
SEARCH_FROM: Final = 20
WORDS: Final = {level: level.word for level in LevelOfAssurance}


@dataclass(frozen=True, slots=True)
class StubPerson:
    """Somebody who can log in: `name` is the handle of the world, `label` what people read, `highest` the level.

    `with_bsn`: whether somebody from abroad has one; None where everybody does.
    """

    name: str
    label: str
    highest: LevelOfAssurance
    with_bsn: bool | None = None


@dataclass(frozen=True, slots=True)
class DvLink:
    """A sample DV on the first page: its title, of each service the title and address, and where its refusals are.

    `supplier`: the title of the LC that connects it. `gives_up`: what it does without, connected otherwise than the
    standard has it, by the keys of `loss` in the texts.
    """

    title: str
    services: Sequence[tuple[str, str]]
    refusals: str
    supplier: str = ""
    gives_up: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody of the cast, and the names of those for whom something may be done."""

    name: str
    acts_for: Sequence[str]


def look_of(site: Site) -> Look:
    """The templates and texts of stubs, sample DVs and the first page."""
    return Look(site, FOLDER)


def stub(
    look: Look,
    frame: Frame,
    means: str,
    people: Sequence[StubPerson],
    minimum: LevelOfAssurance,
    *,
    search: str = "",
    no_level: bool = False,
    levels: Sequence[LevelOfAssurance] = tuple(LevelOfAssurance),
    names: Mapping[LevelOfAssurance, str] = WORDS,
    country: tuple[str, str] | None = None,
) -> Response:
    """S1: who logs in at the imitation of `means` ("DigiD"), how strongly, or how it ends otherwise.

    `no_level`: a person was pressed without a level. `names` are those of the levels, in the form and among the texts.
    From 20 people on there is a search, and 20 at most are shown. `country`: the page of that country, by code and
    name, in its own colours, with a way back to the others.
    """
    found = _found(people, search)
    return look.draw(
        "stub.html",
        frame,
        "S1.found" if search else "S1",
        means=means,
        people=found[:SEARCH_FROM],
        more=len(found) > SEARCH_FROM,
        searches=len(people) >= SEARCH_FROM,
        search=search,
        levels=tuple(levels),
        names=names,
        minimum=minimum,
        failed=no_level,
        country=country,
    )


def countries(look: Look, frame: Frame, means: str, countries: Sequence[tuple[str, str]]) -> Response:
    """S2: from which country, by code and name; or how it ends otherwise."""
    return look.draw("countries.html", frame, "S2", means=means, countries=countries)


def index(look: Look, frame: Frame, dvs: Sequence[DvLink], people: Sequence[PersonLine]) -> Response:
    """The page that `make run` points to."""
    return look.draw("index.html", frame, "P1", dvs=dvs, people=people)


def _found(people: Sequence[StubPerson], search: str) -> list[StubPerson]:
    """Whoever has every word of `search` in the name; who is called exactly that comes first."""
    words = folded(search).split()
    fitting = [one for one in people if all(word in folded(f"{one.name} {one.label}") for word in words)]
    return sorted(fitting, key=lambda one: folded(one.name) != folded(search))
