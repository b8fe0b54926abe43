"""A login means whose ADs speak ST-SAML, as DigiD does."""

from datetime import datetime

from exchange.ask import Posted, Wanted, ask
from exchange.statuses import failure_of
from gateway.login import Login, SealedIdentity
from gateway.means.contract import MeansTools
from stelsel.failures import LoginOvertaken, UnknownIssuer
from stelsel.identifiers import EntityId
from stelsel.saml.assertion import Assertion
from stelsel.saml.rules.answers import Expected
from stelsel.saml.rules.declarations import AD_RULES, level_of
from stelsel.saml.rules.declarations import Login as Asked


class StSaml:
    """Keeps the contract `Means`."""

    def __init__(self, tools: MeansTools) -> None:
        self._tools = tools

    @property
    def represents(self) -> bool:
        """See `Means.represents`: the AD encrypts for the BVD that RequesterID names (RD-REQ-07)."""
        return True

    @property
    def authorities(self) -> tuple[EntityId, ...]:
        """See `Means.authorities`."""
        return self._tools.authorities

    def is_known(self, authority: EntityId, at: datetime) -> bool:
        """See `Means.is_known`."""
        try:
            self._tools.party.trust.find(authority, at)
        except UnknownIssuer:
            return False
        return True

    async def ask(self, login: Login, authority: EntityId, bvd: EntityId | None, *, silent: bool) -> Posted:
        """RD-REQ-01 to RD-REQ-07: Extensions, no index, RequesterID exactly when representing."""
        wanted = Wanted(
            dv=login.dv,
            service=login.service,
            consumer_index=self._tools.consumer_index,
            force_authn=not silent,
            requester_ids=(bvd,) if bvd else (),
        )
        return await ask(self._tools.party, authority, wanted, login.handle)

    async def read(self, login: Login, brought: str) -> SealedIdentity:
        """See `Means.read`."""
        if login.outstanding is None or login.outstanding.party not in self.authorities:
            raise LoginOvertaken("no request to an AD of this means is outstanding")
        expected = Expected(
            authority=login.outstanding.party,
            request_id=login.outstanding.request_id,
            consumer=self._tools.consumer,
            audience=self._tools.party.entity_id,
        )
        answered = await self._tools.resolver.resolve(brought, expected)
        if answered.assertion is None:
            raise failure_of(answered.status)
        return sealed_identity(answered.assertion, login)


def sealed_identity(assertion: Assertion, login: Login) -> SealedIdentity:
    """What the gateway carries of an AD's assertion. Raises `AnswerRefused` where it breaks RD-ASR or DV-ATT rules."""
    for rule in AD_RULES:
        rule(assertion, Asked(login.dv, login.service))
    readable = tuple(value for value in assertion.acting if login.dv in value.recipients)
    return SealedIdentity(
        tuple(value.xml for value in readable),
        level_of(assertion),
        assertion.issuer,
        assertion.evidence,
        assertion.name_id,
        assertion.session_index,
    )
