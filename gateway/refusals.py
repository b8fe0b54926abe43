"""What a party finds at the back channel of its own messages that were refused: JSON for programs, a page for people.

Who asks is known by mutual TLS, and gets nothing of anybody else.
"""

from dataclasses import asdict
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from exchange.assembly import Assembly
from runtime.reports import LastRefused, last_refused
from runtime.web.frame import Frame
from runtime.web.language import choose
from runtime.web.look import Look
from runtime.web.problem import problem
from runtime.web.refusals import refusals_page
from stelsel.failures import WrongParty

REFUSALS_PATH: Final = "/refusals"


def refusals_route(assembly: Assembly, look: Look) -> Route:
    """The list of the party, or of each of the parties, whose TLS client certificate is shown."""
    party, journal = assembly.party, assembly.journal

    async def refusals(request: Request) -> Response:
        certificate: bytes | None = request.scope.get("state", {}).get("peer_certificate")
        try:
            callers = party.trust.by_certificate(certificate, party.clock())
        except WrongParty as nobody:
            return problem(403, await assembly.report(nobody, {"door": REFUSALS_PATH}))
        lists = {each.entity_id.value: await last_refused(journal, each.entity_id.value) for each in callers}
        if not prefers_page(request.headers.get("accept", "")):
            return JSONResponse({"parties": [as_json(name, last) for name, last in lists.items()]})
        language = choose(request.query_params.get("lang"), None, request.headers.get("accept-language"))
        return refusals_page(look, Frame(language=language, path=REFUSALS_PATH), lists)

    return Route(REFUSALS_PATH, refusals, methods=["GET"])


def prefers_page(accept: str) -> bool:
    """Whether a browser asks: it names HTML, and not JSON before it."""
    named = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return next((name == "text/html" for name in named if name in ("text/html", "application/json")), False)


def as_json(name: str, last: LastRefused) -> dict[str, object]:
    """One party's list."""
    kinds = {"proven": last.proven, "claimed": last.claimed}
    return {
        "entity_id": name,
        **{kind: [asdict(each) | {"at": each.at.isoformat()} for each in some] for kind, some in kinds.items()},
    }
