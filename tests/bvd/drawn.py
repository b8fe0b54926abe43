"""The BVD's pages as tests draw and read them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import html
from starlette.responses import Response

from bvd import pages
from bvd.decide import Notices
from runtime.web.frame import Frame, Site
from runtime.web.language import Language
from stelsel.identifiers import Bsn, KvkNummer
from stelsel.subjects import Ground, Party, Representation

LOOK = pages.look_of(Site(operator="Logius"))
NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
ANNA = Party(Bsn("999991000"), "Anna van den Berg", "Berg", "Anna", "1971-04-18")
BRAM = Party(Bsn("999991127"), "Bram Visser", "Visser", "Bram", "1958-11-02")
CHRIS = Party(Bsn("999991255"), "Chris de Wit", "Wit", "Chris", "1990-07-23")
NOOR = Party(Bsn("999991607"), "Noor Bennis", "Bennis", "Noor", "2018-03-11")
ADAM = Party(Bsn("999991735"), "Adam Zwart", "Zwart", "Adam", "2013-03-11")
OFFICE = Party(KvkNummer("90000001"), "Kantoor Noord B.V.")


def a_frame(language: Language = "nl") -> Frame:
    return Frame(language=language, dv="Gemeente Delft", service="Bijstand", path="/choose/h", token="t")


def a_relation(
    represented: Party = BRAM,
    ground: Ground = Ground.BEWIND,
    *,
    acting: Party = ANNA,
    role: str | None = None,
    via: tuple[Party, ...] = (),
    under_investigation: bool = False,
) -> Representation:
    return Representation(
        source="rechtspraak",
        reference="1",
        ground=ground,
        acting=acting,
        represented=represented,
        role=role,
        via=via,
        under_investigation=under_investigation,
        retrieved_at=NOON,
    )


def many(number: int) -> list[Representation]:
    return [a_relation(Party(BRAM.subject, f"Client {n:03}", f"C{n:03}", "Client")) for n in range(number)]


def tree(response: Response) -> html.HtmlElement:
    assert response.status_code == 200
    return html.document_fromstring(bytes(response.body))


def choose(
    relations: Sequence[Representation],
    *,
    language: Language = "nl",
    notices: Notices = pages.NONE,
    silent: Sequence[str] = (),
    search: str = "",
    page: int = 0,
    by_bsn: bool = False,
) -> html.HtmlElement:
    offered = [(f"token{n}", relation) for n, relation in enumerate(relations)]
    return tree(
        pages.choose(
            LOOK,
            a_frame(language),
            offered,
            notices=notices,
            silent=silent,
            search=search,
            page=page,
            by_bsn=by_bsn,
        )
    )


def rows(page: html.HtmlElement) -> list[str]:
    return [str(each.text_content()) for each in page.xpath("//button[starts-with(@value, 'pick:')]/strong")]


def lines(page: html.HtmlElement) -> list[str]:
    return [str(each.text_content()) for each in page.xpath("//button[starts-with(@value, 'pick:')]/small")]


def choices(page: html.HtmlElement) -> list[str]:
    return [str(value) for value in page.xpath("//main//button/@value")]


def said(page: html.HtmlElement) -> str:
    return " ".join(page.xpath("string(//main)").split())
