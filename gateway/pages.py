"""The pages of the gateway: for whom (G1), how to log in (G2), nobody to act for without a BSN (G4), and a logout that
an AD did not answer (L2). Passing on and ends: `runtime.web.pages`.

Every form posts to the page's own path with `csrf` and `choice`: `self`, `other`, `means:NAME`, `authority:...`,
`forget`, `cancel`, `back`; G2 may add `remember=yes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from gateway.login import choice_of
from runtime.web.dates import day
from runtime.web.frame import Frame, Site
from runtime.web.look import Look
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId
from stelsel.subjects import COURT, PARENTAL, Ground

FOLDER: Final = Path(__file__).parent
ORDER: Final = ("digid", "eherkenning", "eidas")  # others come after these (PAGES 2.1, G2)
_EH_LEVELS: Final = dict(zip(LevelOfAssurance, ("EH2", "EH2+", "EH3", "EH4"), strict=True))

# G1 names an example only for a ground that the service allows.
_EXAMPLES: Final[tuple[tuple[str, frozenset[Ground]], ...]] = (
    ("child", PARENTAL),
    ("client", COURT | {Ground.EH_BEWIND}),
    ("someone", frozenset({Ground.VRIJWILLIG})),
    ("organisation", frozenset({Ground.FUNCTIONARIS, Ground.EH_MACHTIGING, Ground.KETEN})),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeansOffer:
    """One means of G2: its name, what people call it, the level it must reach, whether it works and was chosen last.

    `line` is what the operator wrote to stand under its button; for the means of `ORDER` we have lines of our own.
    """

    name: str
    title: str
    level: LevelOfAssurance
    works: bool = True
    last: bool = False
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """One AD of several behind a means: what people call it, whether it works, whether it was chosen last."""

    entity_id: EntityId
    title: str
    works: bool = True
    last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An announced higher minimum: from which day, what then; `message` replaces our own sentence."""

    on: date
    level: LevelOfAssurance
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    choice: str
    title: str
    label: Markup
    lines: tuple[Markup, ...]
    works: bool


def look_of(site: Site) -> Look:
    """The gateway's templates and texts."""
    return Look(site, FOLDER)


def whom(
    look: Look,
    frame: Frame,
    grounds: frozenset[Ground],
    only_means: str | None = None,
    raised: Raised | None = None,
) -> Response:
    """G1: for yourself or another. `grounds` are those of the service; `only_means` is what people call the one means
    that is left: G2 will be skipped, and what would be announced there stands here."""
    with_it = look.text(frame, "g1.next_with", middel=only_means)
    onward = with_it if only_means else look.text(frame, "g1.next")
    return look.draw(
        "whom.html",
        frame,
        "G1.raise" if raised else "G1",
        next=onward,
        examples=_examples(look, frame, grounds),
        raised=_raise(look, frame, raised) if raised else "",
    )


def means(
    look: Look,
    frame: Frame,
    offers: Sequence[MeansOffer],
    *,
    represent: bool,
    refused: str | None = None,
    code: str = "",
    raised: Raised | None = None,
    may_remember: bool = False,
) -> Response:
    """G2: how to log in. `refused` is what people call the means whose AD said no just now (ERR-08),
    `code` what the journal keeps that under."""
    rows = [
        _Row(f"means:{offer.name}", offer.title, _label(look, frame, offer), _lines(look, frame, offer), offer.works)
        for offer in sorted(offers, key=_place)
    ]
    down = any(not offer.works for offer in offers)
    return look.draw(
        "means.html",
        frame,
        "G2.down" if down else "G2.retry" if refused else "G2.raise" if raised else "G2",
        heading=look.text(frame, "g2.h1"),
        rows=rows,
        lead=represent,
        retry=refused or "",
        code=code,
        raised=_raise(look, frame, raised) if raised else "",
        may_remember=may_remember,
        forgets=any(offer.last for offer in offers),
        digid=any(offer.name == "digid" for offer in offers),
    )


def suppliers(
    look: Look, frame: Frame, title: str, offers: Sequence[Supplier], *, may_remember: bool = False
) -> Response:
    """G2 once more: which of several suppliers of the means called `title`, in the operator's order."""
    rows = [
        _Row(choice_of(offer.entity_id), offer.title, Markup.escape(offer.title), last, offer.works)
        for offer in sorted(offers, key=lambda offer: not offer.last)
        for last in [(look.text(frame, "g2.last"),) if offer.last else ()]
    ]
    return look.draw(
        "means.html",
        frame,
        "G2.suppliers",
        heading=look.text(frame, "g2.supplier", middel=title),
        rows=rows,
        lead=False,
        retry="",
        code="",
        raised="",
        may_remember=may_remember,
        forgets=any(offer.last for offer in offers),
        digid=False,
    )


def _place(offer: MeansOffer) -> tuple[bool, int]:
    return not offer.last, ORDER.index(offer.name) if offer.name in ORDER else len(ORDER)


def _label(look: Look, frame: Frame, offer: MeansOffer) -> Markup:
    return look.text(frame, f"means.{offer.name}" if offer.name in ORDER else "means.other", middel=offer.title)


def _examples(look: Look, frame: Frame, grounds: frozenset[Ground]) -> tuple[Markup, ...]:
    names = [look.text(frame, f"g1.{key}") for key, some in _EXAMPLES if some & grounds]
    if not names:
        return ()
    or_ = look.text(frame, "or")
    joined = Markup(", ").join(names[:-1]) + Markup(" {} ").format(or_) + names[-1] if len(names) > 1 else names[0]
    return (look.text(frame, "g1.example", wie=joined),)


def _lines(look: Look, frame: Frame, offer: MeansOffer) -> tuple[Markup, ...]:
    """What stands under a button: what one needs, so that "too low" is rare."""
    if offer.name == "digid":
        lines = [look.text(frame, f"level.{offer.level.word}")]
    elif offer.name == "eherkenning":
        lines = [look.text(frame, "small.eherkenning", niveau=_EH_LEVELS[offer.level])]
    elif offer.name == "eidas":
        lines = [look.text(frame, "small.eidas")]
    else:
        lines = [Markup.escape(offer.line)] if offer.line else []
    return (*lines, look.text(frame, "g2.last")) if offer.last else tuple(lines)


def _raise(look: Look, frame: Frame, raised: Raised) -> Markup:
    if raised.message:
        return Markup("{}").format(raised.message)
    sentence = look.text(frame, f"level.{raised.level.word}")
    return look.text(frame, "g2.raise", datum=day(raised.on, frame.language), zin=sentence)


def no_bsn(look: Look, frame: Frame, means: str, *, alone: bool, digid: bool) -> Response:
    """G4: who logged in with what people call `means` has no BSN to us, and wants to act for another.

    `alone`: one may go on for oneself (`self`); the other button is `back`. `digid` is a means of this service.
    """
    return look.draw("no_bsn.html", frame, "G4" if alone else "G4.back", means=means, alone=alone, digid=digid)


def partly_out(look: Look, frame: Frame, name: str) -> Response:
    """L2: `name` was told to end its session and did not answer. Its button posts to the page's own path."""
    return look.draw("partly_out.html", frame, "L2", party=name)
