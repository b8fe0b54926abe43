"""DigiD as a login means: an AD that speaks ST-SAML."""

from datetime import datetime
from typing import Final

from exchange.ask import Posted, Wanted, ask
from exchange.resolve import Expected
from exchange.statuses import failure_of
from gateway.login import Login, SealedIdentity
from gateway.means.contract import MeansTools
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, LoginOvertaken, UnknownIssuer
from stelsel.identifiers import EntityId
from stelsel.saml.assertion import Assertion

# What an AD may not say (RD-ASR-09): only a BVD speaks of somebody represented.
_NOT_FROM_AN_AD: Final = frozenset({urns.LEGAL_SUBJECT_ID, urns.REPRESENTATION_TYPE})


class Digid:
    """Keeps the contract `Means`."""

    def __init__(self, tools: MeansTools) -> None:
        self._tools = tools

    @property
    def authority(self) -> EntityId:
        """DigiD's EntityID."""
        return self._tools.authority

    def is_known(self, at: datetime) -> bool:
        """See `Means.is_known`."""
        try:
            self._tools.party.trust.find(self.authority, at)
        except UnknownIssuer:
            return False
        return True

    async def ask(self, login: Login, bvd: EntityId | None, *, silent: bool) -> Posted:
        """RD-REQ-01 to RD-REQ-07: Extensions, no index, RequesterID exactly when representing."""
        wanted = Wanted(
            dv=login.dv,
            service=login.service,
            consumer_index=self._tools.consumer_index,
            force_authn=not silent,
            requester_ids=(bvd,) if bvd else (),
        )
        return await ask(self._tools.party, self.authority, wanted, login.handle)

    async def read(self, login: Login, artifact: str) -> SealedIdentity:
        """See `Means.read`."""
        if login.outstanding is None or login.outstanding.party != self.authority:
            raise LoginOvertaken("no request to this AD is outstanding")
        expected = Expected(
            authority=self.authority,
            request_id=login.outstanding.request_id,
            consumer=self._tools.consumer,
            audience=self._tools.party.entity_id,
        )
        answered = await self._tools.resolver.resolve(artifact, expected)
        if answered.assertion is None:
            raise failure_of(answered.status)
        return sealed_identity(answered.assertion, login)


def sealed_identity(assertion: Assertion, login: Login) -> SealedIdentity:
    """What the gateway carries of an AD's assertion. Raises `AnswerRefused` where it breaks RD-ASR or DV-ATT rules."""
    if assertion.service != login.service:
        raise AnswerRefused(
            "the AD answers for another service", clause="DV-ATT-01", expected=login.service, found=assertion.service
        )
    if assertion.advice or assertion.authorities:
        raise AnswerRefused("an AD sends no Advice and no AuthenticatingAuthority", clause="RD-ASR-11")
    if any(attribute.name in _NOT_FROM_AN_AD for attribute in assertion.attributes):
        raise AnswerRefused("an AD speaks of somebody represented", clause="RD-ASR-09")
    loa = LevelOfAssurance.from_uri(assertion.context_class)
    if loa is None:
        raise AnswerRefused("unknown level", clause="RD-ASR-03", found=assertion.context_class)
    readable = tuple(value for value in assertion.acting if login.dv in value.recipients)
    if not readable:
        raise AnswerRefused("ActingSubjectID is not encrypted for the DV", clause="RD-ASR-06", expected=login.dv)
    return SealedIdentity(
        tuple(value.xml for value in readable),
        loa,
        assertion.issuer,
        assertion.evidence,
        assertion.name_id,
        assertion.session_index,
    )
