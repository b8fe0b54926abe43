"""A login means behind herkenningsmakelaars (HM), as eHerkenning is: their words in eTD, passed on in ST-SAML's."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from exchange.ask import Posted
from gateway.login import Login, SealedIdentity
from gateway.means import saml
from gateway.means.contract import MeansTools
from stelsel import urns
from stelsel.failures import RegisterUnavailable
from stelsel.identifiers import EntityId
from stelsel.saml.assertion import Assertion, Attribute, write_attribute
from stelsel.saml.encryption import EncryptedId, addressed_to, renamed
from stelsel.saml.rules.declarations import Login as Asked
from stelsel.saml.rules.etoegang import HM_RULES, etd_level_of, readable, restricted, values_of
from stelsel.subjects import COURT, Ground

# What stands in the summary under names of ST-SAML (DV-ATT-13); all else is passed on under its own name.
OF_OFFICES: Final = COURT | {Ground.EH_BEWIND}
MAPPED: Final = frozenset({urns.ETOEGANG_ACTING, urns.ETOEGANG_LEGAL, urns.ETOEGANG_SERVICE_UUID})


class Etoegang:
    """Keeps the contract `Means`. An HM takes the message that any AD takes; eTD itself numbers services in the asker's
    metadata, which a router that asks for many DVs cannot."""

    def __init__(self, tools: MeansTools) -> None:
        self._tools = tools

    @property
    def grounds(self) -> frozenset[Ground]:
        """See `Means.grounds`: of an office, to which a court gave a task (mandates 6, rows 6 to 8 and 12)."""
        return OF_OFFICES

    @property
    def represents_always(self) -> bool:
        """See `Means.represents_always`."""
        return True

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
        """See `Means.read`; `RegisterUnavailable` too, when the HM's machtigingenregister is away."""
        try:
            return sealed_identity(await saml.answered(self._tools, login, brought), login)
        except RegisterUnavailable as away:
            raise RegisterUnavailable("mr", "the HM says that its machtigingenregister is away") from away


def sealed_identity(assertion: Assertion, login: Login) -> SealedIdentity:
    """What the gateway carries of an HM's summary assertion: both subjects renamed, the level in our scale, and every
    other attribute as it is, for the DV alone (DV-ATT-13, TYP-09). Raises `AnswerRefused` where it breaks a rule."""
    for rule in HM_RULES:
        rule(assertion, Asked(login.dv, login.service))
    return SealedIdentity(
        acting=_closed(assertion, urns.ETOEGANG_ACTING, login.dv),
        loa=etd_level_of(assertion),
        authority=assertion.issuer,
        evidence=assertion.evidence,
        subject=assertion.name_id,
        index=assertion.session_index,
        legal=_closed(assertion, urns.ETOEGANG_LEGAL, login.dv),
        copied=tuple(_copied(assertion, login.dv)),
        links=len(values_of(assertion, urns.ETOEGANG_INTERMEDIARY) or ()),
        restricted=restricted(assertion),
        at=assertion.authn_instant,
    )


def _closed(assertion: Assertion, name: str, dv: EntityId) -> tuple[bytes, ...]:
    return tuple(value.xml for value in readable(values_of(assertion, name) or (), dv))


def _copied(assertion: Assertion, dv: EntityId) -> Iterator[bytes]:
    """Everything else, with Ids that stay unique beside Advice (DV-ATT-11) and no other recipient (DV-ATT-05)."""
    others = (each for each in assertion.attributes if each.name not in MAPPED)
    for number, attribute in enumerate(others):
        values = (
            renamed(addressed_to(value, dv), f"-c{number}") if isinstance(value, EncryptedId) else value
            for value in attribute.values
        )
        yield write_attribute(Attribute(attribute.name, tuple(values))).encode()
    for closed in assertion.encrypted_attributes:
        yield renamed(addressed_to(closed, dv), "-e").xml
