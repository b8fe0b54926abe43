"""What a makelaar that turned bad, or somebody between it and the gateway, could try: each is refused (S19, S21)."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.login import choice_of
from pilot.places import DIGID, MAKELAAR_EEN, MAKELAAR_TWEE, entity_of
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId
from stelsel.saml.assertion import Attribute
from stelsel.saml.encryption import NameId, encrypt_id
from stelsel.saml.sealed_attributes import seal
from tests.attacks.parties import Answering, Attacked, Party, Sent, Visitor, speaking_for, succeeded

VIA = ("means:eherkenning", choice_of(entity_of(MAKELAAR_EEN)))
LOA3 = LevelOfAssurance.SUBSTANTIEEL.etoegang


def employee(attacked: Attacked, sent: Sent) -> dict[str, Any]:
    """What a makelaar declares of an employee."""
    assert sent.request.intended_audience is not None
    assert sent.request.service is not None
    return {
        "context_class": LOA3,
        "attributes": (
            Attribute(urns.ETOEGANG_SERVICE_UUID, (sent.request.service.value,)),
            closed(attacked, urns.ETOEGANG_ACTING, urns.ETOEGANG_PSEUDO, "abc@def", sent.request.intended_audience),
            closed(attacked, urns.ETOEGANG_LEGAL, urns.ETOEGANG_KVK, "69599068", sent.request.intended_audience),
        ),
    }


def closed(attacked: Attacked, name: str, qualifier: str, value: str, reader: EntityId) -> Attribute:
    """An identifier for one DV."""
    trust = attacked.pilot.network.services[MAKELAAR_EEN].assembly.party.trust
    recipient = trust.find(reader, attacked.pilot.clock()).recipient()
    return Attribute(name, (encrypt_id(NameId(qualifier, value), [recipient]),))


async def ended(attacked: Attacked, speaker: str, said: Mapping[str, Any], **more: Any) -> bool:
    """Whether the DV lets somebody in, after a login at the first makelaar in which `speaker` answers."""
    async with Visitor(attacked) as visitor, speaking_for(attacked.pilot, speaker) as bad:
        sent = await visitor.to_ad(via=VIA)
        artifact = bad.declares(sent.request, assertion=employee(attacked, sent) | dict(said), **more)
        return succeeded(await visitor.told(await visitor.come_back(bad.consumer, artifact, sent.relay_state)))


async def test_a_makelaar_in_order_is_believed(attacked: Attacked) -> None:
    assert await ended(attacked, MAKELAAR_EEN, {})


@pytest.mark.clause("S21", "RD-ASR-12")
async def test_another_makelaar_cannot_answer_for_the_one_that_was_asked(attacked: Attacked) -> None:
    assert not await ended(attacked, MAKELAAR_TWEE, {})


@pytest.mark.clause("S21", "DV-ASR-01")
async def test_a_makelaar_cannot_pass_on_what_another_signed(attacked: Attacked) -> None:
    other = Party(attacked.pilot, MAKELAAR_TWEE)
    assert not await ended(attacked, MAKELAAR_EEN, {"issuer": other.entity}, signer=other.key)


@pytest.mark.clause("DV-VAL-04", "DV-ATT-01")
async def test_a_login_at_another_dv_is_not_told_as_one_here(attacked: Attacked) -> None:
    hospital = next(each for each in attacked.pilot.world.services if each.name == "S4")
    about = (
        Attribute(urns.ETOEGANG_SERVICE_UUID, (hospital.uuid.value,)),
        closed(attacked, urns.ETOEGANG_ACTING, urns.ETOEGANG_PSEUDO, "abc@def", hospital.provider),
        closed(attacked, urns.ETOEGANG_LEGAL, urns.ETOEGANG_KVK, "69599068", hospital.provider),
    )
    assert not await ended(attacked, MAKELAAR_EEN, {"attributes": about})


@pytest.mark.clause("S18", "S16", "DV-VAL-04")
async def test_what_a_makelaar_declared_once_is_no_login_again(attacked: Attacked) -> None:
    """Word for word, under a signature that holds, brought to the next login there."""
    kept: list[bytes] = []

    def keep(message: bytes) -> bytes:
        kept.append(message)
        return message

    assert await ended(attacked, MAKELAAR_EEN, {}, of_assertion=keep)
    assert not await ended(attacked, MAKELAAR_EEN, {}, of_assertion=lambda _: kept[0])


@pytest.mark.clause("DV-ATT-05", "DV-ATT-13")
async def test_an_attribute_that_is_encrypted_whole_for_another_dv_is_not_passed_on(attacked: Attacked) -> None:
    trust, at = attacked.pilot.network.services[MAKELAAR_EEN].assembly.party.trust, attacked.pilot.clock()
    for name, believed in (("gemeente", True), ("ziekenhuis", False)):
        reader = trust.find(attacked.pilot.world.dv(name).entity_id, at).recipient()
        fact = seal("urn:etoegang:1.9:attribute:FirstName", ("Evelien",), reader)
        assert await ended(attacked, MAKELAAR_EEN, {"copied": (fact.xml,)}) == believed


@pytest.mark.clause("S1", "GEN-09")
async def test_a_level_that_was_raised_in_transit_breaks_the_signature(attacked: Attacked) -> None:
    def raised(message: bytes) -> bytes:
        assert LOA3.encode() in message
        return message.replace(LOA3.encode(), LevelOfAssurance.HOOG.etoegang.encode())

    assert not await ended(attacked, MAKELAAR_EEN, {}, of_assertion=raised)


@pytest.mark.clause("DV-ATT-13")
async def test_what_digid_declared_is_not_taken_as_eherkenning(attacked: Attacked) -> None:
    """Neither by DigiD itself, nor in DigiD's words by a makelaar: a citizen is nobody's employee."""
    assert not await ended(attacked, DIGID, {})
    digid = Answering(Party(attacked.pilot, DIGID))
    async with Visitor(attacked) as visitor:
        declared = digid.assertion((await visitor.to_ad(via=VIA)).request)
    said = {"attributes": declared.attributes, "context_class": declared.context_class}
    assert not await ended(attacked, MAKELAAR_EEN, said)


@pytest.mark.clause("RD-ASR-09", "TYP-09")
async def test_what_a_makelaar_declared_is_not_taken_as_digid(attacked: Attacked) -> None:
    async with Visitor(attacked) as visitor, speaking_for(attacked.pilot, DIGID) as bad:
        sent = await visitor.to_ad()
        artifact = bad.declares(sent.request, assertion=employee(attacked, sent))
        assert not succeeded(await visitor.told(await visitor.come_back(bad.consumer, artifact, sent.relay_state)))
