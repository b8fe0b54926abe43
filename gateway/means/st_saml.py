"""A login means whose ADs speak ST-SAML, as DigiD does."""

from datetime import datetime
from typing import Final

from exchange.ask import Posted
from gateway.login import Login, SealedIdentity
from gateway.means import saml
from gateway.means.contract import MeansTools
from stelsel.identifiers import EntityId
from stelsel.saml.assertion import Assertion
from stelsel.saml.encryption import renamed
from stelsel.saml.rules.declarations import AD_RULES, level_of
from stelsel.saml.rules.declarations import Login as Asked
from stelsel.subjects import Ground

# What an employee has, an HM declares.
OF_PERSONS: Final = frozenset(Ground) - {Ground.EH_MACHTIGING, Ground.KETEN, Ground.EH_BEWIND}


class StSaml:
    """Keeps the contract `Means`."""

    def __init__(self, tools: MeansTools) -> None:
        self._tools = tools

    @property
    def grounds(self) -> frozenset[Ground]:
        """See `Means.grounds`: of a person, whose AD encrypts for the BVD that RequesterID names (RD-REQ-07)."""
        return OF_PERSONS

    @property
    def represents_always(self) -> bool:
        """See `Means.represents_always`: people log in for themselves."""
        return False

    @property
    def authorities(self) -> tuple[EntityId, ...]:
        """See `Means.authorities`."""
        return self._tools.authorities

    def is_known(self, authority: EntityId, at: datetime) -> bool:
        """See `Means.is_known`."""
        return saml.is_known(self._tools, authority, at)

    async def ask(self, login: Login, authority: EntityId, bvd: EntityId | None, *, silent: bool) -> Posted:
        """See `Means.ask`."""
        return await saml.ask_at(self._tools, login, authority, bvd, silent=silent)

    async def read(self, login: Login, brought: str) -> SealedIdentity:
        """See `Means.read`."""
        return sealed_identity(await saml.answered(self._tools, login, brought), login)


def sealed_identity(assertion: Assertion, login: Login) -> SealedIdentity:
    """What the gateway carries of an AD's assertion, with what it tells of the person copied unaltered (DV-ATT-13).

    Raises `AnswerRefused` where it breaks RD-ASR or DV-ATT rules.
    """
    for rule in AD_RULES:
        rule(assertion, Asked(login.dv, login.service))
    readable = tuple(value for value in assertion.acting if login.dv in value.recipients)
    facts = assertion.encrypted_attributes
    return SealedIdentity(
        acting=tuple(value.xml for value in readable),
        loa=level_of(assertion),
        authority=assertion.issuer,
        evidence=assertion.evidence,
        subject=assertion.name_id,
        index=assertion.session_index,
        copied=tuple(renamed(each, "-e").xml for each in facts),
        facts=len(facts),
        known_to_bvd=any(each != login.dv for value in assertion.acting for each in value.recipients),
        at=assertion.authn_instant,
    )
