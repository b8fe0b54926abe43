"""Pages of a stub makelaar behind its first one: which organisation and mandate (S3), or why there is none (S4).

Their forms post to their own path with `csrf` and `choice`: `organisation:GROUND:NUMBER`, `cancel`, `back`, `retry`.
"""

from collections.abc import Sequence

from starlette.responses import Response

from pilot.bevoegdheden import Offered
from runtime.web.frame import Frame
from runtime.web.look import Look


def organisations(look: Look, frame: Frame, means: str, offered: Sequence[Offered]) -> Response:
    """S3: each organisation with its KvK number, and what is particular about the mandate."""
    rows = [
        (f"organisation:{each.ground.value}:{number}", each.name, _lines(look, frame, each))
        for number, each in enumerate(offered)
    ]
    return look.draw("organisations.html", frame, "S3", means=means, rows=rows)


def refused(look: Look, frame: Frame, means: str, organisation: str, *, away: bool) -> Response:
    """S4: there is no mandate to use, or the register is `away` and nobody knows."""
    return look.draw(
        "mandate.html", frame, "S4.away" if away else "S4.employee", means=means, organisation=organisation, silent=away
    )


def _lines(look: Look, frame: Frame, offered: Offered) -> list[str]:
    lines = [look.text(frame, "hm.kvk", nummer=offered.kvk)]
    if offered.vestiging:
        lines.append(look.text(frame, "hm.vestiging", nummer=_grouped(offered.vestiging)))
    lines += [look.text(frame, "hm.via", naam=name) for _, name in offered.links]
    return [*lines, look.text(frame, "stub.up_to", niveau=look.text(frame, f"word.{offered.loa.etoegang_word}"))]


def _grouped(number: str) -> str:
    """Digits by four: no page holds nine in a row."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
