"""eIDAS turned against a gateway that decrypts: genuine values of BSNk, brought where they were not meant to be.

The connector signs them with its own key: no signature of SAML is wrong here. `tests.gateway.test_behalf` and
`tests.bvd.test_request_bsnk` have what is wrong with the structures themselves.
"""

import base64
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from catalog.identities import PersonalFact
from pilot.places import DIGID, EIDAS, entity_of
from pilot.world import DEMO
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, EntityId
from stelsel.saml.assertion import Attribute
from stelsel.saml.encryption import EncryptedId, NameId, encrypt_id
from stelsel.saml.sealed_attributes import seal
from tests.attacks.doors import outcome
from tests.attacks.parties import Answering, Attacked, Party, Sent, Visitor, sealed, service_of, speaking_for
from tests.flows.pilots import Pilot, start

NOON: Final = "2026-03-10T12:00:00+01:00"
HOSPITAL, TOWN = "ziekenhuis", "gemeente"
SERVICE: Final = "afspraak"  # of the hospital, for which the gateway decrypts
MARTA: Final = Bsn("999999011")
CLOSED: Final = 20200101


@pytest.fixture(scope="module")
async def demo(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    """The world for people, with its connector."""
    async with AsyncExitStack() as stack:
        network = Attacked(await start(stack, tmp_path_factory.mktemp("eidas"), pilot_keys, base=DEMO, at=NOON))
        stack.push_async_callback(network.close)
        yield network


def made(pilot: Pilot, recipient: str, key_set: int | None = None, reader: str | None = None) -> EncryptedId:
    """An EI about Marta for the DV of that name, closed for `reader` as the connector closes it for that DV."""
    bsnk, provider = pilot.network.prepared.bsnk, pilot.world.dv(recipient)
    assert provider.bsnk is not None
    structure = bsnk.transform_identity(
        bsnk.activate(MARTA), provider.oin, key_set or provider.bsnk.key_set, pilot.clock().date()
    )
    return closed(pilot, reader or recipient, NameId(urns.BSNK_IDENTITY, base64.b64encode(structure).decode()))


def closed(pilot: Pilot, reader: str, name: NameId, whose: str = EIDAS) -> EncryptedId:
    """A name for a DV, by the keys that the AD called `whose` was told for it."""
    trust = pilot.network.services[whose].assembly.party.trust
    return encrypt_id(name, [trust.find(pilot.world.dv(reader).entity_id, pilot.clock()).recipient()])


def about(pilot: Pilot, *acting: EncryptedId, service: str = SERVICE) -> tuple[Attribute, ...]:
    """What the connector says of somebody."""
    uuid = service_of(pilot, service).value
    return Attribute(urns.SERVICE_UUID, (uuid,)), Attribute(urns.ACTING_SUBJECT_ID, acting)


def told(pilot: Pilot, *facts: PersonalFact, reader: str = HOSPITAL) -> dict[str, Any]:
    """An assertion in order about Marta, and these facts about her."""
    trust = pilot.network.services[EIDAS].assembly.party.trust
    recipient = trust.find(pilot.world.dv(reader).entity_id, pilot.clock()).recipient()
    copied = tuple(seal(each.urn, ("1988-06-17",), recipient).xml for each in facts)
    return assertion(attributes=about(pilot, made(pilot, HOSPITAL)), copied=copied)


async def to_ad(browser: Visitor, means: str = EIDAS, service: str = SERVICE) -> Sent:
    """A login for oneself up to its AD."""
    page = await browser.open((await browser.begin(service=service)).headers["location"])
    if page.name.startswith("G1"):
        page = await browser.open((await browser.press(page, "self")).headers["location"])
    return await browser.asked((await browser.press(page, f"means:{means}")).headers["location"])


async def is_taken(network: Attacked, change: Callable[[Pilot], Mapping[str, Any]]) -> bool:
    """Whether the gateway goes on to the DV after an answer of the connector with these changes."""
    async with speaking_for(network.pilot, EIDAS) as connector, Visitor(network, HOSPITAL) as browser:
        sent = await to_ad(browser)
        return await came_back(browser, connector, sent, connector.declares(sent.request, **change(network.pilot)))


async def came_back(browser: Visitor, ad: Answering, sent: Sent, artifact: str) -> bool:
    """Whether the browser is sent on to the DV with that artifact."""
    answer = await browser.come_back(ad.consumer, artifact, sent.relay_state)
    return (await outcome(browser, answer)).taken


def assertion(**changes: Any) -> dict[str, Any]:
    return {"assertion": changes}


ATTACKS: Final[Mapping[str, Callable[[Pilot], Mapping[str, Any]]]] = {
    "made-for-another-dv": lambda pilot: assertion(attributes=about(pilot, made(pilot, TOWN, reader=HOSPITAL))),
    "of-a-closed-key-set": lambda pilot: assertion(attributes=about(pilot, made(pilot, HOSPITAL, CLOSED))),
    "closed-for-another-dv": lambda pilot: assertion(attributes=about(pilot, made(pilot, TOWN))),
    "by-the-keys-that-digid-was-told": lambda pilot: assertion(
        attributes=about(pilot, closed(pilot, HOSPITAL, NameId(urns.LEGACY_BSN, MARTA.value), DIGID))
    ),
    "a-bsn-as-text-instead": lambda pilot: assertion(
        attributes=about(pilot, closed(pilot, HOSPITAL, NameId(urns.LEGACY_BSN, MARTA.value)))
    ),
    "about-another-service": lambda pilot: assertion(
        attributes=about(pilot, made(pilot, HOSPITAL), service="parkeervergunning")
    ),
    "a-name-in-clear": lambda pilot: assertion(
        attributes=(*about(pilot, made(pilot, HOSPITAL)), Attribute(PersonalFact.DATE_OF_BIRTH.urn, ("1988-06-17",)))
    ),
    "a-fact-that-the-service-is-not-told": lambda pilot: told(pilot, PersonalFact.FIRST_NAME),
    "more-facts-than-the-service-is-told": lambda pilot: told(pilot, *PersonalFact),
    "a-fact-closed-for-another-dv": lambda pilot: told(pilot, PersonalFact.DATE_OF_BIRTH, reader=TOWN),
    "for-another-router": lambda pilot: assertion(audiences=(pilot.world.dv(HOSPITAL).entity_id,)),
}


async def test_what_the_connector_declares_in_order_is_taken(demo: Attacked) -> None:
    assert await is_taken(demo, lambda pilot: told(pilot))
    assert await is_taken(demo, lambda pilot: told(pilot, PersonalFact.DATE_OF_BIRTH))


@pytest.mark.clause("TYP-03", "S16", "S17", "DV-ATT-13")
@pytest.mark.parametrize("name", ATTACKS)
async def test_a_genuine_identity_that_is_meant_for_somebody_else_is_refused(
    demo: Attacked, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with caplog.at_level(logging.WARNING):
        assert not await is_taken(demo, ATTACKS[name])
    assert any(getattr(record, "refusal_clause", "") for record in caplog.records)
    assert MARTA.value not in caplog.text


@pytest.mark.clause("S15", "RD-ASR-03")
async def test_a_level_that_was_raised_on_the_way_breaks_the_signature(demo: Attacked) -> None:
    low, high = LevelOfAssurance.MIDDEN.uri.encode(), LevelOfAssurance.HOOG.uri.encode()

    def raised(pilot: Pilot) -> Mapping[str, Any]:
        changes = {"attributes": about(pilot, made(pilot, HOSPITAL)), "context_class": low.decode()}
        return {"assertion": changes, "of_assertion": lambda message: message.replace(low, high)}

    assert not await is_taken(demo, raised)


@pytest.mark.clause("S16", "S21")
async def test_an_answer_of_one_means_is_none_of_another(demo: Attacked) -> None:
    """The connector answers a login that is at DigiD, and DigiD one that is at the connector."""
    for asked, answers in ((DIGID, EIDAS), (EIDAS, DIGID)):
        async with speaking_for(demo.pilot, answers) as ad, Visitor(demo, HOSPITAL) as browser:
            sent = await to_ad(browser, asked)
            value = made(demo.pilot, HOSPITAL) if answers == EIDAS else sealed(demo.pilot, dv_of(demo.pilot))
            artifact = ad.declares(sent.request, **assertion(attributes=about(demo.pilot, value)))
            assert not await came_back(browser, ad, sent, artifact)
            assert ad.asked == []


@pytest.mark.clause("S18", "S16")
async def test_an_identity_that_was_declared_once_is_no_login_at_another_dv_or_again(demo: Attacked) -> None:
    """The assertion of a login at the hospital, brought word for word to another login there, and to one elsewhere."""
    kept: list[bytes] = []

    def keep(message: bytes) -> bytes:
        kept.append(message)
        return message

    def bring(_: bytes) -> bytes:
        return kept[0]

    values = assertion(attributes=about(demo.pilot, made(demo.pilot, HOSPITAL)))
    async with speaking_for(demo.pilot, EIDAS) as connector:
        for dv, service, change in (
            (HOSPITAL, SERVICE, keep),
            (HOSPITAL, SERVICE, bring),
            (TOWN, "parkeervergunning", bring),
        ):
            async with Visitor(demo, dv) as browser:
                sent = await to_ad(browser, service=service)
                artifact = connector.declares(sent.request, **values, of_assertion=change)
                assert await came_back(browser, connector, sent, artifact) == (change is keep)


@pytest.mark.clause("S12", "S21")
async def test_another_party_of_the_network_does_not_sign_for_the_connector(demo: Attacked) -> None:
    for changes in ({}, {"issuer": entity_of(DIGID)}):
        values = {**changes, "attributes": about(demo.pilot, made(demo.pilot, HOSPITAL))}
        signer = Party(demo.pilot, DIGID).key
        assert not await is_taken(demo, lambda _, v=values, k=signer: {"assertion": v, "signer": k})  # type: ignore[misc]


def dv_of(pilot: Pilot) -> EntityId:
    return pilot.world.dv(HOSPITAL).entity_id
