"""What service, request and means leave for the user to choose (DV-PRC-03, DV-PRC-04: preselection is a filter)."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Final

from catalog.services import Service
from gateway.interfaces.contract import LoginRequest
from gateway.login import Login, MeansLeft, Offer, SealedIdentity, Via
from gateway.means.contract import Means
from gateway.sessions import SESSION_LIMITS, SessionLimits, may_serve
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, AssuranceTooLow, NoSupportedIdp, PassiveImpossible, ServiceNotRepresentable
from stelsel.identifiers import EntityId

NOBODYS: Final[Mapping[EntityId, Set[EntityId]]] = {}


def check_asks(request: LoginRequest) -> None:
    """Raises `PassiveImpossible` where the user may be asked nothing: a login here always shows what is declared.

    A session that may serve changes nothing of that: for whom is asked each time (SAML core 3.4.1, st-saml 3.1).
    """
    if request.passive:
        raise PassiveImpossible("IsPassive is not supported", expected="false or absent", found="true")


def whom_left(login: Login, request: LoginRequest, service: Service, bvd: EntityId) -> Login:
    """The login with `whom`: for oneself, for another, or both (DV-REQ-20, DV-REQ-22, DV-REQ-23).

    Raises `NoSupportedIdp` when only BVDs are named that we do not have, `ServiceNotRepresentable` where the request
    makes representation mandatory and the service, or the DV's profile, allows none.
    """
    if not request.represents:
        if request.requester_ids:
            raise ServiceNotRepresentable(
                "the DV's profile has no place for somebody who is represented",
                clause="DV-REQ-22",
                expected="no RequesterID",
                found=_names(request.requester_ids),
            )
        return replace(login, whom=(False,), organisations=False)
    if request.requester_ids:
        if bvd not in request.requester_ids:
            raise NoSupportedIdp(
                "RequesterID names no BVD that is known here",
                clause="DV-REQ-22",
                expected=bvd,
                found=_names(request.requester_ids),
            )
        unlisted = set(request.requester_ids).difference(request.idp_list or request.requester_ids)
        if unlisted:
            raise NoSupportedIdp(
                "a BVD of RequesterID is not in the IDPList",
                clause="DV-REQ-23",
                expected="each BVD of RequesterID in the IDPList",
                found=_names(unlisted),
            )
        if not service.grounds:
            raise ServiceNotRepresentable(
                "the catalogue allows no ground for this service",
                expected="a service in which somebody may be represented, or no RequesterID",
                found=request.service,
            )
        return replace(login, whom=(True,))
    may_represent = bool(service.grounds) and (request.idp_list is None or bvd in request.idp_list)
    return replace(login, whom=(False, True) if may_represent else (False,))


def authorities_left(login: Login, request: LoginRequest, known: Set[EntityId]) -> Login:
    """The login with the ADs that the request names (DV-REQ-17, DV-REQ-18). Raises `NoSupportedIdp` (DV-REQ-19)."""
    if request.idp_list is None:
        return login
    named = tuple(entity for entity in request.idp_list if entity in known)
    if not named:
        raise NoSupportedIdp(
            "IDPList names no AD that is known here",
            clause="DV-REQ-19",
            expected=_names(known) or "an AD whose metadata holds: there is none now",
            found=_names(request.idp_list),
        )
    return replace(login, authorities=named)


def level_left(login: Login, request: LoginRequest) -> Login:
    """The login with the level that RequestedAuthnContext raises it to; the catalogue's minimum always stands.

    `exact` and `minimum`: the lowest class that is named; a login may turn out higher, and is told as it was. `better`:
    one above the highest. `maximum` raises nothing. Classes that are unknown count for nothing; when all are, and
    when there is nothing better, the level cannot be met: raises `AssuranceTooLow` (SAML core 3.3.2.2.1).
    """
    classes, comparison = request.context_classes, request.context_comparison
    if not classes or comparison == "maximum" or urns.UNSPECIFIED_CONTEXT in classes:
        return login
    levels = [level for level in map(LevelOfAssurance.from_any, classes) if level is not None]
    if comparison == "better" and levels:
        levels = [level for level in LevelOfAssurance if level > max(levels)]
    if not levels:
        raise AssuranceTooLow(
            "RequestedAuthnContext names no level that can be reached",
            expected=" or ".join(level.uri for level in LevelOfAssurance),
            found=" ".join(classes),
        )
    return replace(login, minimum=min(levels))


def check_told_no_more(identity: SealedIdentity, service: Service) -> None:
    """Raises `AnswerRefused` where an AD tells more of somebody than the catalogue lets this service be told.

    Which facts those are is encrypted for the DV, so that here they can only be counted; the AD keeps to the catalogue.
    """
    if identity.facts > len(service.attributes):
        raise AnswerRefused(
            "the AD tells more of the person than this service is told",
            clause="DV-ATT-13",
            expected=f"at most {len(service.attributes)} EncryptedAttributes",
            found=identity.facts,
        )


def offer_of(
    login: Login,
    service: Service,
    means: Mapping[str, Means],
    at: datetime,
    limits: SessionLimits = SESSION_LIMITS,
    reserved: Mapping[EntityId, Set[EntityId]] = NOBODYS,
) -> Offer:
    """What is left to choose at this moment (DV-REQ-21), in the order of `means` whatever the request's (DV-PRC-05).

    Who acts for another has only the means whose evidence a BVD can judge (RD-ASR-06); where there is none of them,
    nobody is asked for whom. `reserved` are ADs that serve some DVs alone.
    """
    usable = tuple(
        MeansLeft(name, left, _minimum(login, service.minimum_on(at, name)))
        for name, one in means.items()
        if name in service.means
        and (login.organisations or not one.represents_always)
        and (left := _serving(login, one.authorities, reserved))
    )
    for_another = tuple(each for each in usable if means[each.name].grounds & service.grounds)
    whom = login.whom if for_another else tuple(each for each in login.whom if not each)
    if login.represent or whom == (True,):
        usable = for_another
    remembered = _remembered(login, usable, at, limits)
    return Offer(whom, usable, remembered, chain=service.chain, restrictions=service.vestiging)


def at_least(login: Login, left: MeansLeft | None) -> Login:
    """The login as its means is asked: `minimum` is the lowest level that is enough with it."""
    return login if left is None else replace(login, minimum=left.minimum)


def _names(entities: Iterable[EntityId]) -> str:
    return ", ".join(sorted({entity.value for entity in entities}))


def _serving(
    login: Login, authorities: Sequence[EntityId], reserved: Mapping[EntityId, Set[EntityId]]
) -> tuple[EntityId, ...]:
    """Those of a means that serve this DV and that the request names; all of them where it names none."""
    named = login.authorities
    return tuple(
        each for each in authorities if login.dv in reserved.get(each, {login.dv}) and (named is None or each in named)
    )


def _minimum(login: Login, lowest: LevelOfAssurance) -> LevelOfAssurance:
    return lowest if login.minimum is None else max(lowest, login.minimum)


def _remembered(login: Login, usable: Iterable[MeansLeft], at: datetime, limits: SessionLimits) -> Via | None:
    """Where the browser's session is, when that may serve and the request leaves its means open (SSO-02)."""
    session, federation = login.session, login.federation
    if session is None or federation is None:
        return None
    left = next((each for each in usable if each.name == session.means), None)
    if left is None or session.authority not in left.authorities:
        return None
    serves = may_serve(session, federation, left.minimum, at, force_authn=login.force_authn, limits=limits)
    return Via(left.name, session.authority) if serves else None
