"""HTTP in front of the door that every SAML party has at its back channel."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exchange.back_channel import ArtifactResolution, Report
from runtime.web.forms import read_body
from runtime.web.problem import problem
from stelsel.failures import Failure, MessageRefused, Unavailable, WrongMediaType, WrongParty, outcome_of

SOAP_BYTES: Final = 64 * 1024
SOAP_TYPES: Final = frozenset({"text/xml", "application/soap+xml", "application/xml"})  # clients 7.3


def artifact_route(path: str, resolution: ArtifactResolution, report: Report) -> Route:
    """The ArtifactResolutionService. Only what a party of ours sends over TLS gets a SOAP answer (GEN-20)."""

    async def resolve(request: Request) -> Response:
        certificate: bytes | None = request.scope.get("state", {}).get("peer_certificate")
        try:
            check_soap_type(request.headers.get("content-type", ""))
            body = await read_body(request, SOAP_BYTES)
            answer = await resolution.resolve(body, certificate)
        except (MessageRefused, Unavailable) as refused:
            return _problem(refused, str(await report(refused, {"door": path})))
        return Response(answer, media_type="text/xml")

    return Route(path, resolve, methods=["POST"])


def check_soap_type(content_type: str) -> None:
    """Raises `WrongMediaType` for a body that is not said to be XML (SAML bindings 3.2.3)."""
    if content_type.partition(";")[0].strip().lower() not in SOAP_TYPES:
        raise WrongMediaType(
            "not SOAP", clause="DV-RSV-05", expected="text/xml", found=content_type[:80] or "no Content-Type"
        )


def _problem(refused: Failure, code: str) -> Response:
    """What a client gets that is no party, or sends no SOAP: a status and a code, nothing about why."""
    if isinstance(refused, WrongParty):
        return problem(403, code)
    return problem(outcome_of(refused).http, code)
