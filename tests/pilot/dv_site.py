"""One sample DV with its pretend gateway, both answering on loopback."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pilot.browser import Browser, Page
from pilot.dv_pages import DvPages
from pilot.pages import look_of
from pilot.pki import Pki
from pilot.sample_dv.app import build_app
from pilot.sample_dv.known import from_bytes
from pilot.sample_dv.settings import KeyFiles, SampleDvSettings, SampleService
from runtime.offload import Offload
from runtime.web.frame import Site as Host
from tests.pilot.pretend_gateway import ANNA, BRAM, BVD, DV, GATEWAY, PretendGateway
from tests.pilot.serving import MutualTls, listening, port_of, serve

BIJSTAND = SampleService(
    uuid="f0f5a9e6-6f5c-4f0e-9d2b-0d6a1b1f3c01",
    name="S1",
    title={"nl": "Bijstand aanvragen", "en": "Apply for benefit"},
    minimum="substantieel",
    attribute_index=0,
)
INZIEN = replace(
    BIJSTAND, uuid="f0f5a9e6-6f5c-4f0e-9d2b-0d6a1b1f3c02", name="S2", minimum="midden", attribute_index=None
)
PEOPLE = {ANNA: "Anna van den Berg", BRAM: "Bram Visser"}


@dataclass(slots=True)
class Clock:
    """A clock that a test sets forward."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Site:
    """A DV and its pretend gateway, both answering."""

    gateway: PretendGateway
    clock: Clock
    url: str

    async def log_in(self, browser: Browser, service: SampleService = BIJSTAND, *, for_other: bool = False) -> Page:
        """Walks from the login address to the page the DV ends on."""
        self.gateway.service = service.uuid
        page = await browser.open(f"{self.url}/login?service={service.name}{'&for=other' if for_other else ''}")
        return await browser.submit(page.forms[0], page.forms[0].buttons[0])

    async def told(self, browser: Browser) -> dict[str, Any]:
        """The DV's last answer as JSON."""
        return await browser.json("GET", f"{self.url}/result?format=json")


async def started(
    stack: AsyncExitStack,
    pki: Pki,
    offload: Offload,
    now: datetime,
    metadata: Callable[[PretendGateway, str], bytes] = PretendGateway.metadata,
    public_url: str = "",
) -> Site:
    """A DV and a gateway whose clock reads `now`. `public_url` is what the DV calls itself, behind a proxy say."""
    keys = KeyFiles.in_ring(pki.ring("gemeente"), pki.anchors)
    clock = Clock(now)
    gateway = PretendGateway(pki, keys, clock)
    front, back, dv = listening(), listening(), listening()
    gateway.front = f"http://localhost:{port_of(front)}"
    gateway.back = f"https://localhost:{port_of(back)}"
    url = f"http://gemeente.localhost:{port_of(dv)}"
    gateway.consumer = f"{url}/acs"
    settings = SampleDvSettings(
        name="gemeente",
        title={"nl": "Gemeente", "en": "Municipality"},
        entity_id=DV.value,
        public_url=public_url or url,
        gateway=GATEWAY.value,
        bvd=BVD.value,
        keys=keys,
        services=(BIJSTAND, INZIEN),
        known_people=PEOPLE,
    )
    app = build_app(
        settings,
        metadata=[from_bytes(metadata(gateway, name)) for name in ("gateway", "digid", "bvd")],
        pages=DvPages(look_of(Host(operator="", pilot=True)), "http://pilot.localhost/refusals/"),
        offload=offload,
        clock=clock,
    )
    own = pki.ring("gateway") / "tls-1.pem"
    await stack.enter_async_context(serve(gateway.front_app(), front))
    await stack.enter_async_context(serve(gateway.back_app(), back, MutualTls(own, own, pki.anchors)))
    await stack.enter_async_context(serve(app, dv))
    return Site(gateway, clock, url)
