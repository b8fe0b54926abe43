"""The questions of the gateway as pages: for whom (G1), how to log in (G2). Passing on and ends: `runtime.web.pages`.

Every form posts to the page's own path with `csrf` and `choice`: `self`, `other`, `means:NAME`, `forget`, `cancel`;
G2 may add `remember=yes`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from runtime.web.dates import day
from runtime.web.frame import Frame, Site
from runtime.web.look import Look
from stelsel.assurance import LevelOfAssurance
from stelsel.subjects import COURT, PARENTAL, Ground

FOLDER: Final = Path(__file__).parent
MEANS_TITLES: Final[Mapping[str, str]] = {"digid": "DigiD", "eherkenning": "eHerkenning", "eidas": "eIDAS"}
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
    """One means of G2: its name in `MEANS`, the level it must reach, whether it works, whether it was chosen last."""

    name: str
    level: LevelOfAssurance
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
    name: str
    title: str
    label: Markup
    lines: tuple[Markup, ...]
    works: bool


def look_of(site: Site) -> Look:
    """The gateway's templates and texts."""
    return Look(site, FOLDER)


def whom(look: Look, frame: Frame, grounds: frozenset[Ground], only_means: str | None = None) -> Response:
    """G1: for yourself or another. `grounds` are those of the service; `only_means` is set where G2 will be skipped."""
    if only_means:
        onward = look.text(frame, "g1.next_with", middel=MEANS_TITLES[only_means])
    else:
        onward = look.text(frame, "g1.next")
    return look.draw("whom.html", frame, "G1", next=onward, examples=_examples(look, frame, grounds))


def means(
    look: Look,
    frame: Frame,
    offers: Sequence[MeansOffer],
    *,
    represent: bool,
    refused: str | None = None,
    raised: Raised | None = None,
    may_remember: bool = False,
) -> Response:
    """G2: how to log in. `refused` is the means whose AD said no just now (ERR-08)."""
    known = list(MEANS_TITLES)
    rows = [
        _Row(
            offer.name,
            MEANS_TITLES[offer.name],
            look.text(frame, f"means.{offer.name}"),
            _lines(look, frame, offer),
            offer.works,
        )
        for offer in sorted(offers, key=lambda offer: (not offer.last, known.index(offer.name)))
    ]
    down = any(not offer.works for offer in offers)
    return look.draw(
        "means.html",
        frame,
        "G2.down" if down else "G2.retry" if refused else "G2.raise" if raised else "G2",
        rows=rows,
        represent=represent,
        retry=MEANS_TITLES[refused] if refused else "",
        raised=_raise(look, frame, raised) if raised else "",
        may_remember=may_remember,
        forgets=any(offer.last for offer in offers),
        digid=any(offer.name == "digid" for offer in offers),
    )


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
        line = look.text(frame, f"level.{offer.level.word}")
    elif offer.name == "eherkenning":
        line = look.text(frame, "small.eherkenning", niveau=_EH_LEVELS[offer.level])
    else:
        line = look.text(frame, "small.eidas")
    return (line, look.text(frame, "g2.last")) if offer.last else (line,)


def _raise(look: Look, frame: Frame, raised: Raised) -> Markup:
    if raised.message:
        return Markup("{}").format(raised.message)
    sentence = look.text(frame, f"level.{raised.level.word}")
    return look.text(frame, "g2.raise", datum=day(raised.on, frame.language), zin=sentence)
