"""What means whose ADs speak SAML have in common: our request to one of them, and its verified answer."""

from datetime import datetime

from exchange.ask import Posted, Wanted, ask
from exchange.statuses import failure_of
from gateway.login import Login
from gateway.means.contract import MeansTools
from stelsel.failures import LoginOvertaken, UnknownIssuer
from stelsel.identifiers import EntityId
from stelsel.saml.assertion import Assertion
from stelsel.saml.rules.answers import Expected


def is_known(tools: MeansTools, authority: EntityId, at: datetime) -> bool:
    """Whether there is verified metadata of this AD that holds at `at`."""
    try:
        tools.party.trust.find(authority, at)
    except UnknownIssuer:
        return False
    return True


async def ask_at(tools: MeansTools, login: Login, authority: EntityId, bvd: EntityId | None, *, silent: bool) -> Posted:
    """RD-REQ-01 to RD-REQ-07: Extensions, no index, RequesterID exactly when representing."""
    wanted = Wanted(
        dv=login.dv,
        service=login.service,
        consumer_index=tools.consumer_index,
        force_authn=not silent,
        requester_ids=(bvd,) if bvd else (),
    )
    return await ask(tools.party, authority, wanted, login.handle)


async def answered(tools: MeansTools, login: Login, artifact: str) -> Assertion:
    """The assertion of the AD that was asked, within every rule of its delivery (RD-ASR-12).

    Raises the failure that the AD tells, `AnswerRefused` and its kin, or `PartyUnavailable`.
    """
    if login.outstanding is None or login.outstanding.party not in tools.authorities:
        raise LoginOvertaken("no request to an AD of this means is outstanding")
    expected = Expected(
        authority=login.outstanding.party,
        request_id=login.outstanding.request_id,
        consumer=tools.consumer,
        audience=tools.party.entity_id,
    )
    answer = await tools.resolver.resolve(artifact, expected)
    if answer.assertion is None:
        raise failure_of(answer.status)
    return answer.assertion
