"""oidc-provider, which nobody here wrote, is a login means of a running network: whole logins, and what it refuses."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from gateway.means.entries import Authority, MeansEntries, MeansEntry
from pilot.browser import Browser, Page
from pilot.places import DIGID, GATEWAY, entity_of
from pilot.preparation import Prepared
from pilot.world import DEMO
from stelsel.identifiers import EntityId
from tests.clients.programs import NODE, NODE_MODULES, running
from tests.flows.pilots import Pilot, free_ports, start
from tests.gateway.oidc_provider import a_pem

SCRIPT = Path(__file__).parent / "oidc_provider.mjs"
LOW, HIGH = "urn:example:loa:midden", "urn:example:loa:substantieel"
BSN = "999991127"
ROWS = """
[[service]]
name = "verlof"
dv = "gemeente"
uuid = "7c1f5f0e-9a55-4a0e-8f57-3f1b6c1d2e01"
title = {nl = "Verlof aanvragen", en = "Apply for leave"}
minimum = "substantieel"
grounds = ["BEWIND"]
interest = ["vermogen"]
means = ["digid", "werk", "dicht"]
"""


@dataclass(frozen=True)
class Joined:
    """A network with these means, and the issuer behind each."""

    pilot: Pilot
    issuers: Mapping[str, str]

    async def at_provider(self, browser: Browser, means: str = "werk") -> Page:
        """The provider's page, where the browser comes by way of DV and gateway."""
        self.pilot.clock.now = datetime.now(UTC)
        wish = self.pilot.wish("Bram", "verlof", means=means)
        page = await self.pilot.walk(browser, wish, "OP")
        assert (page.name, urlsplit(page.url).netloc) == ("OP", urlsplit(self.issuers[means]).netloc), page.content
        return page


def entries_at(issuers: Mapping[str, str], folder: Path) -> MeansEntries:
    """DigiD, a provider, and one with whom encryption and signed userinfo were agreed."""
    agreed = {
        "client_id": "namens",
        "keys": str(folder / "client"),
        "scopes": ["openid", "bsn"],
        "claim": "bsn",
        "identifies": "bsn",
        "levels": {LOW: "midden", HIGH: "substantieel"},
    }
    sealed = {
        "decryption_keys": str(folder / "opening"),
        "userinfo": True,
        "userinfo_signed": True,
    }
    return MeansEntries.of(
        MeansEntry(name="digid", kind="st-saml", authorities=(Authority(entity_of(DIGID)),)),
        *(
            MeansEntry(
                name=name,
                kind="oidc",
                authorities=(Authority(EntityId(issuers[name])),),
                title={"nl": "Werkaccount", "en": "Work account"},
                terms=terms,
            )
            for name, terms in (("werk", agreed), ("dicht", agreed | sealed))
        ),
    )


@pytest.fixture(scope="module")
async def joined(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Joined]:
    """One network and two providers, started after it: the gateway finds them at its next round."""
    folder = tmp_path_factory.mktemp("oidc-provider")
    for keys in ("client", "opening"):
        (folder / keys).mkdir()
        (folder / keys / "1.pem").write_bytes(a_pem(keys))
    ports = {"werk": free_ports(), "dicht": free_ports()}
    issuers = {means: f"http://127.0.0.1:{port}" for means, port in ports.items()}

    def with_it(prepared: Prepared) -> Prepared:
        means = entries_at(issuers, folder)
        return replace(prepared, gateway=replace(prepared.gateway, digid=None, means=means))

    async with AsyncExitStack() as stack:
        pilot = await start(stack, folder, pilot_keys, ROWS, base=DEMO, changed=with_it)
        gateway = pilot.places.front(GATEWAY)
        for means, port in ports.items():
            own = {
                "port": port,
                "issuer": issuers[means],
                "client_id": "namens",
                "callback": f"{gateway}/means/{means}/callback",
                "jwks_uri": f"{gateway}/means/{means}/jwks",
                "encrypted": means == "dicht",
                "levels": [LOW, HIGH],
                "people": {"Bram": BSN, "Nobody": "123456789"},
                "modules": str(NODE_MODULES),
            }
            settings = folder / f"{means}.json"
            settings.write_text(json.dumps(own))
            await stack.enter_async_context(running(folder / f"{means}.log", NODE, SCRIPT, settings))
        pilot.clock.now = datetime.now(UTC)
        for round_of in pilot.network.services[GATEWAY].assembly.rounds:
            await round_of()
        yield Joined(pilot, issuers)


class Caught(Exception):
    """A browser that was about to go back to the gateway."""


async def logged_in(joined: Joined, browser: Browser, *, means: str = "werk", choice: str = "go", **fill: str) -> Page:
    """Where a login ends that went through the provider's page."""
    form = (await joined.at_provider(browser, means)).forms[0]
    return await browser.submit(form, form.button("choice", choice), {"person": "Bram", "acr": HIGH} | fill)


class Catching:
    """Stops a browser the first time that it is about to call us back."""

    def __init__(self) -> None:
        self.caught = False

    async def __call__(self, method: str, url: str) -> None:
        if not self.caught and urlsplit(url).path.endswith("/callback"):
            self.caught = True
            raise Caught(url)


async def called_back(joined: Joined, browser: Browser) -> str:
    """The address, code and all, that the provider sends a `Catching` browser to."""
    with pytest.raises(Caught) as caught:
        await logged_in(joined, browser)
    return str(caught.value)


@pytest.mark.clause("UC-01", "DV-ASR-14", "O7", "O9", "O11")
async def test_a_login_goes_from_the_dv_to_the_provider_and_back(joined: Joined) -> None:
    async with Browser() as browser:
        page = await logged_in(joined, browser)
        assert page.name == "D2", page.content
        told = " ".join(page.texts("//td"))
        assert f"legacy-BSN {BSN}" in told
        assert "http://eidas.europa.eu/LoA/substantial" in told
        assert joined.issuers["werk"] in told
        assert "fout" not in page.texts("//td[@data-label='Uitkomst']")
        again = await joined.at_provider(browser)  # a session of the provider's own does not do
        assert again.name == "OP"


@pytest.mark.clause("O5", "O15")
async def test_a_login_goes_by_an_encrypted_id_token_and_signed_userinfo(joined: Joined) -> None:
    async with Browser() as browser:
        page = await logged_in(joined, browser, means="dicht")
        assert page.name == "D2", page.content
        assert f"legacy-BSN {BSN}" in " ".join(page.texts("//td"))


@pytest.mark.clause("ERR-03", "ERR-04")
async def test_who_stops_at_the_provider_is_back_at_the_dv(joined: Joined) -> None:
    async with Browser() as browser:
        page = await logged_in(joined, browser, choice="cancel")
    assert page.name == "D3.cancelled"


@pytest.mark.clause("UC-02", "O17")
async def test_a_lower_level_than_the_services_ends_the_login(joined: Joined) -> None:
    async with Browser() as browser:
        page = await logged_in(joined, browser, acr=LOW)
    assert page.name == "D3.level"


@pytest.mark.clause("RD-ASR-06")
async def test_somebody_without_a_bsn_is_nobody(joined: Joined) -> None:
    async with Browser() as browser:
        page = await logged_in(joined, browser, person="Nobody")
    assert (page.name, page.status) == ("E1", 400)
    assert b"123456789" not in page.content


@pytest.mark.clause("RD-ASR-06", "UC-03")
async def test_who_acts_for_another_is_not_sent_there(joined: Joined) -> None:
    async with Browser() as browser:
        wish = joined.pilot.wish("Anna", "verlof", "Bram")
        page = await joined.pilot.walk(browser, wish, "S1")
        assert page.name == "S1"


@pytest.mark.clause("O12", "S22")
async def test_an_answer_counts_in_the_browser_that_asked_and_at_its_own_means(joined: Joined) -> None:
    async with Browser(Catching()) as browser, Browser() as other:
        url = await called_back(joined, browser)
        assert BSN not in url
        assert (await other.open(url)).name == "E4"
        assert (await browser.open(url.replace("/werk/", "/digid/"))).name == "E3"
        assert (await browser.open(url)).name == "D2"


@pytest.mark.clause("O8")
async def test_an_injected_code_is_refused_by_the_provider_for_its_challenge(joined: Joined) -> None:
    async with Browser(Catching()) as victim, Browser(Catching()) as thief:
        stolen = parse_qs(urlsplit(await called_back(joined, victim)).query)["code"][0]
        mine = urlsplit(await called_back(joined, thief))
        query = {name: values[0] for name, values in parse_qs(mine.query).items()} | {"code": stolen}
        page = await thief.open(mine._replace(query=urlencode(query)).geturl())
    assert (page.name, page.status) == ("E1", 400)


@pytest.mark.clause("O11", "O12")
@pytest.mark.parametrize(
    "changes",
    [{"iss": "https://another.example"}, {"iss": None}, {"state": "another"}, {"code": "guessed"}],
    ids=["other issuer", "no issuer", "other state", "other code"],
)
async def test_an_answer_that_was_changed_on_its_way_is_refused(joined: Joined, changes: dict[str, str | None]) -> None:
    async with Browser(Catching()) as browser:
        url = urlsplit(await called_back(joined, browser))
        query: dict[str, Any] = {name: values[0] for name, values in parse_qs(url.query).items()} | changes
        changed = urlencode({name: value for name, value in query.items() if value is not None})
        page = await browser.open(url._replace(query=changed).geturl())
    assert page.status in (400, 404)
    assert page.name.startswith("E")


@pytest.mark.clause("O8", "GEN-24")
async def test_an_answer_is_taken_once(joined: Joined) -> None:
    async with Browser(Catching()) as browser:
        url = await called_back(joined, browser)
        assert (await browser.open(url)).name == "D2"
        assert (await browser.open(url)).name in ("E2", "E3")


async def test_the_key_set_of_a_means_has_public_keys_only(joined: Joined) -> None:
    async with Browser() as browser:
        page = await browser.open(f"{joined.pilot.places.front(GATEWAY)}/means/werk/jwks")
    (key,) = json.loads(page.content)["keys"]
    assert key.keys() == {"kty", "n", "e", "kid", "alg", "use"}
    async with Browser() as browser:
        page = await browser.open(f"{joined.pilot.places.front(GATEWAY)}/means/dicht/jwks")
    assert [(key["use"], key["alg"]) for key in json.loads(page.content)["keys"]] == [
        ("sig", "PS256"),
        ("enc", "RSA-OAEP-256"),
    ]
