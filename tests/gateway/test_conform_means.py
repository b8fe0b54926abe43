"""Each kind of means keeps the contract."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.ask import Posted
from exchange.respond import Reply, statement, write_failure, write_success
from gateway.means.contract import Means
from gateway.means.etoegang import Etoegang
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId
from stelsel.saml.artifact import make_artifact, read_resolve
from stelsel.saml.artifact import write_response as write_artifact_response
from stelsel.saml.assertion import Attribute
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.authn_request import read as read_authn_request
from stelsel.saml.bindings import decode_post, soap_wrap
from stelsel.saml.response import Status
from stelsel.saml.signatures import SigningKey
from tests.conftest import SettableClock
from tests.exchange.factories import AD_CONSUMER
from tests.gateway.conform_means import Fault, MeansContract, Outcome, Said
from tests.gateway.factories import House
from tests.gateway.oidc_bench import OidcBench
from tests.gateway.oidc_provider import a_provider
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    LC,
    RD,
    SERVICE,
    a_key,
    an_artifact_response,
    an_encrypted_id,
    key_of,
    keys_of_all,
)

STATUSES = {
    Outcome.CANCELLED: Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "Authentication cancelled"),
    Outcome.FAILED: Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED),
    Outcome.TOO_LOW: Status(urns.STATUS_RESPONDER, urns.STATUS_NO_AUTHN_CONTEXT),
    Outcome.UNSUPPORTED: Status(urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED),
}


@dataclass
class SamlBench:
    """An AD that speaks SAML on the back channel of `house.ad`; a kind of its own changes what it declares."""

    house: House
    means: Means
    authority: EntityId = AD
    person: str = "999990019"
    levels: tuple[LevelOfAssurance, ...] = tuple(LevelOfAssurance)

    async def says(self, form: Posted, said: Said) -> str:
        """See `Bench.says`."""
        asked = read_authn_request(decode_post(form.fields["SAMLRequest"]), keys_of_all())
        if said.fault is Fault.OTHER_REQUEST:
            asked = replace(asked, id="_another")
        issuer = BVD if said.fault is Fault.OTHER_AUTHORITY else self.authority
        key = a_key("nobody's") if said.fault is Fault.OTHER_KEY else key_of(issuer)
        at = self.house.party.clock() - timedelta(hours=1 if said.fault is Fault.TOO_OLD else 0)
        reply = Reply(issuer, asked.id, AD_CONSUMER, at)
        status = STATUSES.get(said.outcome)
        made = statement(reply, **self.declared(asked, said))
        response = write_failure(reply, status) if status else write_success(reply, made, key)
        self.house.ad.status = 503 if said.outcome is Outcome.AWAY else 200
        self.house.ad.answer = self.answering(response, issuer, key, said)
        return make_artifact(self.authority, 0, form.request_id.encode()[:20].ljust(20))

    def asks_anew(self, form: Posted) -> bool:
        """See `Bench.asks_anew`."""
        return read_authn_request(decode_post(form.fields["SAMLRequest"]), keys_of_all()).force_authn

    def forget(self) -> None:
        """See `Bench.forget`."""
        self.house.forgets(self.authority)

    def declared(self, asked: AuthnRequest, said: Said) -> dict[str, Any]:
        """What the AD's assertion says, in the words of ST-SAML."""
        readers = (LC,) if said.fault is Fault.NOBODY else (DV, *asked.requester_ids)
        router = LC if said.fault is Fault.OTHER_AUDIENCE else RD
        return {
            "audiences": (router, *asked.requester_ids),
            "context_class": "urn:level:of:nobody" if said.fault is Fault.UNKNOWN_LEVEL else said.level.uri,
            "attributes": (
                Attribute(urns.SERVICE_UUID, (SERVICE.value,)),
                Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(*readers, value=self.person),)),
            ),
        }

    def answering(self, response: bytes, issuer: EntityId, key: SigningKey, said: Said) -> Any:
        """A back channel that gives this response, as `issuer`."""

        def answer(body: bytes) -> bytes:
            if said.outcome is Outcome.NONSENSE:
                return b"<html>It works!</html>"
            asked = read_resolve(body, keys_of_all())
            at = self.house.party.clock()
            message = an_artifact_response(response, issuer=issuer, in_response_to=asked.id, issue_instant=at)
            return soap_wrap(write_artifact_response(message, key))

        return answer


class HmBench(SamlBench):
    """A herkenningsmakelaar: an employee of an organisation, in the words of eTD."""

    def declared(self, asked: AuthnRequest, said: Said) -> dict[str, Any]:
        """See `SamlBench.declared`."""
        reader = LC if said.fault is Fault.NOBODY else DV
        return super().declared(asked, said) | {
            "context_class": "urn:level:of:nobody" if said.fault is Fault.UNKNOWN_LEVEL else said.level.etoegang,
            "attributes": (
                Attribute(urns.ETOEGANG_SERVICE_UUID, (SERVICE.value,)),
                Attribute(urns.ETOEGANG_ACTING, (an_encrypted_id(reader, value=self.person),)),
                Attribute(urns.ETOEGANG_LEGAL, (an_encrypted_id(DV, value="69599068"),)),
            ),
        }


class TestOidc(MeansContract):
    @pytest.fixture
    async def bench(self, house: House, clock: SettableClock, tmp_path: Path) -> AsyncIterator[OidcBench]:
        async with a_provider(clock) as provider:
            yield await OidcBench.at(house, provider, tmp_path)


class TestStSaml(MeansContract):
    @pytest.fixture
    def bench(self, house: House) -> SamlBench:
        return SamlBench(house, house.means_at(AD))


class TestEtoegang(MeansContract):
    @pytest.fixture
    def bench(self, house: House) -> HmBench:
        return HmBench(house, Etoegang(house.means_tools(AD)))
