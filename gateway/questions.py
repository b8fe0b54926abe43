"""Draws the questions of a login, G1 and G2, from what is left to choose, and remembers the choice on the device."""

from collections.abc import Iterable, Mapping, Set
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from catalog.services import Service
from gateway import pages
from gateway.flow import Ask
from gateway.login import CannotRepresent, ChooseAuthority, ChooseWhom, MeansLeft, Offer, choice_of
from gateway.means.contract import Means
from gateway.remembered import RememberedMeans
from gateway.titles import Titles
from runtime.settings import Clock
from runtime.web.frame import Frame
from runtime.web.language import Language
from runtime.web.look import Look
from stelsel.identifiers import EntityId
from stelsel.subjects import AMSTERDAM

FORGET: Final = "forget"


class Questions:
    """The questions of one gateway. A means none of whose ADs is known now is shown as away (PAGES 2.1, G2).

    So is one whose ADs did not answer others just now (`Ask.down`), where that leaves anything to choose.
    """

    def __init__(
        self, look: Look, titles: Titles, means: Mapping[str, Means], remembered: RememberedMeans, clock: Clock
    ) -> None:
        self._look = look
        self._titles = titles
        self._means = means
        self._remembered = remembered
        self._clock = clock

    def draw(self, request: Request, asked: Ask, offer: Offer, frame: Frame) -> Response:
        """The page of the question that is due; `offer` is what it leaves."""
        step, language = asked.step, frame.language
        if isinstance(step, ChooseWhom):
            only = self._titles.means(offer.means[0].name, language) if len(offer.means) == 1 else None
            raised = self._announced(asked.service, offer, language) if only else None
            return pages.whom(self._look, frame, asked.service.grounds, only, raised)
        if isinstance(step, CannotRepresent):
            used = self._titles.means(asked.login.means or "", language)
            digid = "digid" in asked.service.means
            return pages.no_bsn(self._look, frame, used, alone=step.alone, digid=digid)
        name, supplier = self._remembered.read(request) or ("", None)
        if isinstance(step, ChooseAuthority):
            left = offer.find(step.means)
            works = self._working([left] if left else [], asked.down)
            rows = [
                pages.Supplier(
                    entity_id=each, title=self._titles.supplier(each), works=each in works, last=each == supplier
                )
                for each in (left.authorities if left else ())
            ]
            return pages.suppliers(self._look, frame, self._titles.means(step.means, language), rows, may_remember=True)
        works = self._working(offer.means, asked.down)
        refused = asked.login.refused_means[-1] if asked.login.refused_means else None
        return pages.means(
            self._look,
            frame,
            [self._offered(each, language, works, last=each.name == name) for each in offer.means],
            represent=step.represent,
            refused=self._titles.means(refused, language) if refused else None,
            code=asked.login.refused_code,
            raised=self._announced(asked.service, offer, language),
            may_remember=len(offer.means) > 1,
        )

    def remember(self, response: Response, choice: str) -> None:
        """Remembers a choice on one of these pages, once the flow took it."""
        for name, means in self._means.items():
            if choice == f"means:{name}":
                self._remembered.set(response, name, None)
            for each in means.authorities:
                if choice == choice_of(each):
                    self._remembered.set(response, name, each)

    def forget(self, response: Response) -> None:
        """Forgets what was remembered."""
        self._remembered.forget(response)

    def _offered(self, left: MeansLeft, language: Language, works: Set[EntityId], *, last: bool) -> pages.MeansOffer:
        return pages.MeansOffer(
            name=left.name,
            title=self._titles.means(left.name, language),
            level=left.minimum,
            works=not works.isdisjoint(left.authorities),
            last=last,
            line=self._titles.line(left.name, language),
        )

    def _working(self, left: Iterable[MeansLeft], down: Set[EntityId]) -> Set[EntityId]:
        """The ADs of a page that get a button. Is that none but for those that are `down`, they do: one may recover."""
        now = self._clock()
        known = {ad for each in left for ad in each.authorities if self._means[each.name].is_known(ad, now)}
        return known - down or known

    def _announced(self, service: Service, offer: Offer, language: Language) -> pages.Raised | None:
        """The higher level that comes, where it asks more of DigiD than this login does (mandates 6, R-LOA)."""
        coming, digid = service.raised, offer.find("digid")
        if coming is None or digid is None or coming.at <= self._clock() or coming.to <= digid.minimum:
            return None
        message = coming.message.get(language, "")
        return pages.Raised(on=coming.at.astimezone(AMSTERDAM).date(), level=coming.to, message=message)
