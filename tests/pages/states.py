"""Every page and state by its name of PAGES 5.1, drawn with made-up people, the longest names among them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bvd import pages as bvd
from bvd.decide import Notice, Notices, Page
from bvd.naming import read_bsn
from catalog.profiles import Loss
from gateway import pages as gateway
from pilot import makelaar_pages as makelaar
from pilot import pages as pilot
from pilot.dv_pages import DvPages
from pilot.eidas import LEVELS as LEVELS_OF_EIDAS
from pilot.peoplefile import COUNTRIES
from pilot.sample_dv import views as dv
from pilot.sample_dv.received import Check, Message, Name, Received
from pilot.sample_dv.settings import LEVELS, KeyFiles, SampleDvSettings, SampleService
from runtime.web import pages as web
from runtime.web.frame import Frame, Site
from runtime.web.language import Language
from runtime.web.look import Look, files_of
from runtime.web.texts import Texts
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, EntityId, KvkNummer
from stelsel.subjects import Ground, Representation
from tests.pages.people import (
    A_MOMENT,
    LONGEST,
    OFFERED,
    WIDEST,
    a_bsn,
    a_party,
    a_representation,
    every_ground,
    people,
    twins,
)
from tests.pages.portal_states import portal_look, portal_states
from tests.pages.refused import LISTS

ELSEWHERE: Final = "http://localhost:{port}/gone"
SITE: Final = Site(operator="Logius", help_url="https://www.example.nl/hulp", pilot=True)

_TITLES: Final[Mapping[Language, tuple[str, str]]] = {
    "nl": ("Gemeente Voorbeeldstad", "Bijzondere bijstand aanvragen"),
    "en": ("Municipality of Voorbeeldstad", "Apply for special assistance"),
}


class Looks:
    """The hosts' templates and texts."""

    def __init__(self, texts: type[Texts] = Texts) -> None:
        self.gateway = Look(SITE, gateway.FOLDER, texts(*files_of(gateway.FOLDER)))
        self.bvd = Look(SITE, bvd.FOLDER, texts(*files_of(bvd.FOLDER)))
        self.pilot = Look(SITE, pilot.FOLDER, texts(*files_of(pilot.FOLDER)))
        self.machtigen = portal_look(SITE, texts)


@dataclass(frozen=True, slots=True)
class Shown:
    """Where and how a state is shown: its own path, and the port of the site that shows it."""

    looks: Looks
    language: Language
    path: str = "/page"
    port: int = 80

    @property
    def frame(self) -> Frame:
        """In the middle of a login."""
        title, service = _TITLES[self.language]
        return Frame(
            language=self.language,
            dv=title,
            service=service,
            path=self.path,
            token="Zm9ybXRva2Vu",
            back="https://www.example.nl/",
        )

    @property
    def bare(self) -> Frame:
        """Where no login is known."""
        return Frame(language=self.language, path=self.path)

    @property
    def elsewhere(self) -> str:
        """An address on another site."""
        return ELSEWHERE.format(port=self.port)

    @property
    def request(self) -> Request:
        """What a sample DV was asked."""
        query = f"lang={self.language}".encode()
        return Request({"type": "http", "method": "GET", "path": "/", "query_string": query, "headers": []})


State = Callable[[Shown], Response]


def some_notices(n: int, *kinds: Notice) -> Notices:
    """Each of these about `n` people."""
    return Notices(dict.fromkeys(kinds, n), 12, LevelOfAssurance.SUBSTANTIEEL)


_EVERY_MEANS: Final = tuple(
    gateway.MeansOffer(name=title.lower(), title=title, level=LevelOfAssurance.SUBSTANTIEEL)
    for title in ("eIDAS", "eHerkenning", "DigiD")
)
_DIGID_DOWN: Final = (replace(_EVERY_MEANS[2], level=LevelOfAssurance.MIDDEN, works=False), *_EVERY_MEANS[:2])
_LAST: Final = (replace(_EVERY_MEANS[0], level=LevelOfAssurance.HOOG, last=True), *_EVERY_MEANS[1:])
_SUPPLIERS: Final = tuple(
    gateway.Supplier(entity_id=EntityId(f"urn:etoegang:HM:0000009900000000700{number}:entities:9001"), title=title)
    for number, title in enumerate(("Makelaar Een", "Makelaar Twee"))
)


def _means(*offers: gateway.MeansOffer, **more: object) -> State:
    values = {"represent": False} | more
    return lambda shown: gateway.means(shown.looks.gateway, shown.frame, offers, **values)  # type: ignore[arg-type]


def _suppliers(*offers: gateway.Supplier) -> State:
    return lambda shown: gateway.suppliers(shown.looks.gateway, shown.frame, "eHerkenning", offers, may_remember=True)


_RAISED: Final = gateway.Raised(on=date(2027, 3, 1), level=LevelOfAssurance.HOOG)


def _digid_at(level: LevelOfAssurance) -> State:
    return _means(replace(_EVERY_MEANS[2], level=level), represent=True, raised=_RAISED)


def _whom(grounds: frozenset[Ground], only: str | None = None, raised: gateway.Raised | None = None) -> State:
    return lambda shown: gateway.whom(shown.looks.gateway, shown.frame, grounds, only, raised)


def _end(page: web.End, **more: int) -> State:
    def draw(shown: Shown) -> Response:
        frame = shown.bare if page in web.BILINGUAL else shown.frame
        return web.end(shown.looks.gateway, frame, page, "7K2M-9XQ4", **more)

    return draw


def _static(page: web.Static) -> State:
    return lambda shown: web.static_page(shown.looks.gateway, shown.bare, page)


def _choose(offered: Sequence[tuple[str, Representation]], **more: object) -> State:
    return lambda shown: bvd.choose(shown.looks.bvd, shown.frame, offered, **more)  # type: ignore[arg-type]


def _by_bsn(typed: str | None) -> State:
    found = None if typed is None else read_bsn(typed)
    assert not isinstance(found, Bsn)
    return lambda shown: bvd.name_by_bsn(shown.looks.bvd, shown.frame, found, has_list=typed is not None)


def _summary(chosen: Representation, **more: object) -> State:
    values = {"acting": "Anna van den Berg"} | more
    return lambda shown: bvd.summary(shown.looks.bvd, shown.frame, chosen, **values)  # type: ignore[arg-type]


def _refused(page: Page, **more: object) -> State:
    return lambda shown: bvd.refused(shown.looks.bvd, shown.frame, page, **more)  # type: ignore[arg-type]


def _away(*silent: str) -> State:
    return lambda shown: bvd.away(shown.looks.bvd, shown.frame, silent)


_DV: Final = SampleDvSettings(
    name="voorbeeldstad",
    title={language: titles[0] for language, titles in _TITLES.items()},
    entity_id="urn:nl-eid-gdi:1.0:DV:00000099000000002000:entities:9001",
    public_url="http://voorbeeldstad.localhost:8000",
    gateway="urn:nl-eid-gdi:1.0:RD:00000099000000001000:entities:9001",
    bvd="urn:nl-eid-gdi:1.0:BVD:00000099000000003000:entities:9001",
    keys=KeyFiles.in_ring(gateway.FOLDER, gateway.FOLDER),
    services=tuple(
        SampleService(
            uuid=f"aaaaaaaa-0000-4000-8000-aaaaaaaaaaa{n}",
            name=f"dienst{n}",
            title={"nl": f"Dienst {n}", "en": f"Service {n}"},
            minimum="substantieel",
            representable=n != 1,
        )
        for n in range(3)
    ),
)
_BAND: Final = dv.Band(represented=LONGEST, service=_DV.services[0])


def _no_bsn(*, in_full: bool) -> State:
    return lambda shown: gateway.no_bsn(shown.looks.gateway, shown.frame, "eIDAS", alone=in_full, digid=in_full)


def _start(notice: dv.Notice | None = None, number: int = 1, band: dv.Band | None = None) -> State:
    view = dv.StartView(
        dv=_DV,
        services=_DV.services[:number],
        notice=notice,
        noticed_service=_DV.services[0],
        code="1F00D5AB",
        band=band,
        logged_in=number > 1,
    )
    return lambda shown: DvPages(shown.looks.pilot, "/gone/").start(shown.request, view)


def _result(represented: bool, types: tuple[str, ...] = ()) -> State:
    received = Received(
        assertion_id="_a",
        acting=Name("legacy-BSN", a_bsn(1).value),
        represented=Name("legacy-BSN", a_bsn(0).value) if represented else None,
        via=(Name("KvKnr", "90000001"),) if types else (),
        restrictions=(Name("Vestigingsnr", "000000000001"),) if types else (),
        attributes=(Name("FirstName", LONGEST),) if types else (),
        representation_types=types,
        loa=LEVELS["substantieel"],
        service=_DV.services[0].uuid,
        authorities=("urn:nl-eid-gdi:1.0:AD:00000099000000004000:entities:9001",),
        ends_at=A_MOMENT if types else None,
        advice=(),
        checks=(
            Check("handtekening Assertion", True, _DV.gateway, _DV.gateway, "DV-VAL-01"),
            Check("Audience", False, _DV.entity_id, "", "DV-VAL-05"),
        ),
        messages=(Message("ArtifactResponse", "<samlp:ArtifactResponse>" + "x" * 300 + "\n" * 40),),
    )
    view = dv.ResultView(
        dv=_DV,
        service=_DV.services[0],
        received=received,
        acting="Anna van den Berg",
        represented=LONGEST if represented else None,
        band=_BAND if represented else None,
    )
    return lambda shown: DvPages(shown.looks.pilot, "/gone/").result(shown.request, view)


_CAST: Final = tuple(pilot.StubPerson(f"naam{n}", f"Voorbeeld {n}", list(LevelOfAssurance)[n % 4]) for n in range(60))


def _stub(number: int, **more: object) -> State:
    return lambda shown: pilot.stub(
        shown.looks.pilot,
        shown.frame,
        "DigiD",
        _CAST[:number],
        LevelOfAssurance.MIDDEN,
        **more,  # type: ignore[arg-type]
    )


def _country(shown: Shown) -> Response:
    people = [replace(one, with_bsn=number > 0) for number, one in enumerate(_CAST[:3])]
    country, minimum = ("XB", COUNTRIES["XB"][shown.language]), LevelOfAssurance.MIDDEN
    look, frame = shown.looks.pilot, shown.frame
    return pilot.stub(look, frame, "eIDAS", people, minimum, levels=LEVELS_OF_EIDAS, country=country)


def _countries(shown: Shown) -> Response:
    countries = [(code, names[shown.language]) for code, names in COUNTRIES.items()]
    return pilot.countries(shown.looks.pilot, shown.frame, "eIDAS", countries)


def _mandates(number: int) -> State:
    return lambda shown: makelaar.organisations(
        shown.looks.pilot, shown.frame, "eHerkenning (Makelaar Een)", OFFERED[:number]
    )


def _no_mandate(*, away: bool) -> State:
    return lambda shown: makelaar.refused(
        shown.looks.pilot, shown.frame, "eHerkenning (Makelaar Een)", "Voorbeeld BV", away=away
    )


def _index(shown: Shown) -> Response:
    link = pilot.DvLink("Gemeente Voorbeeldstad", [("Bijstand", "http://voorbeeldstad.localhost:8000/")], "/gone")
    losses = [each.name.lower() for each in Loss]
    dvs = [link, replace(link, supplier=f"Leverancier {WIDEST}"), replace(link, gives_up=losses)]
    cast = [pilot.PersonLine("Anna van den Berg", ["Bram Visser", LONGEST]), pilot.PersonLine("Otto Bos", [])]
    return pilot.index(shown.looks.pilot, shown.bare, dvs, cast)


def _listed(draw: Callable[[Look, Frame], Response]) -> State:
    return lambda shown: draw(shown.looks.gateway, shown.bare)


def _states() -> Iterator[tuple[str, State]]:
    every = frozenset(Ground)
    yield "G1", _whom(every)
    yield "G1.one_ground", _whom(frozenset({Ground.BEWIND}), "DigiD")
    yield "G1.no_example", _whom(frozenset())
    yield "G1.raise", _whom(every, "DigiD", _RAISED)
    yield "G2", _means(*_EVERY_MEANS, represent=True)
    yield "G2.down", _means(*_DIGID_DOWN)
    yield "G2.retry", _means(*_EVERY_MEANS, refused="eHerkenning")
    yield "G2.remember", _means(*_EVERY_MEANS, may_remember=True)
    yield "G2.last", _means(*_LAST)
    yield (
        "G2.other",
        _means(gateway.MeansOffer(name="pas", title="Stadspas", level=LevelOfAssurance.BASIS, line="Met uw pas.")),
    )
    yield "G2.suppliers", _suppliers(*_SUPPLIERS)
    yield "G2.message", _means(*_EVERY_MEANS, raised=replace(_RAISED, message="Straks is <meer> nodig."))
    for level in LevelOfAssurance:
        yield f"G2.{level.word}", _digid_at(level)
    yield (
        "G3",
        lambda shown: web.pass_on(
            shown.looks.gateway, shown.frame, "DigiD", shown.elsewhere, {"SAMLRequest": "PHg+", "RelayState": "a&b"}
        ),
    )
    yield "G4", _no_bsn(in_full=True)
    yield "G4.back", _no_bsn(in_full=False)
    yield "L2", lambda shown: gateway.partly_out(shown.looks.gateway, shown.frame, LONGEST)
    yield "L2.no_dv", lambda shown: gateway.partly_out(shown.looks.gateway, shown.bare, "DigiD")
    yield "G3.go", lambda shown: web.go_on(shown.looks.gateway, shown.frame, shown.elsewhere, "DigiD")
    yield "G3.back", lambda shown: web.go_on(shown.looks.bvd, shown.frame, shown.elsewhere)
    for page in web.End:
        yield page.value, _end(page, retry_after_seconds=3600 if page is web.End.TOO_OFTEN else 0)
    yield "E7.one", _end(web.End.TOO_OFTEN, retry_after_seconds=20)
    yield "E2.no_way_back", lambda shown: web.end(shown.looks.bvd, shown.bare, web.End.EXPIRED, "7K2M-9XQ4")
    for static in web.Static:
        yield static.value, _static(static)
    for number in (1, 2, 9, 10, 60, 500):
        yield f"B1.{number}", _choose(people(number), by_bsn=number == 2)
    yield from ((name, _listed(draw)) for name, draw in LISTS.items())
    yield "B1.second_page", _choose(people(60), page=1)
    yield "B1.found", _choose(people(60), search="smit")
    yield "B1.none", _choose(people(60), search="nïemand ‘x’")
    yield "B1.grounds", _choose(every_ground())
    yield "B1.twins", _choose(twins())
    yield "B1.notices", _choose(people(9), notices=some_notices(2, *Notice))
    yield "B1.partial", _choose(people(9), silent=("rechtspraak",), notices=some_notices(1, *Notice))
    yield "B1.all_silent", _choose(people(2), silent=("rechtspraak", "gezag", "persons", "machtigingen"))
    for name, typed in {"B2": None, "B2.empty": " ", "B2.letters": "12 34x", "B2.form": "123.456.789"}.items():
        yield name, _by_bsn(typed)
    yield "B3", _summary(a_representation(represented=a_party(LONGEST)), may_choose=True)
    yield "B3.alone", _summary(a_representation(), notices=some_notices(1, Notice.AGE), silent=("gezag",))
    yield "B3.until", _summary(a_representation(Ground.VRIJWILLIG), until=A_MOMENT)
    yield (
        "B3.employee",
        _summary(
            a_representation(
                Ground.EH_BEWIND, role="mentor", acting=a_party("Kantoor Noord B.V.", KvkNummer("90000001"))
            ),
            organisation="Kantoor Noord B.V.",
        ),
    )
    yield "B4.empty", _refused(Page.EMPTY, asked=("rechtspraak", "gezag", "machtigingen", "handelsregister", "mr"))
    yield "B4.hidden", _refused(Page.HIDDEN, notices=some_notices(2, *Notice))
    yield "B4.hidden.one", _refused(Page.HIDDEN, notices=some_notices(1, *Notice))
    yield "B4.named", _refused(Page.NAMED, by_bsn=True)
    yield "B4.acting", _refused(Page.ACTING)
    yield "B4.employee", lambda shown: bvd.employee_refused(shown.looks.bvd, shown.frame, "Kantoor Noord B.V.")
    yield "B4.employee.unnamed", lambda shown: bvd.employee_refused(shown.looks.bvd, shown.bare, "Kantoor Noord B.V.")
    yield "B5", _away("rechtspraak")
    yield "B5.two", _away("rechtspraak", "persons", "gezag")
    yield "D1", _start()
    yield "D1.more", _start(number=3)
    yield "D1.acting", _start(number=3, band=_BAND)
    for notice in dv.Notice:
        yield f"D3.{notice.value}", _start(notice)
    yield "D2", _result(represented=False)
    yield "D2.for_other", _result(represented=True)
    yield "D2.role", _result(represented=True, types=("urn:namens:rt:BEWIND",))
    yield (
        "D.pass_on",
        lambda shown: DvPages(shown.looks.pilot, "/gone/").passing_on(
            shown.request, dv.PassingOn(dv=_DV, action=shown.elsewhere, fields={"SAMLRequest": "PHg+"})
        ),
    )
    yield "S1", _stub(3)
    yield "S1.60", _stub(60)
    yield "S1.found", _stub(60, search="naam7")
    yield "S1.none", _stub(60, search="niemand")
    yield "S1.no_level", _stub(3, no_level=True)
    yield "S1.country", _country
    yield "S2", _countries
    yield "S1.levels", _stub(3, names={level: level.etoegang_word for level in LevelOfAssurance})
    yield "S3", _mandates(4)
    yield "S3.one", _mandates(1)
    yield "S4.employee", _no_mandate(away=False)
    yield "S4.away", _no_mandate(away=True)
    yield "P1", _index


STATES: Final[Mapping[str, State]] = dict(_states()) | dict(portal_states())
