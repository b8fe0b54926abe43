"""What a page says about the DV and the service that a login began at, and the way back to them (PAGES 2, rule c)."""

from starlette.requests import Request

from catalog.repository import Catalog
from catalog.services import Service
from runtime.handles import Handle, Handles
from runtime.web.frame import Frame
from runtime.web.language import Language, choose
from stelsel.failures import BadIdentifier, ServiceUnknown, Unavailable
from stelsel.identifiers import EntityId, ServiceUuid


class Frames:
    """Makes the frame of a page from the catalogue."""

    def __init__(self, catalog: Catalog, handles: Handles) -> None:
        self._catalog = catalog
        self._handles = handles

    async def during(self, service: Service, language: Language, path: str, token: str) -> Frame:
        """The frame of a page of a flow that goes on; `token` goes into its forms."""
        provider = await self._catalog.provider(service.provider)
        return Frame(
            language=language,
            dv=provider.title[language],
            service=service.title[language],
            path=path,
            token=token,
            back=provider.url,
        )

    async def at_end(self, request: Request, stored: str | None = None) -> Frame:
        """As much of the way back as the handle in path or RelayState tells, also when the flow itself is gone.

        `stored` is the language that the flow remembers, where it is known.
        """
        language = language_of(request, stored)
        handle = self.handle_of(request)
        if handle is None:
            return Frame(language=language)
        try:
            found = await self._catalog.find(ServiceUuid(handle.service))
        except (BadIdentifier, ServiceUnknown, Unavailable):
            found = None
        if found is None:
            return Frame(language=language)
        service, provider = found
        return Frame(language=language, dv=provider.title[language], service=service.title[language], back=provider.url)

    async def dv_named(self, entity_id: EntityId, language: Language) -> str | None:
        """What people call a DV; None where the catalogue does not know it, or cannot be asked."""
        try:
            return (await self._catalog.provider(entity_id)).title[language]
        except (ServiceUnknown, Unavailable):
            return None

    def handle_of(self, request: Request) -> Handle | None:
        """The handle that a request brings: in its path, or where another party sent the browser back, in RelayState,
        or before the point in `state` (OAuth)."""
        asked = request.query_params
        text = request.path_params.get("handle") or asked.get("RelayState") or asked.get("state", "").partition(".")[0]
        return self._handles.read(text)


def language_of(request: Request, stored: str | None = None) -> Language:
    """Which language a page speaks (`runtime.web.language.choose`)."""
    return choose(request.query_params.get("lang"), stored, request.headers.get("accept-language"))
