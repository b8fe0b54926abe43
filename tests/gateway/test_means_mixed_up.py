"""Attacks on any means beside another: an answer of the one brought to the other, and a level raised on its way."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.respond import Reply, statement, write_success
from gateway.login import Outstanding
from gateway.means.etoegang import Etoegang
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, ArtifactUnknown, LoginOvertaken, MessageRefused, SignatureRefused
from stelsel.identifiers import EntityId, Oin
from stelsel.saml.artifact import make_artifact
from stelsel.saml.authn_request import read as read_authn_request
from stelsel.saml.bindings import decode_post
from tests.conftest import SettableClock
from tests.exchange.factories import AD_CONSUMER, an_authority, everybody
from tests.gateway.conform_means import LOGIN, Said, asked
from tests.gateway.factories import House
from tests.gateway.oidc_bench import OidcBench
from tests.gateway.oidc_provider import a_provider
from tests.gateway.test_conform_means import HmBench, SamlBench
from tests.stelsel.saml.factories import AD, NOON, key_of, keys_of_all

HM = EntityId.of("AD", Oin("00000009999999999088"), 9000)
Answering = Callable[[bytes], bytes]
OTHER = replace(LOGIN, id="2", handle="other")


@pytest.fixture
def digid(house: House) -> SamlBench:
    """DigiD, beside an HM that is known too."""
    url = house.party.trust.find(AD, NOON).artifact_resolution[0].location
    house.party.trust.replace(everybody(ad=an_authority(AD, url), hm=an_authority(HM, url)).entities(NOON))
    return SamlBench(house, house.means_at(AD))


@pytest.fixture
def eherkenning(house: House, digid: SamlBench) -> HmBench:
    return HmBench(house, Etoegang(house.means_tools(HM)), authority=HM)


@pytest.mark.clause("S19", "S21", "RD-ASR-12")
async def test_digids_answer_is_no_answer_of_an_hm_and_still_counts_where_it_belongs(
    house: House, digid: SamlBench, eherkenning: HmBench
) -> None:
    login, form = await asked(digid)
    brought = await digid.says(form, Said())
    waiting, _ = await asked(eherkenning, OTHER)
    with pytest.raises(AnswerRefused):
        await eherkenning.means.read(waiting, brought)
    assert house.ad.received == []
    assert (await digid.means.read(login, brought)).authority == AD


@pytest.mark.clause("S19", "S21")
async def test_a_login_that_waits_for_digid_is_not_read_by_another_means(
    digid: SamlBench, eherkenning: HmBench
) -> None:
    login, form = await asked(digid)
    brought = await digid.says(form, Said())
    with pytest.raises(LoginOvertaken):
        await eherkenning.means.read(login, brought)
    with pytest.raises(MessageRefused):
        await eherkenning.means.read(replace(login, outstanding=Outstanding(form.request_id, HM)), brought)


@pytest.mark.clause("S21", "DV-RSP-01", "DV-ASR-01")
@pytest.mark.parametrize("responder", [AD, HM], ids=["digid's response", "its own response"])
async def test_an_hm_that_hands_on_digids_assertion_says_nothing(
    house: House, digid: SamlBench, eherkenning: HmBench, responder: EntityId
) -> None:
    login, form = await asked(eherkenning)
    request = read_authn_request(decode_post(form.fields["SAMLRequest"]), keys_of_all())
    reply = Reply(responder, request.id, AD_CONSUMER, NOON)
    made = replace(statement(reply, **digid.declared(request, Said())), issuer=AD)
    house.ad.answer = eherkenning.answering(write_success(reply, made, key_of(AD)), HM, key_of(HM), Said())
    with pytest.raises(AnswerRefused):
        await eherkenning.means.read(login, make_artifact(HM, 0, b"x" * 20))


@pytest.mark.clause("S21", "O12")
async def test_answers_of_saml_and_of_openid_connect_are_nothing_to_each_other(
    house: House, digid: SamlBench, clock: SettableClock, tmp_path: Path
) -> None:
    async with a_provider(clock) as provider:
        work = await OidcBench.at(house, provider, tmp_path)
        at_digid, form = await asked(digid)
        at_work, address = await asked(work, OTHER)
        artifact, query = await digid.says(form, Said()), await work.says(address, Said())
        with pytest.raises(ArtifactUnknown):
            await digid.means.read(at_digid, query)
        for brought in (artifact, f"SAMLart={artifact}", f"SAMLart={artifact}&RelayState=other"):
            with pytest.raises(MessageRefused):
                await work.means.read(at_work, brought)
        assert (await digid.means.read(at_digid, artifact)).authority == AD
        assert (await work.means.read(at_work, query)).authority == work.authority


def changed(honest: Answering, old: str, new: str) -> Answering:
    """A back channel on which somebody changes one word."""

    def answer(body: bytes) -> bytes:
        said = honest(body)
        assert old.encode() in said
        return said.replace(old.encode(), new.encode())

    return answer


@pytest.mark.clause("S1", "RD-ASR-03", "TYP-09")
async def test_a_level_that_is_raised_on_its_way_breaks_the_signature(
    house: House, digid: SamlBench, eherkenning: HmBench
) -> None:
    low, high = LevelOfAssurance.MIDDEN, LevelOfAssurance.HOOG
    for bench, lower, higher in ((digid, low.uri, high.uri), (eherkenning, low.etoegang, high.etoegang)):
        login, form = await asked(bench)
        brought = await bench.says(form, Said(level=low))
        honest = house.ad.answer
        house.ad.answer = changed(honest, lower, higher)
        with pytest.raises(SignatureRefused):
            await bench.means.read(login, brought)
        house.ad.answer = honest
        assert (await bench.means.read(login, brought)).loa is low
