"""What RD, AD and BVD have in common as parties that answer logins: addresses, what they publish, their service."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from exchange.artifacts import Artifacts
from exchange.assembly import Assembly
from exchange.back_channel import Answer, ArtifactResolution, ShowsCertificate, shows_none
from exchange.published import whole_hour
from exchange.routes import artifact_route
from exchange.service import Service, application
from metadata.entities import Endpoint, Entity
from runtime.web.frame import Frame
from runtime.web.look import Look
from stelsel import urns

SSO_PATH: Final = "/saml/sso"
ARTIFACT_PATH: Final = "/saml/artifact"


def published(assembly: Assembly, at: datetime) -> Entity:
    """The party as its peers see it: signing keys, SingleSignOnService, ArtifactResolutionService (MD-RD, MD-AD)."""
    settings = assembly.settings
    return Entity(
        entity_id=settings.entity_id,
        signing_keys=assembly.party.keys.published(at).signing,
        single_sign_on=(Endpoint(urns.HTTP_POST, settings.public_url + SSO_PATH),),
        artifact_resolution=(Endpoint(urns.SOAP, settings.back_channel_url + ARTIFACT_PATH, 0, True),),
        valid_until=whole_hour(at) + timedelta(days=settings.metadata_days),
        names={"nl": settings.operator, "en": settings.operator},
        url=settings.public_url,
    )


def back_door(
    assembly: Assembly, held: Artifacts, answer: Answer, shows_certificate: ShowsCertificate = shows_none
) -> Route:
    """The ArtifactResolutionService of the party, for the artifacts it holds."""
    location = assembly.settings.back_channel_url + ARTIFACT_PATH
    resolution = ArtifactResolution(
        assembly.party, location, held, answer, assembly.report, shows_certificate=shows_certificate
    )
    return artifact_route(ARTIFACT_PATH, resolution, assembly.report)


def as_service(
    assembly: Assembly,
    look: Look,
    frame: Callable[[Request], Awaitable[Frame]],
    front: Sequence[BaseRoute],
    back: Sequence[BaseRoute],
) -> Service:
    """The party as a service: `front` for browsers, `back` for other parties over mutual TLS."""
    https = assembly.settings.public_url.startswith("https:")
    return Service(
        application(front, look, assembly.report, frame, https=https),
        application(back, look, assembly.report, frame, https=True, for_programs=True),
        assembly,
    )
